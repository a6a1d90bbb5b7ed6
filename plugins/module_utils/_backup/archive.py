# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory of an app's backups, which only root can write."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from typing import Any

from .._system.clock import format_compact_time, format_time
from .._system.directory import NEW, REGULAR, Directory
from .errors import BackupError
from .file_format import find_format_error
from .records import (
    ENDINGS,
    FORMER_NAME,
    Record,
    StateBefore,
    choose_backups_to_remove,
    describe_record,
    is_name,
    kind_of_name,
    newest_good,
    read_records,
    read_state_before,
    write_records,
)

INDEX = "index.jsonl"
BEFORE = ".before.json"
UNFINISHED = ".unfinished"
BLOCK = 1 << 20


@dataclass(frozen=True)
class FoundBackup:
    """A backup that can be opened; `record` is None for one that was made by version 0.1 or put there."""

    name: str
    kind: str
    size: int
    record: Record | None


class Archive:
    def __init__(self, directory: Directory, owners: Collection[int]) -> None:
        self.path = directory.path
        self.warnings: list[str] = []
        self._directory = directory
        self._owners = {os.geteuid(), *owners}
        self._records = self._read_index()

    def _read_index(self) -> list[Record]:
        records, unknown = read_records(self._read_own(INDEX))
        if unknown:
            self.warnings.append(f"{unknown} lines of {self.path}/{INDEX} are malformed and were ignored.")
        return [record for record in records if self._is_file(record.name)]

    def _read_own(self, name: str) -> bytes:
        """Return the content of a file that this user alone can write; in version 0.1 the app could, too."""
        found = self._directory.status(name)
        if found is None:
            return b""
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
            self.warnings.append(f"{self.path}/{name} is ignored: other users could write it.")
            return b""
        return self._directory.read(name)

    def read_before(self, release: str) -> StateBefore | None:
        """Return the state before the migrations of that release, if that was backed up last."""
        found = read_state_before(self._read_own(BEFORE))
        return found if found is not None and release and found.release == release else None

    def write_before(self, before: StateBefore | None) -> None:
        if before is None:
            self._directory.remove(BEFORE)
        else:
            self._directory.write(BEFORE, before.content(), 0o600)

    def _is_file(self, name: str) -> bool:
        found = self._directory.status(name)
        return found is not None and stat.S_ISREG(found.st_mode)

    def unrecorded(self) -> list[str]:
        """Return files without a record, the oldest first."""
        known = {record.name for record in self._records}
        names = [name for name in self._directory.names() if is_name(name) and name not in known]
        return sorted(
            (name for name in names if self._is_file(name)), key=lambda name: (self._mtime(name), name)
        )

    def _mtime(self, name: str) -> float:
        found = self._directory.status(name)
        return found.st_mtime if found is not None else 0.0

    def names(self) -> list[str]:
        """Return all backups, the newest by root's record first, those without a record last."""
        return [*reversed([record.name for record in self._records]), *reversed(self.unrecorded())]

    def describe_backups(self) -> list[dict[str, Any]]:
        bare = {"label": "", "release": "", "revision": "", "database": "", "sha256": "", "good": True}
        recorded = [describe_record(record, self.path) for record in reversed(self._records)]
        others = []
        for name in reversed(self.unrecorded()):
            found = self._directory.status(name)
            when = format_time(found.st_mtime if found else 0)
            more = {"name": name, "path": f"{self.path}/{name}", "kind": kind_of_name(name), "time": when}
            others.append({**bare, **more, "size": found.st_size if found else 0, "recorded": False})
        return [*recorded, *others]

    # Choosing and reading

    def choose(self, wanted: str) -> FoundBackup:
        """Return the backup of that name; without a name, the newest good one."""
        name = wanted or self._newest()
        if not is_name(name) or name not in self.names():
            raise self._refuse(
                f'There is no backup "{name}" in {self.path}.'
                if name
                else f"There is no backup in {self.path}.",
                "not_found",
            )
        record = next((record for record in self._records if record.name == name), None)
        with self.open(name) as stream:
            size = os.fstat(stream.fileno()).st_size
        if record is None:
            self.warnings.append(
                f"{self.path}/{name} has no record of when it was made and with which content: "
                "a version before 0.2 made it, or it was put there. Only its form is checked."
            )
        return FoundBackup(name, kind_of_name(name), size, record)

    def _newest(self) -> str:
        newest = newest_good(self._records)
        others = self.unrecorded()
        return newest.name if newest is not None else others[-1] if others else ""

    def _refuse(self, message: str, reason: str, but: str = "") -> BackupError:
        others = [name for name in self.names() if name != but]
        return BackupError(
            message,
            reason=reason,
            hint=f"{'The others are' if but else 'The backups are'}, the newest first: {', '.join(others)}."
            if others
            else "There are no others."
            if but
            else "One is made before each migration.",
            options=["backup"],
            available=others,
        )

    @contextmanager
    def open(self, name: str) -> Iterator[FileIO]:
        """Open a file that is neither a link nor of another owner, nor has another name."""
        try:
            descriptor = os.open(name, REGULAR, dir_fd=self._directory.descriptor)
        except OSError as error:
            raise self._refuse(
                f"{self.path}/{name} cannot be opened: {error.strerror}.", "not_a_file", name
            ) from error
        # Without a buffer, so that the descriptor is where the stream is when a program gets it.
        with os.fdopen(descriptor, "rb", buffering=0) as stream:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1 or found.st_uid not in self._owners:
                raise self._refuse(
                    f"{self.path}/{name} is not a backup: it is no regular file, has a second "
                    f"name, or belongs to user id {found.st_uid}.",
                    "not_a_file",
                    name,
                )
            yield stream

    def check_content(self, found: FoundBackup) -> None:
        """Check size, checksum and header, which needs no database."""
        with self.open(found.name) as stream:
            wrong = find_format_error(stream, found.kind)
            if not wrong and found.record is not None:
                wrong = self._find_change(stream, found.record)
        if wrong:
            raise self.invalid(found.name, wrong)

    def _find_change(self, stream: FileIO, record: Record) -> str:
        """Return how the content differs from the record; empty if it does not."""
        size = os.fstat(stream.fileno()).st_size
        if size != record.size:
            return f"it has {size} bytes, and had {record.size} when it was made"
        stream.seek(0)
        checksum = hashlib.sha256()
        while block := stream.read(BLOCK):
            checksum.update(block)
        return (
            "" if checksum.hexdigest() == record.sha256 else "its content is not what it was when it was made"
        )

    def invalid(self, name: str, why: str) -> BackupError:
        return self._refuse(f"The backup {name} cannot be used: {why}. Nothing was changed.", "invalid", name)

    # Writing

    def new_name(self, kind: str, label: str, now: float) -> str:
        stem = f"{format_compact_time(now)}-{label}"
        taken = {*self._directory.names(), *(record.name for record in self._records)}
        names = (f"{stem}{number}{ENDINGS[kind]}" for number in ["", *(f"-{n}" for n in range(2, 10_000))])
        return next(name for name in names if name not in taken and f".{name}{UNFINISHED}" not in taken)

    @contextmanager
    def unfinished(self) -> Iterator[int]:
        """Make a file that is removed at the end, unless `finish` has given it its name."""
        self._working = f".{os.getpid()}-{time.time_ns()}{UNFINISHED}"
        descriptor = os.open(self._working, NEW, 0o600, dir_fd=self._directory.descriptor)
        try:
            os.fchmod(descriptor, 0o600)
            yield descriptor
        finally:
            os.close(descriptor)
            self._directory.remove(self._working)

    @contextmanager
    def reopen_unfinished(self) -> Iterator[FileIO]:
        with self.open(self._working) as stream:
            yield stream

    def finish(self, descriptor: int, record: Record) -> None:
        """Write the record, then give the file its name: without a record it would count as the oldest."""
        os.fsync(descriptor)
        self._write_index([*self._records, record])
        parent = self._directory.descriptor
        os.rename(self._working, record.name, src_dir_fd=parent, dst_dir_fd=parent)
        os.fsync(parent)

    def _write_index(self, records: list[Record]) -> None:
        self._directory.write(INDEX, write_records(records), 0o600)
        self._records = records

    def prune(self, keep: int, protected: Collection[str] = ()) -> list[str]:
        """Remove the oldest backups; a file that no version of this collection made is never removed."""
        former = [name for name in self.unrecorded() if FORMER_NAME.fullmatch(name)]
        removed = choose_backups_to_remove(self._records, former, keep, protected)
        if removed:
            self._write_index([record for record in self._records if record.name not in removed])
        for name in removed:
            self._directory.remove(name)
        return removed

    def remove_unfinished(self) -> None:
        for name in self._directory.names():
            if name.endswith(UNFINISHED):
                self._directory.remove(name)
