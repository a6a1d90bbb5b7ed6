# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is at a path, for messages and decisions."""

from __future__ import annotations

import os
import stat

KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFDIR: "a directory",
    stat.S_IFREG: "a regular file",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def describe_kind(status: os.stat_result) -> str:
    """Return what a file is in words, such as "a directory"."""
    return KINDS.get(stat.S_IFMT(status.st_mode), "of an unknown kind")


def find_status(path: str) -> os.stat_result | None:
    """Return what lstat says; None if there is nothing at the path."""
    try:
        return os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
