# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory of the backups, opened by one process at a time."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from .._system.directory import Directory
from .archive import Archive
from .errors import BackupError

LOCK = ".lock"


@contextmanager
def open_archive(
    path: str, owners: Collection[int], wait: float, read_only: bool = False
) -> Iterator[Archive]:
    """The archive, for this process alone."""
    if not read_only and not os.path.lexists(path):
        os.mkdir(path, 0o700)
    try:
        directory = Directory(path)
    except OSError as error:
        raise BackupError(
            f"The directory of the backups, {path}, cannot be opened: {error.strerror}.",
            reason="no_directory",
            hint="site.yml creates it."
            if error.errno == errno.ENOENT
            else "It must be a directory, not a link.",
        ) from error
    with directory:
        _check_owner(directory)
        with _locked(directory, wait):
            archive = Archive(directory, owners)
            if not read_only:
                archive.remove_unfinished()
            yield archive


def _check_owner(directory: Directory) -> None:
    found = os.fstat(directory.descriptor)
    if found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise BackupError(
            f"The directory of the backups, {directory.path}, belongs to user id {found.st_uid} with mode "
            f"{stat.S_IMODE(found.st_mode):04o}; it must be writable by user id {os.geteuid()} alone, "
            "so that the app cannot forge or remove backups.",
            reason="not_ours",
            hint="site.yml sets its owner and mode.",
        )


@contextmanager
def _locked(directory: Directory, wait: float) -> Iterator[None]:
    descriptor = _open_lock(directory)
    try:
        deadline = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise BackupError(
                        f"Another backup or restore has worked in {directory.path} for {wait:.0f} seconds.",
                        reason="locked",
                        hint="Wait until it has ended.",
                    ) from None
                time.sleep(0.1)
        yield
    finally:
        os.close(descriptor)


def _open_lock(directory: Directory) -> int:
    """The file to lock; one of another user is removed, because its owner could hold the lock for ever."""
    found = directory.status(LOCK)
    if found is not None and (
        not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_nlink != 1
    ):
        directory.remove(LOCK)
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.open(LOCK, flags, 0o600, dir_fd=directory.descriptor)
