# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds in the output of a command why it failed."""

from __future__ import annotations

import re

LONGEST_CAUSE = 400  # characters
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
TRACEBACK = "Traceback (most recent call last):"
# Where cleo, the library of craft, says in which line an exception was raised; the exception stands above it.
RAISED_AT = re.compile(r"\s+at .+:\d+ in .+")
# The sign before an error of uv is U+00D7.
ERROR = re.compile(r"\s*(error|fatal|failed)\b.*|\s*\u00d7.*", re.IGNORECASE)
EMPTY = re.compile(r"[\W_]*")


def find_cause(stdout: str, stderr: str) -> str:
    """Return the line that says most about the failure: of standard error, else of standard output."""
    for text in (stderr, stdout):
        lines = [line.rstrip() for line in ESCAPE.sub("", text).splitlines()]
        found = _find_exception(lines) or _find_cleo_error(lines) or _find_error(lines) or _find_last(lines)
        if found:
            return found if len(found) <= LONGEST_CAUSE else found[: LONGEST_CAUSE - 1] + "…"
    return ""


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
