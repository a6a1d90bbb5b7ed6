# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves an SQLite database to another directory while a process serves from it, without losing a row.

Afterwards the old path is a link. SQLite resolves it and keeps its journal beside the real file, so processes
that use either path work on one database. A connection from before the move would keep its journal at the old
path, where no other process looks for it after a crash, so the database is moved in a moment in which no
process has it open.

A database in WAL mode stays in the default mode until the handover: the user who opens it first owns
its shared memory, and SQLite fails at times where two users do so in turn (measured: 7 of 12 writers in 9
seconds).
"""

from __future__ import annotations

import fcntl
import os
import secrets
import sqlite3
import time
from abc import ABC, abstractmethod
from contextlib import closing
from typing import Callable
from urllib.parse import quote

from .._system.account import Account
from .._system.privileges import run_as
from .errors import HomeError

POLL_INTERVAL = 0.0002  # seconds
# What SQLite locks in a file that it writes to.
LOCK_START, LOCK_LENGTH = 0x40000000, 512


class OwnerChange(ABC):
    """Gives the file its new owner, while it is locked."""

    @abstractmethod
    def apply(self) -> None:
        """Change the owner. Must not open and close the file: that would release the lock."""

    @abstractmethod
    def undo(self) -> None: ...


class DatabaseMove:
    """`source` is a regular file of `owner`; `target` does not exist and is on the same file system."""

    def __init__(
        self,
        source: str,
        target: str,
        change: OwnerChange | None = None,
        owner: Account | None = None,
        timeout: float = 30.0,
    ) -> None:
        self.source = source
        self.target = target
        self.change = change
        self.owner = owner
        self.timeout = timeout
        self.known: set[int] = set()

    def run(self) -> None:
        self.deadline = time.monotonic() + self.timeout
        wal = is_wal(self.source)
        if wal and not run_as(self.owner, lambda: set_default_mode(self.source, self.deadline)):
            raise self._busy()
        try:
            run_as(self.owner, lambda: roll_back(self.source, self.deadline))
            # Root does not let SQLite open the database: a journal beside it can name any file, which SQLite
            # removes.
            descriptor = os.open(self.source, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                self._repeat(lambda: self._locked(descriptor, self._change_owner))
                self._repeat(lambda: self._locked(descriptor, self._rename))
            finally:
                os.close(descriptor)
        except (OSError, RuntimeError, sqlite3.DatabaseError, HomeError) as error:
            if self.change:
                self.change.undo()
            if wal:
                run_as(self.owner, lambda: set_wal_mode(self.source))
            if isinstance(error, HomeError):
                raise
            raise HomeError(
                f"{self.source} cannot be moved: {error}. It was left as it is.", reason="adopt"
            ) from None

    def _repeat(self, attempt: Callable[[], bool]) -> None:
        """Try until it works, each time as soon as the processes that used the database have closed it."""
        while True:
            self._wait_until_closed()
            if attempt():
                return
            if time.monotonic() > self.deadline:
                raise self._busy()
            self.known |= set(find_processes_with(self.source))

    def _wait_until_closed(self) -> None:
        while time.monotonic() < self.deadline and self._known_holders():
            time.sleep(POLL_INTERVAL)

    def _known_holders(self, opened_as: str = "") -> list[int]:
        return [pid for pid in self.known if _has_open(pid, os.stat(self.source), opened_as)]

    def _busy(self) -> HomeError:
        holders = ", ".join(map(str, find_processes_with(self.source))) or "none at the end"
        return HomeError(
            f"{self.source} is in use without a pause; wanted was a moment in which no process has it open. "
            f"Processes that have it open: {holders}. Stop them for the setup, then run the playbook again. "
            "The database was not moved.",
            reason="database_busy",
        )

    def _locked(self, descriptor: int, step: Callable[[], bool]) -> bool:
        """Take the lock that SQLite takes to write, and do the step; false if another process has it."""
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, LOCK_LENGTH, LOCK_START)
        except BlockingIOError:
            return False
        try:
            # The user can replace the file at any moment.
            is_same = os.path.samestat(os.fstat(descriptor), os.lstat(self.source))
            return is_same and not has_journal(self.source) and step()
        finally:
            fcntl.lockf(descriptor, fcntl.LOCK_UN, LOCK_LENGTH, LOCK_START)

    def _change_owner(self) -> bool:
        if self.change:
            self.change.apply()
        return True

    def _rename(self) -> bool:
        """Make a second name, then a link at the first: the old path is never without the database.

        A process that opened the file before the link was there is found afterwards. It waits for the lock,
        so it has written nothing, and the move is undone.
        """
        if self._known_holders():
            return False
        os.link(self.source, self.target, follow_symlinks=False)
        link = f"{self.source}.{secrets.token_hex(6)}.tmp"
        os.symlink(self.target, link)
        os.rename(link, self.source)
        former = self._known_holders(self.target) or find_processes_with(self.target, self.target)
        if not former:
            return True
        os.rename(self.target, self.source)
        self.known |= set(former)
        return False


def is_wal(path: str) -> bool:
    """Return whether the header of the file says so: to open the database would make its shared memory."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        header = file.read(20)
    return header.startswith(b"SQLite format 3\0") and header[18:] == b"\x02\x02"


def has_journal(path: str) -> bool:
    try:
        return os.lstat(f"{path}-journal").st_size > 0
    except FileNotFoundError:
        return False


def roll_back(path: str, deadline: float) -> None:
    """Let SQLite undo a transaction that was interrupted, as the user who could have begun it."""
    timeout = max(0.0, deadline - time.monotonic())
    with closing(sqlite3.connect(path, timeout=timeout, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
        connection.execute("PRAGMA journal_mode=DELETE")


def set_default_mode(path: str, deadline: float) -> bool:
    """Put everything into the main file; return false if the database is in use without a pause."""
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        while time.monotonic() < deadline:
            try:
                if _pragma(connection, "journal_mode=DELETE") == "delete":
                    return True
            except sqlite3.OperationalError:
                pass
            time.sleep(10 * POLL_INTERVAL)
    return False


def set_wal_mode(path: str) -> bool:
    """Set the mode; return false while the database is in use."""
    try:
        with closing(sqlite3.connect(f"file:{quote(path)}?mode=rw", uri=True, timeout=5)) as connection:
            return _pragma(connection, "journal_mode=WAL") == "wal"
    except sqlite3.Error:
        return False


def _pragma(connection: sqlite3.Connection, text: str) -> str:
    return str(connection.execute(f"PRAGMA {text}").fetchone()[0])


def find_processes_with(path: str, opened_as: str = "") -> list[int]:
    """Return the other processes that have the file open, except under the name `opened_as`."""
    found = os.stat(path)
    return [pid for pid in _processes() if _has_open(pid, found, opened_as)]


def _processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]


def _has_open(pid: int, wanted: os.stat_result, opened_as: str) -> bool:
    try:
        descriptors = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return False  # ended meanwhile, or another user's while this is not root
    for descriptor in descriptors:
        entry = f"/proc/{pid}/fd/{descriptor}"
        try:
            if os.path.samestat(os.stat(entry), wanted) and os.readlink(entry) != opened_as:
                return True
        except OSError:
            continue
    return False


def find_users_working_in(path: str) -> set[int]:
    """Return the user ids of processes whose working directory is this one."""
    found = set()
    for pid in _processes():
        try:
            if os.path.samefile(f"/proc/{pid}/cwd", path):
                found.add(os.stat(f"/proc/{pid}").st_uid)
        except OSError:
            continue
    return found
