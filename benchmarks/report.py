# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README of docs/benchmarks, written from the results, so that no figure in it is typed by hand."""

from __future__ import annotations

import typing as t
from pathlib import Path

from benchmarks.measure import SETTLE

TEMPLATE = Path(__file__).with_name("report.md")

CONTENDERS = {
    "masonite.deploy": "`{command}`: lock, fetch, release directory, shared files, migrations, candidate, "
    "health checks, handover, history.",
    "book": "`benchmarks/rivals/book.sh`: the book's commands in their order (git pull, pip install, kill by "
    "pidfile, start). One process, as the book starts it; no migrations.",
    "book-stop-first": "the same, with the old process stopped before the update.",
    "systemd": "`benchmarks/rivals/systemd.sh`: git pull, install, migrate, `systemctl restart` of a "
    "well-made unit (Type=notify, master, a worker a core).",
    "ansistrano": "`benchmarks/rivals/ansistrano/`: ansistrano.deploy, pip, migrate, systemd restart.",
}


def readme(results: dict[str, t.Any]) -> str:
    machine = results["machine"]
    series = results["series"]
    server = ", ".join(f"{name} {version}" for name, version in machine["server"].items() if name != "system")
    return TEMPLATE.read_text().format(
        **{key: machine[key] for key in ("date", "cpu", "memory_gb", "kernel", "docker", "ansible")},
        controller_python=machine["controller_python"],
        revision=machine["revision"] or "(none)",
        server=f"{machine['server'].get('system', '?')}, {server}",
        command=results["command"],
        minutes=results["took_s"] / 60,
        rate=results["rate"],
        late=1000 * max((one["load"]["late"] for one in series), default=0),
        busy=", ".join(f"{100 * one['busy_before']:.0f}" for one in series),
        settle=SETTLE,
        note=f"- {results['note']}\n" if results["note"] else "",
        table=table(series),
        ours=ours(results),
        contenders="\n".join(
            f"- **{one['title']}**: {CONTENDERS[one['way']].format(command=one['command'])}" for one in series
        ),
    )


FIGURES: list[tuple[str, str, int]] = [
    ("deploys", "deploys", 0),
    ("requests", "requests_total", 0),
    ("**failed requests**", "failed_total", 0),
    ("failed a deploy", "failed_a_deploy", 0),
    ("longest gap, s", "longest_gap_s", 2),
    ("slowest answer, s", "slowest_request_s", 2),
    ("**wall time, s**", "wall_s", 2),
    ("live after, s", "live_after_s", 2),
    ("old after new, all deploys", "old_after_new", 0),
    ("mixed answers a deploy", "mixed_a_deploy", 0),
    ("memory before, MB", "memory_before_mb", 0),
    ("memory at its peak, MB", "memory_peak_mb", 0),
]


def table(series: list[dict[str, t.Any]]) -> str:
    rows = [["", *(one["title"] for one in series)], ["---"] * (len(series) + 1)]
    for title, key, digits in FIGURES:
        cells = [one["figures"][key] for one in series]
        rows.append([title, *(_spread(c, digits) if isinstance(c, dict) else f"{c}" for c in cells)])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def ours(results: dict[str, t.Any]) -> str:
    if "nothing_to_do_s" not in results:
        return ""
    lines = [
        f"- `deploy.yml` with nothing to do: {_spread(results['nothing_to_do_s'], 2)} s.",
        f"- A deploy with changed requirements, so a new virtualenv from a warm cache: "
        f"{_spread(results['new_requirements_s'], 2)} s.",
    ]
    slowest = results["new_requirements_tasks"][:6]
    if slowest:
        named = (f"{task['task'].rsplit(' : ', 1)[-1]} ({task['seconds']:.2f} s)" for task in slowest)
        lines.append("  Its slowest tasks: " + "; ".join(named) + ".")
    return "\n".join(lines) + "\n"


def _spread(figures: dict[str, float], digits: int) -> str:
    if not figures:
        return "-"
    middle, low, high = (f"{figures[name]:.{digits}f}" for name in ("median", "min", "max"))
    return middle if low == high else f"{middle} ({low}-{high})"
