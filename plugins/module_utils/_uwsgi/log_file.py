# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log file of an instance without systemd. The app's user may be able to replace it by a link."""

from __future__ import annotations

import errno
import os
import stat

from .errors import InstanceError
from .instance_account import InstanceAccount

MOST_BYTES = 1 << 18
MOST_LINKS = 20
DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def open_log(path: str, account: InstanceAccount) -> int:
    """Return a file descriptor for appending and reading; refuse a link and what is no regular file."""
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        directory = _open_directory(os.path.dirname(path))
        try:
            descriptor = os.open(os.path.basename(path), flags, 0o640, dir_fd=directory)
        finally:
            os.close(directory)
    except OSError as error:
        raise InstanceError(
            f"log {path} cannot be opened: {error.strerror}.", "start", options=["log"]
        ) from error
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
        os.close(descriptor)
        raise InstanceError(
            f"log {path} is not a regular file of its own; remove it or choose another log.",
            "start",
            options=["log"],
        )
    if account.switches and status.st_uid != account.uid:
        os.fchown(descriptor, account.uid, account.gid)
    os.fchmod(descriptor, 0o640)
    return descriptor


def read_log(descriptor: int, offset: int, lines: int) -> list[str]:
    """Return the last lines after an offset, without those about requests.

    The old instance may go on writing about its requests to the same file.
    """
    try:
        size = os.fstat(descriptor).st_size
        written = min(size - offset if offset <= size else size, MOST_BYTES)
        text = os.pread(descriptor, written, size - written).decode("utf-8", "replace")
    except OSError:
        return []
    return [line for line in text.splitlines() if not line.startswith("[pid: ")][-lines:]


def _open_directory(path: str) -> int:
    """Open an absolute directory, created where it is missing.

    A link on the way is followed only if it is root's or of the module's own user: another user could lead
    root elsewhere by one.
    """
    descriptor = os.open("/", DIRECTORY)
    parts, followed = path.split("/"), 0
    try:
        while parts:
            part = parts.pop(0)
            if part in ("", "."):
                continue
            try:
                found = os.stat(part, dir_fd=descriptor, follow_symlinks=False)
            except FileNotFoundError:
                os.mkdir(part, 0o755, dir_fd=descriptor)
                found = None
            if found is not None and stat.S_ISLNK(found.st_mode):
                followed += 1
                if found.st_uid not in (0, os.geteuid()) or followed > MOST_LINKS:
                    raise OSError(errno.ELOOP, "a symbolic link of another user is on the way", path)
                target = os.readlink(part, dir_fd=descriptor)
                parts = target.split("/") + parts
                inner = os.open("/" if target.startswith("/") else ".", DIRECTORY, dir_fd=descriptor)
            else:
                inner = os.open(part, DIRECTORY, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
