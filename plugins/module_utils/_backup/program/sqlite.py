# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backs up, checks, restores and removes an SQLite database."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import quote

from .channel import BLOCK, DAMAGED, ProgramError, send_answer, send_file


@contextmanager
def temporary_directory(size: int = 0) -> Iterator[str]:
    """Make a private directory on a disk (/tmp may be memory) with room for a copy of the database."""
    parent = "/var/tmp" if os.access("/var/tmp", os.W_OK) else tempfile.gettempdir()
    free = os.statvfs(parent)
    if size > free.f_bavail * free.f_frsize:
        raise ProgramError(
            f"{parent} has no room for a copy of {size} bytes; free {free.f_bavail * free.f_frsize}"
        )
    with tempfile.TemporaryDirectory(prefix="app-backup-", dir=parent) as directory:
        yield directory


def connect(path: str, create: bool = False) -> sqlite3.Connection:
    mode = "rwc" if create else "rw"
    return sqlite3.connect(f"file:{quote(path)}?mode={mode}", uri=True, timeout=30, isolation_level=None)


def find_size(path: str) -> int | None:
    """Return the size of the database; None if there is none. Anything but a file is an error."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        raise ProgramError(f"{path} is not a regular file")
    return found.st_size


def count_tables(connection: sqlite3.Connection) -> int:
    count = connection.execute("select count(*) from sqlite_master where type = 'table'").fetchone()[0]
    return int(count)


def copy_database(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Copy all pages in one step: a reader of the target sees the old content or the new one."""
    deadline = time.monotonic() + 60

    def give_up(code: int, _remaining: int, _total: int) -> None:
        # Python tries again without limit while another process holds the lock (5 busy, 6 locked).
        if code in (5, 6) and time.monotonic() > deadline:
            raise ProgramError("the database is locked: another process has held it for 60 seconds")

    source.backup(target, pages=-1, progress=give_up)


def backup_sqlite(path: str, channel: int) -> None:
    size = find_size(path)
    absent = {"kind": "sqlite", "database": path, "exists": False}
    if not size:
        send_answer(channel, absent)
        return
    wal = find_size(path + "-wal") or 0
    with temporary_directory(size + wal) as directory:
        copy = os.path.join(directory, "copy")
        with closing(connect(path)) as source, closing(connect(copy, create=True)) as target:
            copy_database(source, target)
            empty = not count_tables(target)
        if empty:
            send_answer(channel, absent)
            return
        send_answer(channel, {**absent, "exists": True})
        send_file(channel, copy)


def has_tables(path: str) -> bool:
    if not find_size(path):
        return False
    with closing(connect(path)) as connection:
        return count_tables(connection) > 0


@contextmanager
def received_backup() -> Iterator[str]:
    """Write the backup on standard input to a file of this user and check it."""
    with temporary_directory() as directory:
        path = os.path.join(directory, "backup")
        with open(path, "wb") as stream:
            while block := os.read(0, BLOCK):
                stream.write(block)
        try:
            with closing(connect(path)) as connection:
                verdict = connection.execute("pragma integrity_check").fetchone()[0]
                count = count_tables(connection)
        except sqlite3.DatabaseError as error:
            raise ProgramError(f"the backup is damaged: {error}", DAMAGED) from None
        if verdict != "ok":
            raise ProgramError(f"the backup is damaged: {str(verdict)[:500]}", DAMAGED)
        if not count:
            raise ProgramError("the backup has no tables", DAMAGED)
        yield path


def companion_files(path: str) -> list[str]:
    return [path + ending for ending in ("-wal", "-shm", "-journal")]


def unlink(path: str) -> bool:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    return True


def is_readable(path: str) -> bool:
    try:
        has_tables(path)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        return False
    return True


def replace_damaged(path: str, backup: str) -> str:
    """Replace a file into which SQLite cannot write, and keep it beside the new one."""
    fresh = path + ".restoring"
    unlink(fresh)
    with open(fresh, "xb") as target, open(backup, "rb") as source:
        shutil.copyfileobj(source, target, BLOCK)
        target.flush()
        os.fsync(target.fileno())
    kept = f"{path}.damaged-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
    os.rename(path, kept)
    for companion in companion_files(path):
        unlink(companion)
    os.rename(fresh, path)
    return kept


def restore_sqlite(path: str, channel: int) -> None:
    with received_backup() as backup:
        facts: dict[str, Any] = {"kind": "sqlite", "database": path, "kept": None}
        size = find_size(path)
        if size and not is_readable(path):
            facts["kept"] = replace_damaged(path, backup)
        else:
            if not size:
                for companion in companion_files(path):
                    unlink(companion)
            with closing(connect(backup)) as source, closing(connect(path, create=True)) as target:
                allow_page_size(source, target)
                copy_database(source, target)
        send_answer(channel, facts)


def allow_page_size(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """A database with a write-ahead log cannot change its page size."""
    sizes = [connection.execute("pragma page_size").fetchone()[0] for connection in (source, target)]
    if sizes[0] != sizes[1] and target.execute("pragma journal_mode").fetchone()[0] == "wal":
        target.execute("pragma journal_mode = delete")


def remove_sqlite(path: str, channel: int) -> None:
    removed = find_size(path) is not None and unlink(path)
    for companion in companion_files(path):
        unlink(companion)
    send_answer(channel, {"kind": "sqlite", "database": path, "removed": removed})
