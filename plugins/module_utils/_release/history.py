# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""history.jsonl: one line for each deploy, with how it ended."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from .._system.regular_file import read_tail
from .release import RESTORE

READ_LIMIT = 1024 * 1024  # bytes, from the end of the file
FIELDS = (
    "time",
    "action",
    "user",
    "host",
    "job",
    "release",
    "revision",
    "version",
    "result",
    "reason",
    "seconds",
    "previous",
)


def append_line(path: Path, **values: Any) -> None:
    """Add a line by one write. A line that a power cut left without its end is closed first."""
    text = json.dumps({field: values.get(field) for field in FIELDS}) + "\n"
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o644)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        if file.seek(0, os.SEEK_END) == 0:
            os.fchmod(descriptor, 0o644)
        else:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                text = "\n" + text
        file.write(text.encode())


def read_history(path: Path, count: int | None = None) -> list[dict[str, Any]]:
    """Return the lines that can be read, oldest first; with ``count`` only the last ones."""
    try:
        lines = read_tail(path, READ_LIMIT).splitlines()
    except OSError:
        return []
    entries = [entry for entry in map(parse_line, lines) if entry]
    return entries if count is None else entries[-count:] if count > 0 else []


def parse_line(line: bytes) -> dict[str, Any]:
    """Return what a line holds; an empty dictionary when it is no line of a history."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return entry if isinstance(entry, dict) and isinstance(entry.get("release"), (str, type(None))) else {}


def read_results(entries: list[dict[str, Any]]) -> dict[str, str]:
    """Return how the last deploy of each release ended."""
    return {
        str(entry["release"]): str(entry.get("result"))
        for entry in entries
        if entry.get("release") and entry.get("action") != RESTORE
    }
