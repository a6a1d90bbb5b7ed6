# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two pictures of a benchmark's results. Needs matplotlib: script/bench gives it an environment of its own.

python -m benchmarks.plots docs/benchmarks
"""

from __future__ import annotations

import gzip
import importlib
import json
import sys
import typing as t
from pathlib import Path

# Not in the default environment, so not known to its type checker either.
matplotlib: t.Any = importlib.import_module("matplotlib")
matplotlib.use("Agg")
pyplot: t.Any = importlib.import_module("matplotlib.pyplot")

COLOURS = {
    "masonite.deploy": "#1b7f5c",
    "book": "#b5793f",
    "book-stop-first": "#8a5a2b",
    "systemd": "#3c5aa6",
    "ansistrano": "#7a3c8f",
}
FAILED = "#d0021b"
BEFORE, AFTER = 0.5, 2.0
FLOOR_MS, CEILING_MS = 2.0, 20_000.0

pyplot.rcParams.update(
    {
        "font.size": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": 11,
        "axes.titlelocation": "left",
        "svg.hashsalt": "bench",
    }
)


def latency_plot(results: dict[str, t.Any], requests: dict[str, list[list[t.Any]]], path: Path) -> None:
    """Every request of every deploy, by when it was due after its deploy's command began."""
    series = results["series"]
    longest = max(deploy["wall"] for one in series for deploy in one["deploys"])
    figure, rows = pyplot.subplots(
        len(series), 1, sharex=True, sharey=True, squeeze=False, figsize=(10, 0.9 + 2.3 * len(series))
    )
    for axes, one in zip(rows[:, 0], series):
        _latency_row(axes, one, requests[one["way"]])
    last = rows[-1, 0]
    last.set_xlim(-BEFORE, longest + AFTER)
    last.set_xlabel("seconds after the deploy command began")
    figure.supylabel("latency, ms (log scale)", fontsize=10)
    figure.suptitle(
        f"What visitors saw during a deploy: {results['rate']:g} requests a second through NGINX",
        x=0.01,
        ha="left",
    )
    figure.tight_layout()
    _save(figure, path)


def _latency_row(axes: t.Any, one: dict[str, t.Any], requests: list[list[t.Any]]) -> None:
    good: list[tuple[float, float]] = []
    bad: list[float] = []
    deploys = one["deploys"]
    for deploy, after in zip(deploys, [*deploys[1:], None]):
        start = deploy["start"]
        end = after["start"] - BEFORE if after else float("inf")
        for at, outcome, latency, _version in requests:
            if start - BEFORE <= at < end:
                if outcome == 200:
                    good.append((at - start, max(latency * 1000, FLOOR_MS)))
                else:
                    bad.append(at - start)
    figures = one["figures"]
    wall = figures["wall_s"]["median"]
    axes.axvspan(0, wall, color="0.93", zorder=0)
    axes.text(
        wall,
        CEILING_MS * 0.62,
        f"command ends: {wall:.1f} s ",
        ha="right",
        fontsize=8,
        color="0.35",
        va="top",
    )
    colour = COLOURS.get(one["way"], "0.3")
    axes.scatter(*zip(*good), s=5, color=colour, alpha=0.35, linewidths=0, rasterized=True)
    if bad:
        axes.scatter(
            bad, [CEILING_MS * 0.25] * len(bad), s=26, color=FAILED, marker="|", linewidths=0.8, alpha=0.6
        )
    axes.set_yscale("log")
    axes.set_ylim(FLOOR_MS * 0.8, CEILING_MS)
    axes.set_yticks([10, 100, 1000], ["10", "100", "1000"])
    axes.grid(axis="y", color="0.9", linewidth=0.6)
    count = figures["failed_total"]
    axes.set_title(
        f"{one['title']}: {figures['deploys']} deploys, {figures['requests_total']} requests", color=colour
    )

    failed_text = "none failed" if not count else f"{count} failed (red)"
    axes.set_title(
        f"{failed_text}; longest gap {figures['longest_gap_s']['max']:.2f} s",
        loc="right",
        fontsize=10,
        color=FAILED if count else "0.25",
    )


def bars_plot(results: dict[str, t.Any], path: Path) -> None:
    """Failed requests a deploy, and the command's wall time: medians, with the range of all deploys."""
    series = results["series"]
    names = [one["title"] for one in series]
    colours = [COLOURS.get(one["way"], "0.3") for one in series]
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 0.9 + 0.75 * (len(series) + 1)), sharey=True)
    _bars(left, names, [one["figures"]["failed_a_deploy"] for one in series], colours, "{:g}")
    left.set_title("Failed requests a deploy")
    walls = [one["figures"]["wall_s"] for one in series]
    extra = results.get("nothing_to_do_s")
    if extra:
        names, walls, colours = (
            [*names, "masonite.deploy,\nnothing to do"],
            [*walls, extra],
            [*colours, "#8fc4b1"],
        )
    _bars(right, names, walls, colours, "{:.1f} s")
    right.set_title("Wall time of the command, s")
    left.set_yticks(range(len(names)), names)
    left.invert_yaxis()
    left.tick_params(axis="y", length=0)
    right.tick_params(axis="y", length=0)
    figure.text(
        0.01,
        0.01,
        "Bars: median; lines: smallest to largest of all deploys. Lower is better.",
        fontsize=8,
        color="0.35",
    )
    figure.tight_layout(rect=(0, 0.05, 1, 1))
    _save(figure, path)


def _bars(
    axes: t.Any, names: list[str], figures: list[dict[str, float]], colours: list[str], form: str
) -> None:
    medians = [one["median"] for one in figures]
    reach = [[one["median"] - one["min"] for one in figures], [one["max"] - one["median"] for one in figures]]
    axes.barh(range(len(figures)), medians, color=colours, height=0.6)
    axes.errorbar(medians, range(len(figures)), xerr=reach, fmt="none", ecolor="0.2", elinewidth=1, capsize=3)
    for row, one in enumerate(figures):
        axes.annotate(
            form.format(one["median"]),
            (one["max"], row),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
        )
    axes.set_xlim(0, max(max(one["max"] for one in figures), 1) * 1.18)


def _save(figure: t.Any, path: Path) -> None:
    figure.savefig(path, dpi=130, metadata={"Software": None})
    pyplot.close(figure)


def main(directory: Path) -> None:
    results = json.loads((directory / "results.json").read_text())
    with gzip.open(directory / "requests.jsonl.gz", "rt") as file:
        requests = {one["way"]: one["requests"] for one in map(json.loads, file)}
    latency_plot(results, requests, directory / "latency.png")
    bars_plot(results, directory / "failed-and-wall.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
