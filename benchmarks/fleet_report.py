# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page docs/benchmarks/fleet.md, written from the results, so that no figure in it is typed by hand."""

from __future__ import annotations

import typing as t
from pathlib import Path

TEMPLATE = Path(__file__).with_name("fleet.md")
# Each ratio: what it is called, the case above the line, the case below it.
RATIOS = [
    ("{servers} servers with nothing to do, times one server", "deploy_ten", "deploy_one"),
    ("{servers} servers with a new commit, times one server", "commit_ten", "commit_one"),
    ("{apps} apps with nothing to do, times one app", "deploy_apps", "deploy_one"),
    ("{apps} apps with a new commit, times one app", "commit_apps", "commit_one"),
]

Results = t.Mapping[str, t.Any]


def render_page(results: Results) -> str:
    machine = results["machine"]
    server = ", ".join(f"{name} {version}" for name, version in machine["server"].items() if name != "system")
    return TEMPLATE.read_text().format(
        **{key: machine[key] for key in ("date", "cpu", "memory_gb", "kernel", "docker", "ansible")},
        controller_python=machine["controller_python"],
        server=f"{machine['server'].get('system', '?')}, {server}",
        command=results["command"],
        minutes=results["took_s"] / 60,
        runs=results["runs"],
        busy=100 * results["busy_before"],
        table=render_table(results),
        checkouts=render_checkouts(results),
        note=f"- {results['note']}\n" if results["note"] else "",
    )


def render_checkouts(results: Results) -> str:
    checkouts = dict(results["checkouts"])
    text = f"revision {checkouts['this']}"
    if "other" in checkouts:
        text += f", in turn with revision {checkouts['other']} on servers of its own"
    return text


def render_table(results: Results) -> str:
    labels = list(results["checkouts"])
    names = [results["checkouts"][label] for label in labels]
    header = [
        "",
        *(f"{name}: {figure}" for name in names for figure in ("wall, s", "controller's processor, s")),
    ]
    rows = [header, ["---"] * len(header)]
    for case in results["cases"]:
        cells = [_cell(case["figures"][label][figure]) for label in labels for figure in ("wall_s", "cpu_s")]
        rows.append([case["title"], *cells])
    for title, cells in _derived(results, labels):
        rows.append([title, *(cell for one in cells for cell in (one, ""))])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _derived(results: Results, labels: t.Sequence[str]) -> t.Iterator[tuple[str, list[str]]]:
    medians = {
        case["name"]: {label: case["figures"][label]["wall_s"]["median"] for label in labels}
        for case in results["cases"]
    }
    if {"site_one", "site_apps"} <= set(medians):
        each = [
            (medians["site_apps"][label] - medians["site_one"][label]) / (results["apps"] - 1)
            for label in labels
        ]
        yield "site.yml, nothing to do, each further app, s", [f"{one:.2f}" for one in each]
    for title, above, below in RATIOS:
        if {above, below} <= set(medians):
            ratios = [medians[above][label] / medians[below][label] for label in labels]
            yield title.format(**results), [f"{one:.1f}" for one in ratios]


def _cell(figures: t.Mapping[str, float]) -> str:
    return f"{figures['median']:.2f} ({figures['min']:.2f}-{figures['max']:.2f})"
