# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of the program become one text that needs nothing but the standard library."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from ansible_collections.masonite.deploy.plugins.module_utils._backup.database_program import PROGRAM
from ansible_collections.masonite.deploy.plugins.module_utils._system.program_source import (
    join_sources,
    read_source,
)


def test_no_name_stands_in_two_files_of_the_program() -> None:
    names: Counter[str] = Counter()
    for module in PROGRAM:
        for node in ast.parse(read_source(module)).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                names[node.name] += 1
            elif isinstance(node, ast.Assign):
                names.update(
                    name.id
                    for target in node.targets
                    for name in ast.walk(target)
                    if isinstance(name, ast.Name)
                )
    assert [name for name, count in names.items() if count > 1] == []


def test_every_file_of_the_program_is_sent() -> None:
    directory = Path(str(PROGRAM[0].__file__)).parent
    sent = {Path(str(module.__file__)).name for module in PROGRAM}
    assert sent == {path.name for path in directory.glob("*.py")} - {"__init__.py"}


def test_a_file_comes_after_those_that_it_imports() -> None:
    known: set[str] = set()
    for module in PROGRAM:
        imports = {
            str(node.module)
            for node in ast.walk(ast.parse(read_source(module)))
            if isinstance(node, ast.ImportFrom) and node.level
        }
        assert imports <= known
        known.add(module.__name__.rpartition(".")[2])


def test_the_text_has_no_imports_of_this_collection_and_fits_into_an_argument(
    tmp_path: Path,
) -> None:
    text = join_sources(*PROGRAM)
    assert not [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom) and node.level]
    assert len(text.encode()) < 1 << 16
    argv = [sys.executable, "-I", "-c", text, "remove"]
    done = subprocess.run(argv, capture_output=True, cwd=tmp_path, check=False)
    assert done.returncode == 3, "nothing says which database there is"


@pytest.mark.parametrize("command", ["inspect", "backup", "migrations"])
def test_the_text_runs_without_a_release_and_says_what_is_missing(command: str, tmp_path: Path) -> None:
    argv = [sys.executable, "-I", "-c", join_sources(*PROGRAM), command]
    done = subprocess.run(argv, capture_output=True, cwd=tmp_path, text=True, check=False)
    assert (done.returncode, done.stdout) == (1 if command == "migrations" else 3, "")
    assert "NameError" not in done.stderr
    assert done.stderr
