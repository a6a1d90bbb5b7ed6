# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log files that only NGINX's user and a group can read."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from pathlib import Path

MODE = 0o640


def find_open_mode(path: Path) -> tuple[bool, int | None]:
    """Return whether a log has to be closed to other users, and its mode; None if it does not exist yet."""
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return True, None
    mode = stat.S_IMODE(found.st_mode)
    return stat.S_ISREG(found.st_mode) and bool(mode & 0o007), mode


def close_log(path: Path, user: str, group: str, *, exists: bool) -> None:
    """Give a log the owner and mode that logrotate gives it. It is created if needed; no link is followed."""
    flags = os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    if not exists:
        flags |= os.O_CREAT | os.O_EXCL
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, flags, 0o600)
    try:
        os.fchown(descriptor, pwd.getpwnam(user).pw_uid, grp.getgrnam(group).gr_gid)
        os.fchmod(descriptor, MODE)
    finally:
        os.close(descriptor)
