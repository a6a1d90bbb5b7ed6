# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is at a public path."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass


@dataclass(frozen=True)
class PathState:
    """``kind`` is missing, link, socket, file or directory; ``target`` is absolute and need not exist."""

    path: str
    kind: str
    target: str | None = None


def read_path_state(path: str) -> PathState:
    try:
        mode = os.lstat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return PathState(path, "missing")
    if stat.S_ISLNK(mode):
        target = os.readlink(path)
        return PathState(path, "link", os.path.normpath(os.path.join(os.path.dirname(path), target)))
    if stat.S_ISDIR(mode):
        return PathState(path, "directory")
    return PathState(path, "socket" if stat.S_ISSOCK(mode) else "file")
