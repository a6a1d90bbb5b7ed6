# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""script/bench --fleet: what counts as a run, how it is measured, and what the page says of it."""

from __future__ import annotations

import subprocess
import sys
import time
import typing as t

import pytest

from benchmarks import fleet
from benchmarks.fleet import Case, check_recap, parse_options, wait_with_usage
from benchmarks.fleet_report import render_checkouts, render_table
from benchmarks.server import BenchError

NOTHING = Case("deploy_ten", "", "deploy.yml", "ten")
COMMIT = Case("commit_ten", "", "deploy.yml", "ten", new_commit=True)


def recap(
    changed: int = 0, unreachable: int = 0, failed: int = 0, name: str = "masonite-bench-this-1"
) -> str:
    return (
        f"{name:26} : ok=7    changed={changed}    unreachable={unreachable}    failed={failed}"
        "    skipped=6    rescued=0    ignored=0\n"
    )


def test_a_run_with_nothing_to_do_and_one_with_a_commit_count() -> None:
    check_recap(NOTHING, "PLAY RECAP ***\n" + recap() + recap(name="masonite-bench-this-2"), 2)
    check_recap(COMMIT, "PLAY RECAP ***\n" + recap(3) + recap(3, name="masonite-bench-this-2"), 2)


@pytest.mark.parametrize(
    ("case", "output", "says"),
    [
        pytest.param(NOTHING, recap(1), "1 tasks changed something", id="something was changed"),
        pytest.param(COMMIT, recap(0), "wanted some", id="the commit was not deployed"),
        pytest.param(NOTHING, recap(failed=1), "failed", id="a server failed"),
        pytest.param(COMMIT, recap(1, unreachable=1), "failed", id="a server was not reached"),
        pytest.param(
            NOTHING, recap() + recap(), "2 servers in the recap instead of 1", id="too many servers"
        ),
        pytest.param(NOTHING, "", "0 servers in the recap", id="no recap"),
    ],
)
def test_any_other_run_is_an_error(case: Case, output: str, says: str) -> None:
    with pytest.raises(BenchError, match=says):
        check_recap(case, output, 1)


def test_processor_time_of_children_counts() -> None:
    burn = "import time\nwhile time.process_time() < 0.2: pass\n"
    parent = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {burn!r}])\n"
    process = subprocess.Popen([sys.executable, "-c", parent], start_new_session=True)
    code, cpu = wait_with_usage(process, time.monotonic() + 30)
    assert code == 0
    assert cpu >= 0.2


def test_a_run_that_does_not_end_is_killed() -> None:
    process = subprocess.Popen(["sleep", "60"], start_new_session=True)
    with pytest.raises(BenchError, match="Not done"):
        wait_with_usage(process, time.monotonic() + 0.1)
    assert process.poll() is not None


@pytest.mark.parametrize(
    "arguments", [["--runs", "0"], ["--servers", "1"], ["--against", "/nowhere"], ["--only", "nothing"]]
)
def test_wrong_options_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        parse_options(arguments)


def figures(wall: float) -> dict[str, t.Any]:
    spread = {"median": wall, "min": wall - 0.1, "max": wall + 0.1}
    return {"wall_s": spread, "cpu_s": spread, "runs": []}


def results(**walls: t.Sequence[float]) -> dict[str, t.Any]:
    labels = ["this", "other"]
    cases = [
        {"name": name, "title": name, "figures": dict(zip(labels, map(figures, each)))}
        for name, each in walls.items()
    ]
    return {
        "checkouts": {"this": "abc1234", "other": "def5678"},
        "servers": 10,
        "apps": 5,
        "cases": cases,
    }


def test_the_table_has_both_checkouts_and_the_ratios() -> None:
    table = render_table(
        results(site_one=[10, 20], site_apps=[14, 40], commit_one=[2, 3], commit_ten=[8, 24])
    )
    header, _line, *rows = table.splitlines()
    assert header.count("abc1234") == header.count("def5678") == 2
    assert "| site_one | 10.00 (9.90-10.10) | 10.00 (9.90-10.10) | 20.00 (19.90-20.10) |" in rows[0]
    assert "| site.yml, nothing to do, each further app, s | 1.00 |  | 5.00 |  |" in rows
    assert "| 10 servers with a new commit, times one server | 4.0 |  | 8.0 |  |" in rows


def test_a_ratio_needs_both_of_its_cases() -> None:
    assert "times one server" not in render_table(results(commit_ten=[8, 24]))


def test_the_page_names_the_other_checkout_only_if_there_was_one() -> None:
    assert "def5678" in render_checkouts(results())
    alone = {**results(), "checkouts": {"this": "abc1234"}}
    assert render_checkouts(alone) == "revision abc1234"


def test_every_ratio_is_of_cases_that_are_measured() -> None:
    from benchmarks.fleet_report import RATIOS

    names = {case.name for case in fleet.CASES}
    assert {name for _title, *pair in RATIOS for name in pair} <= names
