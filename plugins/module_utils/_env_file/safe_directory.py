# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A directory that only this user can write to: files in it are checked before they are read or replaced."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .._system.directory import Directory
from .._system.file_kind import describe_kind
from .errors import EnvFileError


@dataclass(frozen=True)
class ExistingFile:
    """A file with its owner and mode."""

    content: bytes
    uid: int
    gid: int
    mode: int

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "surrogateescape")


class SafeDirectory:
    """The files of one directory. Links, other kinds of files, and files of other users are errors."""

    def __init__(self, directory: Directory, owners: frozenset[int]) -> None:
        self._directory = directory
        self._owners = owners

    def read(self, name: str) -> ExistingFile | None:
        """Return the regular file of that name; None if there is nothing of that name."""
        status = self._directory.status(name)
        if status is None:
            return None
        self._check(name, status)
        content = self._directory.read(name)
        return ExistingFile(content, status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode))

    def exists(self, name: str) -> bool:
        status = self._directory.status(name)
        if status is not None:
            self._check(name, status)
        return status is not None

    def write(self, name: str, content: bytes, mode: int, uid: int = -1, gid: int = -1) -> None:
        self._directory.write(name, content, mode, uid, gid)
        os.fsync(self._directory.descriptor)

    def remove(self, name: str) -> None:
        self._directory.remove(name)
        os.fsync(self._directory.descriptor)

    def _check(self, name: str, status: os.stat_result) -> None:
        path = os.path.join(self._directory.path, name)
        if stat.S_ISLNK(status.st_mode):
            raise EnvFileError(
                f"{path} is a symbolic link to {self._directory.target(name)}; wanted is a regular file, and "
                "links are not followed.",
                reason="link",
                hint="Remove the link; the next run writes the file.",
                options=["path"],
            )
        if not stat.S_ISREG(status.st_mode):
            raise EnvFileError(
                f"{path} is {describe_kind(status)}; wanted is a regular file.",
                reason="not_a_file",
                hint="Remove it or move it away.",
                options=["path"],
            )
        if status.st_uid not in self._owners:
            raise EnvFileError(
                f"{path} belongs to the user with id {status.st_uid}; wanted is a file of user id "
                f"{' or '.join(str(uid) for uid in sorted(self._owners))}.",
                reason="owner",
                hint="If its content is yours, give the file to that user (chown); if not, move it away.",
                options=["path", "owner"],
            )


@contextmanager
def open_safe_directory(path: str, owners: frozenset[int]) -> Iterator[SafeDirectory]:
    """Hold the directory open; FileNotFoundError if it is missing."""
    try:
        directory = Directory(path)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENOTDIR):
            raise
        raise EnvFileError(
            f"{path} is a link or no directory; wanted is a directory of the user who writes the file.",
            reason="directory",
            options=["path"],
        ) from None
    with directory:
        _check_directory(directory)
        yield SafeDirectory(directory, owners)


def _check_directory(directory: Directory) -> None:
    """Refuse a directory in which another user could replace the file by another one or by a link."""
    status = os.fstat(directory.descriptor)
    mode = stat.S_IMODE(status.st_mode)
    user = os.geteuid()
    foreign_group = bool(mode & 0o020) and (user == 0 and status.st_gid != 0)
    if status.st_uid not in (0, user) or mode & 0o002 or foreign_group:
        raise EnvFileError(
            f"{directory.path} has mode {mode:04o} and belongs to user id {status.st_uid} and group id "
            f"{status.st_gid}; wanted is a directory that only user id {user} can write to.",
            reason="directory",
            hint="Correct its owner and mode (role masonite_app does so), or use another directory.",
            options=["path"],
        )
