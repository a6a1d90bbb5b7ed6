# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sockets where visitors are sent to: hard links in a directory in which only root can write.

The user of an instance can replace its private socket by a link to that of another application. What root has
linked and looked at stays what it was.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Callable

from . import _uwsgi_protocol as protocol
from ._uwsgi_config import Files, Paths
from ._uwsgi_errors import InstanceError
from ._uwsgi_files import Account, make_directory, remove

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Publisher:
    def __init__(self, paths: Paths) -> None:
        self.paths = paths

    def prepare(self, account: Account) -> bool:
        """Make the directory; one that belongs to another user is another application's, and not touched."""
        path = self.paths.public_dir
        parent = os.path.dirname(path)
        if os.stat(parent).st_uid == account.uid:
            raise InstanceError(
                f"{parent} belongs to user {account.user}, who could exchange in it what root publishes for "
                f"{self.paths.name}. Choose a runtime_dir in a directory of root.",
                stage="prepare",
                reason="unsafe_directory",
            )
        try:
            found = os.lstat(path)
        except FileNotFoundError:
            pass
        else:
            if found.st_uid != os.geteuid() or not stat.S_ISDIR(found.st_mode):
                raise InstanceError(
                    f"{path} is where the sockets of {self.paths.name} are published, so it must be a "
                    f"directory of user {os.geteuid()}; it belongs to user {found.st_uid}. Remove it, or "
                    "choose another runtime_dir.",
                    stage="prepare",
                    reason="public_directory_taken",
                )
        return make_directory(path, 0o750, os.geteuid(), account.socket_gid)

    def is_published(self, files: Files, uid: int, expected: Callable[[int], bool]) -> bool:
        """Whether the expected process listens at the published socket."""
        try:
            with self._open() as folder:
                return self._problem(folder, files.id + ".sock", uid, expected) == ""
        except OSError:
            return False

    def publish(self, files: Files, uid: int, expected: Callable[[int], bool]) -> None:
        name, temporary = files.id + ".sock", f".{files.id}.tmp"
        try:
            with self._open() as folder:
                source = os.open(self.paths.runtime_dir, DIRECTORY)
                try:
                    _unlink(temporary, folder)
                    os.link(name, temporary, src_dir_fd=source, dst_dir_fd=folder, follow_symlinks=False)
                finally:
                    os.close(source)
                try:
                    problem = self._problem(folder, temporary, uid, expected)
                    if problem:
                        raise InstanceError(f"{files.socket} {problem}", stage="publish")
                    os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
                finally:
                    # It is still there if both names are links to one socket, too.
                    _unlink(temporary, folder)
        except OSError as error:
            raise InstanceError(
                f"{files.socket} cannot be published as {files.published}: {error.strerror}", stage="publish"
            ) from error

    @contextmanager
    def _open(self) -> Iterator[int]:
        folder = os.open(self.paths.public_dir, DIRECTORY)
        try:
            yield folder
        finally:
            os.close(folder)

    @staticmethod
    def _problem(folder: int, name: str, uid: int, expected: Callable[[int], bool]) -> str:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if not stat.S_ISSOCK(found.st_mode):
            return "is not a socket"
        if found.st_uid != uid:
            return f"belongs to user {found.st_uid} instead of {uid}"
        pid = protocol.peer(f"/proc/self/fd/{folder}/{name}")
        if pid is None or (pid != 0 and not expected(pid)):
            return f"is served by process {pid or 'none'}, which is not the instance's"
        return ""

    def names(self) -> list[str]:
        """The ids of published sockets, with those that a killed run has not finished."""
        try:
            found = os.listdir(self.paths.public_dir)
        except OSError:
            return []
        return sorted({name.lstrip(".").split(".")[0] for name in found})

    def forget(self, instance_id: str) -> bool:
        names = (f"{instance_id}.sock", f".{instance_id}.tmp", f".{instance_id}.new")
        gone = [_removed(os.path.join(self.paths.public_dir, name)) for name in names]
        return any(gone)


def _unlink(name: str, folder: int) -> None:
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        pass


def _removed(path: str) -> bool:
    try:
        return remove(path)
    except NotADirectoryError:
        return False
