# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lock between processes of one server: flock(2), which the kernel releases when the holder ends."""

from __future__ import annotations

import fcntl
import os
import time
from typing import Callable

RETRY_INTERVAL = 0.02  # seconds


class LockTimeout(Exception):
    """Another process held the lock for longer than the timeout; ``holder`` is its pid, or ``unknown``."""

    def __init__(self, path: str, timeout: float, holder: str) -> None:
        super().__init__(f"process {holder} has held {path} for more than {timeout:g} s")
        self.path = path
        self.timeout = timeout
        self.holder = holder


class FileLock:
    """A context manager that holds the lock on a file, which it creates with mode 0600.

    The file must lie in a directory that no other user can write to, because whoever can open the file can
    hold the lock. ``before_open`` is called before each attempt, for a directory that the last holder may
    remove. ``timeout`` is in seconds; None waits without limit. ``dir_fd`` is the directory that a relative
    path is below.
    """

    def __init__(
        self,
        path: str,
        timeout: float | None,
        *,
        dir_fd: int | None = None,
        before_open: Callable[[], object] | None = None,
    ) -> None:
        self.path = path
        self.timeout = timeout
        self.dir_fd = dir_fd
        self.before_open = before_open
        self.waited = 0.0
        self._descriptor: int | None = None

    def __enter__(self) -> FileLock:
        started = time.monotonic()
        while not self._acquire():
            self.waited = time.monotonic() - started
            if self.timeout is not None and self.waited >= self.timeout:
                raise LockTimeout(self.path, self.timeout, self._holder())
            time.sleep(RETRY_INTERVAL)
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _acquire(self) -> bool:
        if self.before_open is not None:
            self.before_open()
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            descriptor = os.open(self.path, flags, 0o600, dir_fd=self.dir_fd)
        except FileNotFoundError:
            if self.before_open is None:
                raise
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The last holder may have removed the file: such a lock excludes no other process.
            current = os.stat(self.path, dir_fd=self.dir_fd, follow_symlinks=False)
            acquired = os.fstat(descriptor).st_ino == current.st_ino
        except (BlockingIOError, FileNotFoundError):
            acquired = False
        except BaseException:
            os.close(descriptor)
            raise
        if not acquired:
            os.close(descriptor)
            return False
        os.ftruncate(descriptor, 0)
        os.write(descriptor, b"%d\n" % os.getpid())
        self._descriptor = descriptor
        return True

    def _holder(self) -> str:
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=self.dir_fd)
        except OSError:
            return "unknown"
        with os.fdopen(descriptor, "rb") as stream:
            text = stream.read(20).decode("ascii", "replace").strip()
        return text if text.isdigit() else "unknown"
