# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes, checks, restores and reverts backups: the states of the module app_backup."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable

from .._system.clock import format_time
from .._system.command import Runner
from .archive import Archive, FoundBackup
from .archive_directory import open_archive
from .backup_file import BackupFile
from .database_program import DatabaseProgram
from .errors import BackupError
from .file_format import find_format_error
from .options import Options
from .program_answers import Database
from .records import Record, StateBefore, describe_record

FAILED_LABEL = "failed-migration"
SAVED_LABEL = "before-restore"
NOT_MADE = "No backup of the database was made for this release; the database was left as it is."
LEFT = "The database keeps what the failed migration did."
REMOVED = "The database was removed, because there was none before the failed migration."
NO_DATABASE = "There is no database yet, so there is nothing to back up."
KEPT = (
    "The damaged database was kept as {path}. Restart the app: its processes may still have the damaged file "
    "open."
)


class Backups:
    """The states, each of which returns what the module returns."""

    def __init__(self, options: Options, runner: Runner) -> None:
        self.options = options
        self.warnings: list[str] = []
        self._program = DatabaseProgram(
            runner,
            options.account,
            options.sandbox,
            options.python,
            options.chdir,
            options.timeout,
            f"{options.name}:backup" if options.name else "",
            options.environment,
        )

    def run(self, state: str) -> dict[str, Any]:
        actions: dict[str, Callable[[], dict[str, Any]]] = {
            "present": self.make,
            "restored": self.restore,
            "checked": self.check,
            "reverted": self.revert,
            "inspected": self.inspect,
            "migrations": self.list_migrations,
        }
        return actions[state]()

    # States

    def make(self) -> dict[str, Any]:
        if self.options.check_mode:
            return self._predict_backup()
        with self._archive() as archive:
            archive.write_before(None)
            try:
                database, record = self._back_up(archive, self.options.label)
            except BackupError as error:
                return self._without_support(archive, error)
            name = record.name if record is not None else ""
            archive.write_before(StateBefore(self.options.release, database.kind, record is not None, name))
            removed = archive.prune(self.options.keep) if record is not None else []
            return self._result(
                archive,
                changed=record is not None,
                backup=describe_record(record, archive.path) if record is not None else None,
                removed=removed,
                message=NO_DATABASE if record is None else f"The backup is {archive.path}/{record.name}.",
                **_database(database),
            )

    def restore(self) -> dict[str, Any]:
        with self._archive() as archive:
            found = self._choose_checked(archive, self.options.backup)
            saved, removed = None, []
            if not self.options.check_mode:
                saved = self._save(archive, SAVED_LABEL)
                self._restore_from(archive, found)
                removed = archive.prune(self.options.keep, protected=[found.name, *_name(saved)])
            return self._result(
                archive,
                changed=True,
                restored=found.name,
                saved=describe_record(saved, archive.path) if saved is not None else None,
                removed=removed,
                message=f"The database is what it was in the backup {found.name}.",
            )

    def check(self) -> dict[str, Any]:
        with self._archive(read_only=True) as archive:
            found = self._choose_checked(archive, self.options.backup)
            return self._result(archive, checked=found.name, message=f"The backup {found.name} is whole.")

    def inspect(self) -> dict[str, Any]:
        release = self.options.release
        with self._archive(read_only=not release) as archive:
            try:
                database = self._program.inspect()
            except BackupError as error:
                return self._without_support(archive, error)
            if release and not self.options.check_mode:
                archive.write_before(StateBefore(release, database.kind, database.exists))
            return self._result(archive, **_database(database))

    def list_migrations(self) -> dict[str, Any]:
        applied, pending = self._program.migrations()
        return {"changed": False, "applied": applied, "pending": pending, "warnings": self.warnings}

    def revert(self) -> dict[str, Any]:
        """Restore the database after a failed migration, if no release of the app has ever been live."""
        with self._archive() as archive:
            before = archive.read_before(self.options.release)
            if before is None or (before.database_existed and not before.backup):
                return self._result(archive, reverted=False, message=NOT_MADE)
            if before.kind != "sqlite" or self._is_served():
                return self._result(
                    archive, reverted=False, message=self._advise_restore(archive, before.backup)
                )
            result = self._revert_to(archive, before.backup)
            if not self.options.check_mode:
                archive.write_before(None)
            return result

    # Steps

    @contextmanager
    def _archive(self, read_only: bool = False) -> Iterator[Archive]:
        options = self.options
        owners, read_only = [options.account.uid], read_only or options.check_mode
        with open_archive(options.path, owners, options.timeout, read_only) as archive:
            yield archive

    def _predict_backup(self) -> dict[str, Any]:
        """Return the result of check mode, in which the release need not exist."""
        result: dict[str, Any] = {"changed": True, "backup": None, "removed": [], "warnings": self.warnings}
        if not (os.path.isdir(self.options.chdir) and os.path.lexists(self.options.python)):
            return {**result, "message": "The database would be backed up, if there is one."}
        try:
            database = self._program.inspect()
        except BackupError as error:
            if error.reason != "unsupported":
                raise
            return {**result, "changed": False, "supported": False, "message": error.message}
        message = "The database would be backed up." if database.exists else NO_DATABASE
        return {**result, "changed": database.exists, "message": message, **_database(database)}

    def _without_support(self, archive: Archive, error: BackupError) -> dict[str, Any]:
        if error.reason != "unsupported":
            raise error
        self.warnings.append(
            f"{error.message[:1].upper()}{error.message[1:]}. Make one yourself before a migration (a hook "
            "in masonite_app_before_migrate can), or set masonite_app_backup to false."
        )
        return self._result(archive, supported=False, message=error.message)

    def _back_up(self, archive: Archive, label: str, good: bool = True) -> tuple[Database, Record | None]:
        """Make a backup, check it and record it; no record if there is no database."""
        options = self.options
        with archive.unfinished() as descriptor:
            new = BackupFile(descriptor, options.max_size, options.disk_reserve)
            database = self._program.back_up(new)
            if not database.exists and not new.size:
                return database, None
            self._check_new(archive, database)
            now = time.time()
            record = Record(
                name=archive.new_name(database.kind, label, now),
                time=format_time(now),
                kind=database.kind,
                size=new.size,
                sha256=new.checksum,
                label=label,
                release=options.release,
                revision=options.revision,
                database=database.path,
                good=good,
            )
            archive.finish(descriptor, record)
        return database, record

    def _check_new(self, archive: Archive, database: Database) -> None:
        with archive.reopen_unfinished() as stream:
            wrong = find_format_error(stream, database.kind)
            if wrong:
                raise BackupError(
                    f"The new backup was discarded: {wrong}. The earlier backups were not changed.",
                    reason="invalid",
                )
            stream.seek(0)
            try:
                self._program.check(database.kind, stream)
            except BackupError as error:
                if error.reason != "damaged":
                    raise
                raise BackupError(
                    f"The new backup was discarded: {error.message}. The earlier backups were not changed.",
                    reason="invalid",
                ) from None

    def _choose_checked(self, archive: Archive, name: str) -> FoundBackup:
        """Return the backup to use, after all its checks."""
        found = archive.choose(name)
        archive.check_content(found)
        with archive.open(found.name) as stream:
            try:
                self._program.check(found.kind, stream)
            except BackupError as error:
                if error.reason != "damaged":
                    raise
                raise archive.invalid(found.name, error.message) from None
        return found

    def _save(self, archive: Archive, label: str, good: bool = True) -> Record | None:
        """Make a backup of what a restore replaces."""
        if not self.options.save_present:
            return None
        try:
            return self._back_up(archive, label, good)[1]
        except BackupError as error:
            raise BackupError(
                f"The present database was not backed up: {error.message.rstrip('.')}. Nothing was restored.",
                reason=error.reason,
                hint="To replace it without a backup of it, set save_present to false.",
                options=["save_present"],
            ) from None

    def _restore_from(self, archive: Archive, found: FoundBackup) -> None:
        with archive.open(found.name) as stream:
            kept = self._program.restore(found.kind, stream)
        if kept:
            self.warnings.append(KEPT.format(path=kept))

    # After a failed migration

    def _is_served(self) -> bool:
        return bool(self.options.live_link) and os.path.lexists(self.options.live_link)

    def _advise_restore(self, archive: Archive, backup: str) -> str:
        if not backup:
            return f"{LEFT} There was no database before it."
        command = self.options.restore_command.replace("{backup}", backup)
        way = f" To put it back: {command}" if command else ""
        return f"{LEFT} The backup of before is {archive.path}/{backup}.{way}"

    def _revert_to(self, archive: Archive, backup: str) -> dict[str, Any]:
        """Restore the backup; without one, there was no database, and it is removed."""
        found = self._choose_checked(archive, backup) if backup else None
        saved, removed = None, []
        if not self.options.check_mode:
            saved = self._save(archive, FAILED_LABEL, good=False)
            if found is not None:
                self._restore_from(archive, found)
            else:
                self._program.remove()
            removed = archive.prune(self.options.keep, [backup, *_name(saved)])
        message = f"The database was put back to what it was before (backup {backup})." if backup else REMOVED
        copy = f" What the migration left is in {archive.path}/{saved.name}." if saved is not None else ""
        return self._result(
            archive,
            changed=True,
            reverted=True,
            saved=describe_record(saved, archive.path) if saved is not None else None,
            removed=removed,
            message=f"{message}{copy} The corrected version can be deployed.",
        )

    def _result(self, archive: Archive, **more: Any) -> dict[str, Any]:
        warnings = [*self.warnings, *archive.warnings]
        return {"changed": False, "backups": archive.describe_backups(), **more, "warnings": warnings}


def _database(database: Database) -> dict[str, Any]:
    found = {"database_existed": database.exists, "kind": database.kind, "database": database.path}
    return {**found, "supported": True}


def _name(record: Record | None) -> list[str]:
    return [record.name] if record is not None else []
