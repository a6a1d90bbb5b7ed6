# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Data in the working directory of a uWSGI that a person has set up: its database and its `.env`."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence

from ._system.process import read_as_owner

DATABASES = (".sqlite3", ".sqlite", ".db")
# Not where an application keeps data, but big.
SKIPPED = ("node_modules", "__pycache__", "venv", "site-packages", "vendor")
DEEPEST = 3
MOST_ENTRIES = 5000
MOST_PATHS = 10


def find_data(pid: int, reached: Sequence[str]) -> tuple[str, list[str]]:
    """The working directory of a process, and the data in it that lies below none of the reached paths."""
    folder = working_directory(pid)
    if not folder.startswith("/") or folder == "/" or _below(folder, reached):
        return folder, []
    found: list[str] = []
    for path in _files(folder):
        if not _below(path, reached):
            found.append(path)
            if len(found) == MOST_PATHS:
                break
    return folder, found


def working_directory(pid: int) -> str:
    def read() -> str:
        return os.readlink(f"/proc/{pid}/cwd")

    try:
        return read()
    except PermissionError:
        return str(read_as_owner(pid, read) or "")
    except OSError:
        return ""


def _below(path: str, roots: Sequence[str]) -> bool:
    real = os.path.realpath(path)
    return any((real + "/").startswith(os.path.realpath(root).rstrip("/") + "/") for root in roots)


def _files(top: str) -> Iterator[str]:
    """Regular files that look like data, those of the directory itself first; no link is followed."""
    folders, seen = [(top, 1)], 0
    while folders:
        folder, depth = folders.pop(0)
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            seen += 1
            if seen > MOST_ENTRIES:
                return
            try:
                mode = entry.stat(follow_symlinks=False).st_mode
            except OSError:
                continue
            if stat.S_ISREG(mode) and (entry.name == ".env" or entry.name.endswith(DATABASES)):
                yield entry.path
            elif stat.S_ISDIR(mode) and depth < DEEPEST and not _is_skipped(entry.name):
                folders.append((entry.path, depth + 1))


def _is_skipped(name: str) -> bool:
    return name.startswith(".") or name in SKIPPED
