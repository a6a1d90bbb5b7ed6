# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hard links to the sockets of instances, in a directory in which only root can write.

The user of an instance can replace its private socket by a link to that of another application. What root has
linked and then checked stays what it was.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Callable

from .._system.unix_socket import find_listening_pid
from .errors import InstanceError
from .paths import InstanceFiles, Paths
from .remove_file import remove_file

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class SocketPublisher:
    def __init__(self, paths: Paths) -> None:
        self.paths = paths

    def is_published(self, files: InstanceFiles, uid: int, expected: Callable[[int], bool]) -> bool:
        """Return whether the expected process listens at the published socket."""
        try:
            with self._open() as directory:
                return self._find_problem(directory, files.id + ".sock", uid, expected) == ""
        except OSError:
            return False

    def publish(self, files: InstanceFiles, uid: int, expected: Callable[[int], bool]) -> None:
        """Link the private socket, check what has been linked, and rename it to the published name."""
        name, temporary = files.id + ".sock", f".{files.id}.tmp"
        try:
            with self._open() as directory:
                source = os.open(self.paths.runtime_dir, DIRECTORY)
                try:
                    _unlink(temporary, directory)
                    os.link(name, temporary, src_dir_fd=source, dst_dir_fd=directory, follow_symlinks=False)
                finally:
                    os.close(source)
                try:
                    problem = self._find_problem(directory, temporary, uid, expected)
                    if problem:
                        raise InstanceError(f"{files.socket} {problem}", "publish")
                    os.rename(temporary, name, src_dir_fd=directory, dst_dir_fd=directory)
                finally:
                    # It is also there still if both names are links to one socket.
                    _unlink(temporary, directory)
        except OSError as error:
            raise InstanceError(
                f"{files.socket} cannot be published as {files.published}: {error.strerror}", "publish"
            ) from error

    def list_ids(self) -> list[str]:
        """Return the ids of published sockets, and of those that a killed run did not finish."""
        try:
            names = os.listdir(self.paths.public_dir)
        except OSError:
            return []
        return sorted({name.lstrip(".").split(".")[0] for name in names})

    def remove(self, instance_id: str) -> bool:
        """Remove the published socket of an instance; return whether there was one."""
        names = (f"{instance_id}.sock", f".{instance_id}.tmp", f".{instance_id}.new")
        removed = [_remove(os.path.join(self.paths.public_dir, name)) for name in names]
        return any(removed)

    @contextmanager
    def _open(self) -> Iterator[int]:
        directory = os.open(self.paths.public_dir, DIRECTORY)
        try:
            yield directory
        finally:
            os.close(directory)

    @staticmethod
    def _find_problem(directory: int, name: str, uid: int, expected: Callable[[int], bool]) -> str:
        found = os.stat(name, dir_fd=directory, follow_symlinks=False)
        if not stat.S_ISSOCK(found.st_mode):
            return "is not a socket"
        if found.st_uid != uid:
            return f"belongs to user {found.st_uid} instead of {uid}"
        pid = find_listening_pid(f"/proc/self/fd/{directory}/{name}")
        if pid is None or (pid != 0 and not expected(pid)):
            return f"is served by process {pid or 'none'}, which is not the instance's"
        return ""


def _unlink(name: str, directory: int) -> None:
    try:
        os.unlink(name, dir_fd=directory)
    except FileNotFoundError:
        pass


def _remove(path: str) -> bool:
    try:
        return remove_file(path)
    except NotADirectoryError:
        return False
