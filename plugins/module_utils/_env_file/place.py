# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory of an environment file: what lies there is judged before it is read or replaced."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .._system.directory import Directory
from .errors import EnvFileError

_KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


@dataclass(frozen=True)
class Found:
    """A file in place, with its rights."""

    content: bytes
    uid: int
    gid: int
    mode: int

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "surrogateescape")


class Place:
    """Files in one directory that only this process's user may write to."""

    def __init__(self, directory: Directory, owners: frozenset[int]) -> None:
        self._directory = directory
        self._owners = owners

    def read(self, name: str) -> Found | None:
        """The regular file of that name; None if there is nothing. Anything else in its place is an error."""
        status = self._directory.status(name)
        if status is None:
            return None
        self._check(name, status)
        content = self._directory.read(name)
        return Found(content, status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode))

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
                "links are not followed. Remove the link; the next run writes the file.",
                reason="link",
            )
        if not stat.S_ISREG(status.st_mode):
            kind = _KINDS.get(stat.S_IFMT(status.st_mode), "no regular file")
            raise EnvFileError(
                f"{path} is {kind}; wanted is a regular file. Remove it or move it away.", reason="not_a_file"
            )
        if status.st_uid not in self._owners:
            raise EnvFileError(
                f"{path} belongs to the user with id {status.st_uid}; wanted is a file of user id "
                f"{' or '.join(str(uid) for uid in sorted(self._owners))}. If its content is yours, give "
                "the file to that user (chown); if not, move it away.",
                reason="owner",
            )


@contextmanager
def open_place(folder: str, owners: frozenset[int]) -> Iterator[Place]:
    """Hold the directory open; FileNotFoundError if it is missing."""
    try:
        directory = Directory(folder)
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENOTDIR):
            raise
        raise EnvFileError(
            f"{folder} is a link or no directory; wanted is a directory of the user who writes the file.",
            reason="directory",
        ) from None
    with directory:
        _check_directory(directory)
        yield Place(directory, owners)


def _check_directory(directory: Directory) -> None:
    """Another user who can write to the directory could put a file or a link in the place of the file."""
    status = os.fstat(directory.descriptor)
    mode = stat.S_IMODE(status.st_mode)
    user = os.geteuid()
    foreign_group = bool(mode & 0o020) and (user == 0 and status.st_gid != 0)
    if status.st_uid not in (0, user) or mode & 0o002 or foreign_group:
        raise EnvFileError(
            f"{directory.path} has mode {mode:04o} and belongs to user id {status.st_uid} and group id "
            f"{status.st_gid}; wanted is a directory that only user id {user} can write to. Correct its "
            "owner and mode (role masonite_app does so), or use another directory.",
            reason="directory",
        )
