# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The three standard streams of a command, fed and read until the command has ended."""

from __future__ import annotations

import os
import selectors
import time
from typing import Callable

from .command import Command, CommandError
from .output_tail import OutputTail

CHUNK = 1 << 16
LIMIT = 1 << 24
# Seconds until processes have to be gone after SIGKILL.
KILL_TIMEOUT = 20.0
# What a process outside of the command can still write after the end is not waited for.
LAST_BYTES = 1 << 20


class Channels:
    """The three standard streams of a command, as it sees them and as this process holds them."""

    def __init__(self, command: Command) -> None:
        self.stdout = OutputTail(LIMIT)
        self.stderr = OutputTail(LIMIT)
        self._data = memoryview(command.stdin)
        self._inner: list[int] = []
        self._outer: dict[int, OutputTail] = {}
        self._feed: int | None = None
        owner = (command.account.uid, command.account.gid) if os.geteuid() == 0 else None
        self.stdin_inner = self._open_stdin(command, owner)
        self.stdout_inner = (
            self._open_output(self.stdout, owner) if command.stdout_file is None else command.stdout_file
        )
        self.stderr_inner = self._open_output(self.stderr, owner)

    def _open_stdin(self, command: Command, owner: tuple[int, int] | None) -> int:
        if command.stdin_file is not None:
            return command.stdin_file
        if not command.stdin:
            inner = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        else:
            inner, self._feed = os.pipe()
            os.set_blocking(self._feed, False)
            self._set_owner(inner, owner)
        self._inner.append(inner)
        return inner

    def _open_output(self, tail: OutputTail, owner: tuple[int, int] | None) -> int:
        outer, inner = os.pipe()
        os.set_blocking(outer, False)
        self._set_owner(inner, owner)
        self._inner.append(inner)
        self._outer[outer] = tail
        return inner

    @staticmethod
    def _set_owner(pipe: int, owner: tuple[int, int] | None) -> None:
        """Give a pipe to the user of the command: a program that opens /dev/stdout needs that."""
        if owner is not None:
            os.fchown(pipe, *owner)

    def inner(self) -> tuple[int, int, int]:
        """Standard input, output and error of the command."""
        return self.stdin_inner, self.stdout_inner, self.stderr_inner

    def close_inner(self) -> None:
        for descriptor in self._inner:
            os.close(descriptor)
        self._inner = []

    def close(self) -> None:
        self.close_inner()
        self._close_feed()
        for descriptor in self._outer:
            os.close(descriptor)
        self._outer = {}

    def _close_feed(self) -> None:
        if self._feed is not None:
            os.close(self._feed)
            self._feed = None

    def exchange(self, done: int, timeout: float | None, stop: Callable[[], None]) -> bool:
        """Feed and read until `done` can be read, which says that the command has ended.

        `stop` is called once the time is over, and must make the command end. Returns whether it was called.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        stopped = False
        with selectors.DefaultSelector() as selector:
            selector.register(done, selectors.EVENT_READ)
            for descriptor in self._outer:
                selector.register(descriptor, selectors.EVENT_READ)
            if self._feed is not None:
                selector.register(self._feed, selectors.EVENT_WRITE)
            while True:
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    if stopped:
                        raise CommandError(
                            "Processes of the command still run "
                            f"{KILL_TIMEOUT:.0f} s after they were killed.",
                            reason="not_ended",
                        )
                    stopped = True
                    deadline = time.monotonic() + KILL_TIMEOUT
                    stop()
                    continue
                ready = [key.fd for key, _events in selector.select(left)]
                for descriptor in ready:
                    self._handle(descriptor, done, selector)
                if done in ready:
                    break
        self._read_rest()
        return stopped

    def _handle(self, descriptor: int, done: int, selector: selectors.BaseSelector) -> None:
        if descriptor == done:
            return
        if descriptor == self._feed:
            if not self._write(descriptor):
                selector.unregister(descriptor)
                self._close_feed()
        elif not self._read(descriptor):
            selector.unregister(descriptor)

    def _write(self, feed: int) -> bool:
        """Write some input; returns whether there is more to write and a reader for it."""
        try:
            self._data = self._data[os.write(feed, self._data[:CHUNK]) :]
        except BlockingIOError:
            return True
        except OSError:
            return False
        return len(self._data) > 0

    def _read(self, descriptor: int) -> int:
        """Read some output; returns how many bytes: 0 at its end, -1 where there is nothing to read now."""
        try:
            data = os.read(descriptor, CHUNK)
        except BlockingIOError:
            return -1
        self._outer[descriptor].add(data)
        return len(data)

    def _read_rest(self) -> None:
        for descriptor in self._outer:
            total = 0
            while total <= LAST_BYTES:
                size = self._read(descriptor)
                if size <= 0:
                    break
                total += size
