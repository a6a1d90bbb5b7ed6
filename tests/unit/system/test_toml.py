# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reader of TOML reads what Python's own reads, on Pythons that have none."""

from __future__ import annotations

import datetime
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.masonite.deploy.plugins.module_utils._system.toml import TomlError, read_toml

ROOT = Path(__file__).parents[3]
DOCUMENTS = [
    "",
    "a = 1\nb = 'two'\n",
    'a."b.c".d = true # comment\n',
    "[a]\n[a.b]\nc = 1\n[[a.list]]\nx = 1\n[a.list.inner]\ny = 2\n[[a.list]]\nx = 3\n",
    'a = [1, [2, 3], "x", {b = 1, "c d" = [{}]}]\nb = []\nc = {}',
    'a = [\n  "x", # comment\n\n  "y",\n]\n',
    "a = 0x1F\nb = 0o17\nc = 0b11\nd = 1_000\ne = -5\nf = +7\ng = 0\n",
    "a = 1.5\nb = -2e10\nc = 6.02E+23\nd = inf\ne = -inf\n",
    'a = "tab\\t quote\\" backslash\\\\ \\u00e9 \\U0001F600"\nb = \'no \\ escape\'\n',
    'a = """\nfirst\nsecond \\\n    joined ""quoted"" """"\n',
    "a = '''\nfirst '' \\n\n'''\n",
    "a = true\r\nb = 'x'\r\n[c]\r\nd = 1\r\n",
    'markers = "python_version >= \'3.8\' and sys_platform != \\"win32\\""\n',
    "day = 2026-01-02\ntime = 03:04:05\nat = 2026-01-02T03:04:05Z\nspaced = 2026-01-02 03:04:05\n",
]
WRONG = [
    "a",
    "a =",
    "a = 'x",
    "[a",
    "a = [1",
    "a = {b = 1",
    "= 1",
    "a = 1 b = 2",
    'a = "\\q"',
    "a = 1\na.b = 2",
]


def as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: as_text(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [as_text(entry) for entry in value]
    if isinstance(value, (datetime.date, datetime.time)):
        return str(value).replace("+00:00", "Z").replace(" ", "T")
    return value.replace(" ", "T") if isinstance(value, str) and value[:4] == "2026" else value


def read_by_python(text: str) -> dict[str, Any]:
    return pytest.importorskip("tomllib", exc_type=ImportError).loads(text)  # type: ignore[no-any-return]


@pytest.mark.parametrize("text", DOCUMENTS)
def test_a_document_is_read_as_by_python(text: str) -> None:
    assert as_text(read_toml(text)) == as_text(read_by_python(text))


def test_the_files_of_this_project_are_read_as_by_python() -> None:
    files = [*ROOT.glob("*.toml"), *ROOT.glob("*/*.toml")]
    assert files
    for path in files:
        assert as_text(read_toml(path.read_text())) == as_text(read_by_python(path.read_text()))


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_toml_names_the_line(text: str) -> None:
    with pytest.raises(TomlError, match="line 2: "):
        read_toml(f"\n{text}" if "\n" not in text else text)


@given(st.text(alphabet="[]{}=\"'\\#.,\n ab1-_:", max_size=60))
def test_a_document_that_python_reads_is_read_and_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = read_toml(text)
    except TomlError:
        found = None
    if sys.version_info < (3, 11):
        return
    import tomllib

    try:
        expected = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert found is not None
    assert as_text(found) == as_text(expected)


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000, "a = " + "{a=" * 100_000, '"' * 100_001])
def test_a_nested_document_is_refused(text: str) -> None:
    with pytest.raises(TomlError):
        read_toml(text)


def test_a_long_document_takes_linear_time() -> None:
    started = time.monotonic()
    read_toml(
        "".join(
            f'[[package]]\nname = "p{number}"\nfiles = [\n' + '  {file = "a", hash = "b"},\n' * 20 + "]\n"
            for number in range(3000)
        )
    )
    assert time.monotonic() - started < 10
