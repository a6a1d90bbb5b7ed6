# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""history.jsonl: one line a deploy, read to know in which order releases went live."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ansible_collections.masonite.deploy.plugins.module_utils._release_files import read_tail

TAIL = 1024 * 1024
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


def append(path: Path, **values: Any) -> dict[str, Any]:
    """Add a line by one write; a line torn by a power cut before it is closed first."""
    line = {field: values.get(field) for field in FIELDS}
    text = json.dumps(line) + "\n"
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
    return line


def read(path: Path, count: int | None = None) -> list[dict[str, Any]]:
    """The lines that can be read, oldest first."""
    try:
        lines = read_tail(path, TAIL).splitlines()
    except OSError:
        return []
    entries = [entry for entry in map(_parse, lines) if entry]
    return entries if count is None else entries[-count:] if count > 0 else []


def _parse(line: bytes) -> dict[str, Any]:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return entry if isinstance(entry, dict) and isinstance(entry.get("release"), (str, type(None))) else {}


def line_of_succession(entries: list[dict[str, Any]]) -> list[str]:
    """Releases in the order in which each took over from the one before it.

    A rollback goes back along this line instead of lengthening it, so two rollbacks in a row
    reach two releases back and never return to the release that was left.
    """
    line: list[str] = []
    for entry in entries:
        release = entry.get("release")
        if entry.get("result") != "ok" or not release:
            continue
        if release in line and entry.get("action") == "rollback":
            del line[line.index(release) + 1 :]
        else:
            line = [name for name in line if name != release] + [release]
    return line


def results(entries: list[dict[str, Any]]) -> dict[str, str]:
    """How the last deploy of each release ended."""
    return {str(entry["release"]): str(entry.get("result")) for entry in entries if entry.get("release")}
