# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what a program of the app prints.

The program never holds the new file of a backup open: it could pass the descriptor on to another process of
the app, which would write into the backup after it has been checked. Nor is an end of file waited for once
the program has ended, because such a process could hold the other end open.
"""

from __future__ import annotations

import select
import socket
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .errors import BackupError

BLOCK = 1 << 20  # bytes
HEADER_LIMIT = 1 << 20  # bytes
POLL_INTERVAL = 0.2  # seconds


class Sink(ABC):
    """Takes the output after its first line."""

    @abstractmethod
    def write(self, block: bytes) -> None: ...


@dataclass
class NoOutput(Sink):
    """For commands whose answer is the first line alone."""

    def write(self, block: bytes) -> None:
        raise BackupError("The program of the app printed more than its answer.", reason="malformed")


@dataclass
class OutputReader:
    """Reads the output of a program: one line of header, then a body for the sink."""

    sink: Sink
    header: bytes = b""
    problem: Exception | None = None
    _complete: bool = False

    def _take(self, block: bytes) -> None:
        if not self._complete:
            line, newline, block = block.partition(b"\n")
            self.header += line
            self._complete = bool(newline)
            if len(self.header) > HEADER_LIMIT:
                raise BackupError("The program of the app did not print an answer.", reason="malformed")
        if block:
            self.sink.write(block)

    def read(self, source: socket.socket, stop: threading.Event) -> None:
        """Read until the end of the output, or until nothing is left after `stop` was set."""
        poll = select.poll()
        poll.register(source, select.POLLIN)
        stopped = False
        try:
            while True:
                if stop.is_set() and not stopped:
                    # Other processes can hold the other end: they cannot write from now on. What they have
                    # written is read to its end.
                    source.shutdown(socket.SHUT_RD)
                    stopped = True
                if not poll.poll(POLL_INTERVAL * 1000):
                    continue
                block = source.recv(BLOCK)
                if not block:
                    return
                self._take(block)
        except (BackupError, OSError) as error:
            self.problem = error
        finally:
            # A program that prints on gets an error instead of waiting.
            source.shutdown(socket.SHUT_RDWR)
            source.close()


@contextmanager
def output_read_by(reader: OutputReader) -> Iterator[int]:
    """Open a descriptor for the standard output of a program, which the reader reads in a thread.

    A socket, because its reading end can be shut for all processes that have inherited it.
    """
    outlet, stdout = socket.socketpair()
    stop = threading.Event()
    thread = threading.Thread(target=reader.read, args=(outlet, stop), daemon=True)
    thread.start()
    try:
        yield stdout.fileno()
    finally:
        stdout.close()
        stop.set()
        thread.join()
