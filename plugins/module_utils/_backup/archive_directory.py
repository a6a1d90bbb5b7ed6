# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory of the backups, opened by one process at a time."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from .._system.directory import Directory
from .._system.file_lock import FileLock, LockTimeout
from .archive import Archive
from .errors import BackupError

LOCK = ".lock"


@contextmanager
def open_archive(
    path: str, owners: Collection[int], timeout: float, read_only: bool = False
) -> Iterator[Archive]:
    """Open the archive for this process alone. `timeout` is how long another process is waited for."""
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
            options=["path"],
        ) from error
    with directory:
        _check_owner(directory)
        lock = FileLock(
            LOCK,
            timeout,
            dir_fd=directory.descriptor,
            before_open=lambda: _remove_foreign_lock(directory),
        )
        try:
            with lock:
                archive = Archive(directory, owners)
                if not read_only:
                    archive.remove_unfinished()
                yield archive
        except LockTimeout as error:
            raise BackupError(
                f"Another backup or restore has worked in {directory.path} for {timeout:.0f} seconds.",
                reason="locked",
                hint="Wait until it has ended.",
                options=["timeout"],
            ) from error


def _check_owner(directory: Directory) -> None:
    found = os.fstat(directory.descriptor)
    if found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise BackupError(
            f"The directory of the backups, {directory.path}, belongs to user id {found.st_uid} with mode "
            f"{stat.S_IMODE(found.st_mode):04o}; it must be writable by user id {os.geteuid()} alone, "
            "so that the app cannot forge or remove backups.",
            reason="not_ours",
            hint="site.yml sets its owner and mode.",
            options=["path"],
        )


def _remove_foreign_lock(directory: Directory) -> None:
    """Remove a lock file of another user, who could hold the lock without limit."""
    found = directory.status(LOCK)
    if found is not None and (
        not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_nlink != 1
    ):
        directory.remove(LOCK)
