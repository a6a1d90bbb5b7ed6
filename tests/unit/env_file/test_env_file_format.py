# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The format of the environment file, read by the real python-dotenv."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import dotenv
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.masonite.deploy.plugins.module_utils._system.dotenv import (
    format_file,
    format_line,
    is_name,
    parse_file,
)

# What python-dotenv, shells and template engines read as something else.
AWKWARD = st.sampled_from(
    [
        "${",
        "$",
        "{",
        "}",
        ":-",
        "\\",
        "'",
        '"',
        "\n",
        "\r",
        "\r\n",
        "#",
        " #",
        " ",
        "\t",
        "=",
        "export ",
        "A",
        "\u2028",
    ]
)
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
VALUES = st.lists(st.one_of(AWKWARD, CHARACTERS), max_size=12).map("".join)
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)

# Each arrives in the app as it is written here.
EXACT = {
    "empty": "",
    "blanks at the ends": "  x\t ",
    "hash": "a # b",
    "quotes": """it's "quoted" and \\'escaped\\'""",
    "backslashes": r"C:\new\\dir\'",
    "backslash at the end": "C:\\dir\\",
    "backslashes at the end": "\\\\\\",
    "two dollars": "pa$$word",
    "variable": "x${HOME}y",
    "variable that is not set": "pre${NOPE}post",
    "variable with a default": "${A:-b}",
    "dollar before a variable": "$${HOME}",
    "open variable": "${",
    "what ${ is written as": "${:-$}{",
    "variable that ends with a backslash": "${\\",
    "json": '{"a": [1, "b\\n"], "c": "{}"}',
    "pem": "-----BEGIN KEY-----\nMIIB+/=\n-----END KEY-----\n",
    "carriage returns": "a\r\nb\rc'd\"e\\",
    "other line separators": "a\x0b\x0c\x1c\x85\u2028\u2029b",
    "unicode": "žluťoučký 🐎 \ufeff",
    "jinja": "{{ x }} {% if %}",
    "looks like the next line": "x'\nAPP_KEY='y",
}


def read(path: Path) -> dict[str, str | None]:
    found: dict[str, str | None] = dotenv.dotenv_values(path)
    return found


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize("value", EXACT.values(), ids=EXACT.keys())
def test_a_value_arrives_exactly(value: str, tmp_path: Path) -> None:
    values = {"A": "first", "B": value, "C": "last"}
    assert read(write(tmp_path / ".env", format_file(values))) == values


@given(values=st.dictionaries(NAMES, VALUES, max_size=5))
def test_any_text_arrives_exactly(values: dict[str, str], tmp_path: Path) -> None:
    assert read(write(tmp_path / ".env", format_file(values))) == values


@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_what_was_written_is_read_back(values: dict[str, str]) -> None:
    assert parse_file(format_file(values)) == values


def test_load_dotenv_puts_exact_values_into_the_process(tmp_path: Path) -> None:
    values = {f"V{number}": value for number, value in enumerate(EXACT.values())}
    write(tmp_path / ".env", format_file(values))
    program = "import dotenv, json, os; dotenv.load_dotenv('.env'); print(json.dumps(dict(os.environ)))"
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    )
    found = json.loads(run.stdout)
    assert {name: found[name] for name in values} == values


HAND_WRITTEN = st.lists(
    st.sampled_from(
        [
            "A",
            "B",
            "export ",
            "=",
            " = ",
            "'",
            '"',
            "\n",
            "\r\n",
            "#",
            " # c",
            "x",
            "\\",
            "\\'",
            '\\"',
            "\\n",
            " ",
            "\ufeff",
            "${A}",
            "${B:-d}",
            "${:-$}",
            "é",
            "'q'",
            '"w"',
        ]
    ),
    max_size=14,
).map("".join)


@given(HAND_WRITTEN)
def test_a_file_written_by_hand_is_read_as_python_dotenv_reads_it(text: str) -> None:
    stream = io.StringIO(text.replace("\r\n", "\n").replace("\r", "\n"))
    bindings = dotenv.main.DotEnv(dotenv_path=None, stream=stream, interpolate=False).parse()
    expected = {}
    for name, value in bindings:
        if name is not None and value is not None:
            expected[name] = "".join(atom.resolve(expected) for atom in dotenv.main.parse_variables(value))
    assert parse_file(text) == expected


# As version 0.1 wrote it, with Jinja.
SAME_AS_BEFORE = {
    "DEBUG": ("False", "DEBUG='False'\n"),
    "QUOTE": ("it's", "QUOTE='it\\'s'\n"),
    "BACKSLASH": ("a\\b", "BACKSLASH='a\\\\b'\n"),
    "LINES": ("a\nb", "LINES='a\nb'\n"),
    "DOLLAR": ("a$b$$c", "DOLLAR='a$b$$c'\n"),
}


@pytest.mark.parametrize("name", SAME_AS_BEFORE)
def test_a_line_is_what_version_0_1_wrote(name: str) -> None:
    value, line = SAME_AS_BEFORE[name]
    assert format_line(name, value) == line


NAMED = {"A": True, "_a9": True, "": False, "9A": False, "A-B": False, "A\n": False, "Ä": False, "A B": False}


@pytest.mark.parametrize("name", NAMED)
def test_names_are_those_of_environment_variables(name: str) -> None:
    assert is_name(name) is NAMED[name]
