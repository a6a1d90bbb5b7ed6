# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find in the log of an instance why it did not start."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Before it, uWSGI writes what happened; after it, what it does about that.
VERDICT = "unable to load app"
MISSING_MODULE = re.compile(r"ModuleNotFoundError: No module named '([^']+)'")
EXCEPTION = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*(?:: |\Z)")
MARKS = ("error", "failed", "cannot", "can't", "unable", "denied", "invalid", "no such", "not found")


def find_cause(lines: Sequence[str], limit: int = 4) -> list[str]:
    """Return the last lines of the last traceback, or else the last lines that read like an error."""
    verdicts = [number for number, line in enumerate(lines) if line.startswith(VERDICT)]
    lines = lines[: verdicts[-1]] if verdicts else lines
    start = None
    for number, line in enumerate(lines):
        if line.startswith("Traceback (most recent call last)"):
            start = number
    if start is not None:
        end = start + 1
        while end < len(lines) and (lines[end].startswith((" ", "\t")) or not lines[end].strip()):
            end += 1
        end = min(end + 1, len(lines))
        return [line.rstrip() for line in lines[max(start, end - limit) : end] if line.strip()]
    found = [line.strip() for line in lines if any(mark in line.lower() for mark in MARKS)]
    return found[-limit:]


def is_exception(line: str) -> bool:
    """Return whether a line names an exception, as the last line of a traceback does."""
    return EXCEPTION.match(line) is not None


def is_about_module(lines: Sequence[str], module: str | None) -> bool:
    """Return whether an application did not load because there is no such module, or no such callable in it.

    Where the callable is missing, uWSGI logs no error before its verdict; any other error than that of a
    missing module is one of the application itself.
    """
    verdicts = [number for number, line in enumerate(lines) if line.startswith(VERDICT)]
    before = [line for line in lines[: verdicts[-1]] if line.strip()] if verdicts else []
    if not before:
        return False
    missing = MISSING_MODULE.match(before[-1])
    if missing:
        path = (module or "").partition(":")[0]
        return f"{path}.".startswith(missing.group(1) + ".")
    return not EXCEPTION.match(before[-1])
