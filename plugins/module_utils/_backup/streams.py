# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a program of the app prints, taken by this process.

The program never holds the new file of a backup open: it could pass the descriptor on to another process of
the app, which would write into the backup after it has been checked. Nor is an end of file waited for once
the program has ended, because such a process could hold the other end open.
"""

from __future__ import annotations

import hashlib
import os
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from .errors import BackupError

BLOCK = 1 << 20
HEADER_LIMIT = 1 << 20
POLL_SECONDS = 0.2
# Between two looks at the free space of the disk. A smaller backup is made on a nearly full disk, too.
DISK_STEP = 1 << 24


class Body(Protocol):
    """Takes what follows the header."""

    def take(self, block: bytes) -> None: ...


@dataclass
class NewFile:
    """A file of root's that a backup is written to, within limits, with its size and checksum."""

    descriptor: int
    max_size: int = 0
    reserve: int = 0
    size: int = 0
    checksum: str = ""
    _hash: hashlib._Hash = field(default_factory=hashlib.sha256)
    _looked: int = 0

    def take(self, block: bytes) -> None:
        if self.max_size and self.size + len(block) > self.max_size:
            raise BackupError(
                f"The backup became larger than max_size ({self.max_size} bytes) and was given up.",
                reason="too_large",
                hint="Raise max_size, if the database really is that large.",
            )
        self._check_disk()
        view = memoryview(block)
        while view:
            view = view[os.write(self.descriptor, view) :]
        self._hash.update(block)
        self.size += len(block)
        self.checksum = self._hash.hexdigest()

    def _check_disk(self) -> None:
        step = self.size // DISK_STEP
        if step == self._looked:
            return
        self._looked = step
        disk = os.fstatvfs(self.descriptor)
        free, total = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
        if free < total * self.reserve / 100:
            raise BackupError(
                f"The backup was given up at {self.size} bytes: {free} of {total} bytes are free on its "
                f"disk, and disk_reserve is {self.reserve} %.",
                reason="disk_full",
                hint="Free space on the server, or keep fewer backups.",
            )


@dataclass
class Nothing:
    """For commands whose answer is the header alone."""

    def take(self, block: bytes) -> None:
        raise BackupError("The program of the app printed more than its answer.", reason="malformed")


@dataclass
class Intake:
    """Reads a program's output: one line of header, then the body."""

    body: Body
    header: bytes = b""
    problem: Exception | None = None
    _complete: bool = False

    def take(self, block: bytes) -> None:
        if not self._complete:
            line, newline, block = block.partition(b"\n")
            self.header += line
            self._complete = bool(newline)
            if len(self.header) > HEADER_LIMIT:
                raise BackupError("The program of the app did not print an answer.", reason="malformed")
        if block:
            self.body.take(block)

    def receive(self, source: socket.socket, stop: threading.Event) -> None:
        """Read until the end, or until nothing is left after the stop."""
        poll = select.poll()
        poll.register(source, select.POLLIN)
        try:
            while True:
                stopped = stop.is_set()
                if not poll.poll(0 if stopped else POLL_SECONDS * 1000):
                    if stopped:
                        return
                    continue
                block = source.recv(BLOCK)
                if not block:
                    return
                self.take(block)
        except (BackupError, OSError) as error:
            self.problem = error
        finally:
            # A program that goes on to print gets an error instead of waiting.
            source.shutdown(socket.SHUT_RDWR)
            source.close()


@contextmanager
def received_by(intake: Intake) -> Iterator[int]:
    """A descriptor for the standard output of a program; what is written to it goes to the intake.

    A socket, because its reading end can be shut for all processes that have inherited it.
    """
    outlet, stdout = socket.socketpair()
    stop = threading.Event()
    thread = threading.Thread(target=intake.receive, args=(outlet, stop), daemon=True)
    thread.start()
    try:
        yield stdout.fileno()
    finally:
        stdout.close()
        stop.set()
        thread.join()
