# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last lines of script/test: every test is counted, and a scenario without tests is not overlooked."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[3] / "script/lib/closing_line.py"

UNIT = "....\n===== 3108 passed, 5 skipped in 405.53s (0:06:45) =====\n"
MOLECULE = """\
======= 2 passed in 30.75s =======
== 1 failed, 27 passed, 4 skipped in 29.88s ==
FAILED - RETRYING: [localhost]: Wait for instance(s) deletion to complete (300 retries left).
FAILED  scenario plain, 250 s
FAILED  scenario isolation, 12 s
======= 84 passed in 987.25s (0:16:27) =======
ok      scenario releases, 1193 s
"""


def print_closing_lines(directory: Path, **logs: str) -> list[str]:
    files = []
    for name, text in logs.items():
        files.append(directory / f"test-{name}.log")
        files[-1].write_text(text)
    command = [sys.executable, str(PROGRAM), *map(str, files)]
    return subprocess.run(command, text=True, check=True, capture_output=True).stdout.splitlines()


def test_closing_lines_are_added_up_in_pytests_own_form(tmp_path: Path) -> None:
    lines = print_closing_lines(tmp_path, unit=UNIT, molecule=MOLECULE)
    assert lines[-1].strip("= ") == "1 failed, 3221 passed, 9 skipped in 1453.41s"
    assert lines[-1].startswith("===")


def test_each_line_names_its_layer_and_its_scenario(tmp_path: Path) -> None:
    lines = print_closing_lines(tmp_path, unit=UNIT, molecule=MOLECULE)
    assert [" ".join(line.split()) for line in lines[:3]] == [
        "unit 3108 passed, 5 skipped in 405.53s",
        "molecule plain 2 passed in 30.75s",
        "molecule plain 1 failed, 27 passed, 4 skipped in 29.88s",
    ]
    assert lines[-2].split()[:4] == ["molecule", "releases", "84", "passed"]


def test_failed_tests_are_named_with_their_reasons(tmp_path: Path) -> None:
    reason = "AssertionError: Counter({'502': 3})"
    summary = f"""\
===== short test summary info =====
FAILED tests/test_one.py::test_a[x] - {reason}
 +  where 2 = len(['a'])
ERROR tests/test_two.py::test_b - OSError: {"x" * 2000}
= 1 failed, 1 error, 83 passed in 987.25s =
FAILED  scenario isolation, 900 s
"""
    lines = print_closing_lines(tmp_path, molecule=summary)
    assert lines[0].split()[:2] == ["molecule", "isolation"]
    assert lines[1] == f"  FAILED tests/test_one.py::test_a[x] - {reason}"
    assert lines[2].startswith("  ERROR tests/test_two.py::test_b - OSError: xxx")
    assert len(lines[2]) < 500
    assert len(lines) == 4


def test_a_scenario_that_ended_before_its_tests_is_shown(tmp_path: Path) -> None:
    lines = print_closing_lines(tmp_path, molecule=MOLECULE)
    assert [line for line in lines if "isolation" in line] == ["molecule isolation   ended before its tests"]


def test_without_any_test_there_is_no_sum(tmp_path: Path) -> None:
    assert print_closing_lines(tmp_path, lint="ok      yamllint\n") == []
