# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read pidfiles."""

from __future__ import annotations

import os
import stat


def read_pidfile(path: str) -> int | None:
    """Return a number that may be a pid. Nothing is ever done to a process because a pidfile names it.

    The public path is a link to a private file, which may be a link that the instance's user made: one link
    is followed, and only if it is the module's own.
    """
    try:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode) and status.st_uid == os.geteuid():
            path = os.path.join(os.path.dirname(path), os.readlink(path))
        if not stat.S_ISREG(os.lstat(path).st_mode):
            return None
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            return None
        text = stream.read(32).strip()
    return int(text) if text.isdigit() and len(text) < 10 and int(text) > 1 else None
