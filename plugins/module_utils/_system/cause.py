# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds in the output of a command why it failed."""

from __future__ import annotations

import re
from collections.abc import Callable

LONGEST_CAUSE = 400  # characters
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
TRACEBACK = "Traceback (most recent call last):"
# Where cleo, the library of craft, says in which line an exception was raised; the exception stands above it.
RAISED_AT = re.compile(r"\s+at .+:\d+ in .+")
# Warnings of Python name a file and a line, and repeat that line below.
PYTHON_WARNING = re.compile(r"\S*:\d+: (?:[A-Z]\w*)?Warning: ")
# What installers and apps say besides.
REMARK = re.compile(r"\s*(?:\[?notice\]?:? |note: |hint: |warning\b|npm (?:warn|notice)\b)", re.IGNORECASE)
# What other programs print where they know the cause best. The first that is found counts.
KNOWN_CAUSES = (
    # Compilers
    re.compile(r"fatal error: \S+: No such file or directory"),
    re.compile(
        r"[\w+-]*(?:gcc|g\+\+|cc|clang)'? failed: No such file or directory|unable to execute '[^']*'"
    ),
    re.compile(r"pg_config executable not found|mysql_config: not found|Can not find valid pkg-config name"),
    # The linker of the C library
    re.compile(r"version `GLIBC\w*_[\w.]+' not found"),
    re.compile(r"No space left on device|Disk quota exceeded"),
    # git, also below pip and uv
    re.compile(r"Permission denied \(publickey|Host key verification failed"),
    re.compile(r"fatal: (?!Could not read from remote repository|clone of )"),
    # pip and uv
    re.compile(r"requires a different Python|does not satisfy Python"),
    re.compile(r"No matching distribution found|was not found in the package registry|no versions? of \S+"),
    # npm and the shell that it starts
    re.compile(r"\bsh: (?:line )?\d+: .+: (?:not found|command not found|Permission denied)"),
    re.compile(r"JavaScript heap out of memory"),
    re.compile(
        r"npm (?:error|ERR!) (?!code |errno |syscall |path |command |dest |Exit |Lifecycle |workspace "
        r"|location "
        r"|A complete log)\S"
    ),
)
# An exception that a program prints of another one is indented.
EXCEPTION = re.compile(r"\s*(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception)(?: \[\w+\])?: .+")
# The sign before an error of uv is U+00D7.
ERROR = re.compile(r"\s*(error|fatal|failed)\b.*|\s*\u00d7.*", re.IGNORECASE)
EMPTY = re.compile(r"[\W_]*")


def find_cause(stdout: str, stderr: str) -> str:
    """Return the line that says most about the failure: of standard error, else of standard output."""
    outputs = [_read_lines(text) for text in (stderr, stdout)]
    for find in FINDERS:
        for lines in outputs:
            found = find(lines)
            if found:
                return found if len(found) <= LONGEST_CAUSE else found[: LONGEST_CAUSE - 1] + "…"
    return ""


def _read_lines(text: str) -> list[str]:
    """Return the lines without those that warn or remark."""
    lines: list[str] = []
    is_quoted = False
    for line in ESCAPE.sub("", text).splitlines():
        if not (is_quoted and line.startswith("  ")) and not REMARK.match(line):
            is_quoted = PYTHON_WARNING.match(line) is not None
            if not is_quoted:
                lines.append(line.rstrip())
        else:
            is_quoted = False
    return lines


def _find_exception(lines: list[str]) -> str:
    """Return the first line after the frames of the last traceback."""
    if TRACEBACK not in lines:
        return ""
    start = len(lines) - lines[::-1].index(TRACEBACK)
    return next((line for line in lines[start:] if line and not line[0].isspace()), "")


def _find_cleo_error(lines: list[str]) -> str:
    """Return the paragraphs above the line number of the exception: its class and its message."""
    raised_at = next((number for number, line in enumerate(lines) if RAISED_AT.fullmatch(line)), 0)
    above = [line.strip() for line in lines[:raised_at] if not EMPTY.fullmatch(line)]
    return ": ".join(above[-2:])


def _find_known_cause(lines: list[str]) -> str:
    text = "\n".join(lines)
    for pattern in KNOWN_CAUSES:
        found = pattern.search(text)
        if found is not None:
            start = text.rfind("\n", 0, found.start()) + 1
            end = text.find("\n", found.end())
            return text[start : end if end >= 0 else None].strip(" \u2502\u2570\u251c\u2500\u25b6>")
    return ""


def _find_quoted_exception(lines: list[str]) -> str:
    """Return the last line that is an exception, as a program prints it of another one."""
    return next((line.strip() for line in reversed(lines) if EXCEPTION.fullmatch(line)), "")


def _find_error(lines: list[str]) -> str:
    """Return the last line that begins like an error, with the lines that continue it."""
    for number in range(len(lines) - 1, -1, -1):
        if ERROR.fullmatch(lines[number]):
            found = [lines[number].strip()]
            for line in lines[number + 1 : number + 5]:
                if not line or not line[0].isspace():
                    break
                found.append(line.strip())
            return " ".join(found)
    return ""


def _find_last(lines: list[str]) -> str:
    """Return the last line that is not empty."""
    return next((line.strip() for line in reversed(lines) if not EMPTY.fullmatch(line)), "")


FINDERS: tuple[Callable[[list[str]], str], ...] = (
    _find_exception,
    _find_cleo_error,
    _find_known_cause,
    _find_quoted_exception,
    _find_error,
    _find_last,
)
