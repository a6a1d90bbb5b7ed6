# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory of the app's user: every file in it is opened by name, never through a link."""

from __future__ import annotations

import errno
import os
import stat

from .instance_account import InstanceAccount

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class RuntimeDirectory:
    def __init__(self, path: str) -> None:
        self.path = path

    def list_names(self) -> list[str]:
        descriptor = self._open()
        if descriptor is None:
            return []
        try:
            return sorted(os.listdir(descriptor))
        finally:
            os.close(descriptor)

    def remove(self, name: str) -> bool:
        """Remove a file; return whether there was one."""
        descriptor = self._open()
        if descriptor is None:
            return False
        try:
            os.unlink(name, dir_fd=descriptor)
        except (FileNotFoundError, IsADirectoryError):
            return False
        finally:
            os.close(descriptor)
        return True

    def write_new_file(self, name: str, text: str, account: InstanceAccount) -> None:
        """Replace whatever has that name by a new file."""
        directory = os.open(self.path, DIRECTORY)
        try:
            self.remove(name)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            descriptor = os.open(name, flags, 0o640, dir_fd=directory)
        finally:
            os.close(directory)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            if account.switches:
                os.fchown(stream.fileno(), account.uid, -1)

    def write_fifo(self, name: str, data: bytes, uid: int) -> bool:
        """Write into the fifo of that name if it is one, belongs to ``uid`` and a process reads it."""
        directory = self._open()
        if directory is None:
            return False
        try:
            descriptor = os.open(name, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW, dir_fd=directory)
        except OSError:
            return False
        finally:
            os.close(directory)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISFIFO(status.st_mode) or status.st_uid != uid:
                return False
            return os.write(descriptor, data) == len(data)
        except OSError:
            return False
        finally:
            os.close(descriptor)

    def _open(self) -> int | None:
        try:
            return os.open(self.path, DIRECTORY)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
                return None
            raise
