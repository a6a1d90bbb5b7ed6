# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of an app's files can be made again, and what only this server has."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable

from .._system.remove_tree import remove_tree

# Names of releases and virtualenvs, and of what is being made of them.
RELEASE = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{7}")
VIRTUALENV = re.compile(r"[0-9a-f]{16}|\..*")
# What git, the settings or a build can make again. Everything else is kept, whoever wrote it.
REMADE = ("repo.git", "ssh", ".state")
CACHES = (".cache", ".npm")


def find_mounts(paths: Iterable[str], mounts: str) -> list[str]:
    """Return where file systems are mounted at or below the paths."""
    with open(mounts, encoding="utf-8", errors="surrogateescape") as file:
        points = [_unescape(line.split()[4]) for line in file if len(line.split()) > 4]
    wanted = [path for path in paths if path]
    return sorted({point for point in points for path in wanted if f"{point}/".startswith(f"{path}/")})


def remove_what_can_be_made_again(home: str) -> None:
    """Remove an app's releases, mirror, keys and caches from what was its directory."""
    for name in REMADE:
        _remove(f"{home}/{name}")
    if os.path.islink(f"{home}/current"):
        os.unlink(f"{home}/current")
    for name in _list_names(f"{home}/releases"):
        if RELEASE.fullmatch(name) or name.startswith("."):
            _remove(f"{home}/releases/{name}")
    for name in CACHES:
        _remove(f"{home}/build/{name}")
    for name in ("releases", "build", "backups", "shared"):
        if not _list_names(f"{home}/{name}") and os.path.isdir(f"{home}/{name}"):
            os.rmdir(f"{home}/{name}")


def list_foreign_virtualenvs(venvs: str) -> list[str]:
    """Return names in the directory of an app's virtualenvs that this collection did not make."""
    return [name for name in _list_names(venvs) if not VIRTUALENV.fullmatch(name)]


def _list_names(path: str) -> list[str]:
    try:
        return sorted(os.listdir(path)) if not os.path.islink(path) else []
    except (FileNotFoundError, NotADirectoryError):
        return []


def _remove(path: str) -> None:
    try:
        found = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return
    if stat.S_ISDIR(found.st_mode):
        remove_tree(path)
    else:
        os.unlink(path)


def _unescape(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match.group(1), 8)), text)
