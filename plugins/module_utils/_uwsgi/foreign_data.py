# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the data of a uWSGI that a person has set up: databases and `.env` in its working directory."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence

from .._system.process_owner import run_as_owner

DATABASES = (".sqlite3", ".sqlite", ".db")
# Large, and not where an application keeps data.
SKIPPED = ("node_modules", "__pycache__", "venv", "site-packages", "vendor")
DEEPEST = 3
MOST_ENTRIES = 5000
MOST_PATHS = 10


def find_data(pid: int, reached: Sequence[str]) -> tuple[str, list[str]]:
    """Return the working directory of a process, and data in it that is below none of the reached paths."""
    directory = read_working_directory(pid)
    if not directory.startswith("/") or directory == "/" or _is_below(directory, reached):
        return directory, []
    found: list[str] = []
    for path in _list_data(directory):
        if not _is_below(path, reached):
            found.append(path)
            if len(found) == MOST_PATHS:
                break
    return directory, found


def read_working_directory(pid: int) -> str:
    def read() -> str:
        return os.readlink(f"/proc/{pid}/cwd")

    try:
        return read()
    except PermissionError:
        return str(run_as_owner(pid, read) or "")
    except OSError:
        return ""


def _is_below(path: str, roots: Sequence[str]) -> bool:
    real = os.path.realpath(path)
    return any((real + "/").startswith(os.path.realpath(root).rstrip("/") + "/") for root in roots)


def _list_data(top: str) -> Iterator[str]:
    """Yield regular files that look like data, those of the directory itself first; no link is followed."""
    directories, seen = [(top, 1)], 0
    while directories:
        directory, depth = directories.pop(0)
        try:
            entries = sorted(os.scandir(directory), key=lambda entry: entry.name)
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
                directories.append((entry.path, depth + 1))


def _is_skipped(name: str) -> bool:
    return name.startswith(".") or name in SKIPPED
