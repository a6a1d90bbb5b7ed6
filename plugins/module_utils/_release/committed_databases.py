# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SQLite databases that are in a revision: told once, and taken over where the options say so.

Root opens none of them. Rows are counted as the build user, whose files these are, and the app's own
database is opened as the app user.
"""

from __future__ import annotations

import os
import posixpath
import sqlite3
import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import quote

from .._system.privileges import run_as
from .._system.umask import use_umask
from .app_paths import AppPaths
from .app_users import AppUsers
from .errors import ReleaseError
from .json_file import read_json, write_json
from .linked_paths import LinkedPaths
from .options import ReleaseOptions
from .release import Release
from .revision_entry import LINK, SUBMODULE, RevisionEntry

ENDINGS = (".sqlite3", ".sqlite", ".db", ".db3")
HEADER = b"SQLite format 3\0"
SMALLEST, LARGEST = 512, 1 << 28  # bytes
MOST_DATABASES, MOST_TABLES, LONGEST_NAME = 5, 20, 60
SECONDS = 5.0
# Tables that a database has without anybody having put anything in.
EMPTY = ("migrations", "sqlite_sequence")
RECORD = "database"


def list_databases(entries: Iterable[RevisionEntry]) -> list[str]:
    """Return the files of a revision that look like SQLite databases."""
    return [
        entry.name
        for entry in entries
        if entry.mode not in (LINK, SUBMODULE)
        and entry.name.lower().endswith(ENDINGS)
        and SMALLEST <= entry.size <= LARGEST
    ][:MOST_DATABASES]


def count_rows(path: str) -> dict[str, int] | None:
    """Return how many rows each table has; None if this is no database that can be read.

    What is in it may be hostile: nothing of its schema but plain tables is used, and for a few seconds only.
    """
    try:
        with open(path, "rb") as stream:
            if stream.read(len(HEADER)) != HEADER:
                return None
        # Not even a journal beside it is read.
        with closing(sqlite3.connect(f"file:{quote(path)}?mode=ro&immutable=1", uri=True)) as database:
            return _count(database)
    except (sqlite3.Error, OSError):
        return None


def take_over(source: str, target: str) -> dict[str, int]:
    """Copy a database to the app's own, in one transaction; return the rows that were in the way instead."""
    with use_umask(0o027):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with closing(sqlite3.connect(target, timeout=30)) as database:
            found = {name: rows for name, rows in _count(database).items() if rows and name not in EMPTY}
            if not found:
                copy = sqlite3.connect(f"file:{quote(source)}?mode=ro&immutable=1", uri=True)
                with closing(copy):
                    copy.backup(database)
            return found


def describe_rows(rows: Mapping[str, int]) -> str:
    """Return the tables that have rows, the largest first."""
    known = sorted((item for item in rows.items() if item[0] not in EMPTY), key=lambda item: -item[1])
    shown = [f"{_clean(name)} {count}" for name, count in known if count][:MOST_TABLES]
    return f"rows: {', '.join(shown)}" if shown else "no rows"


@dataclass
class CommittedDatabases:
    """``warnings`` is the list that warnings are added to."""

    options: ReleaseOptions
    paths: AppPaths
    users: AppUsers
    warnings: list[str]

    def tell(self, release: Release, entries: Iterable[RevisionEntry], linked: LinkedPaths) -> None:
        """Warn of databases in the first release of an app that nothing else says anything of."""
        names = list_databases(entries)
        if not names:
            return
        found = run_as(self.users.build, lambda: [count_rows(f"{release.path}/{name}") for name in names])
        for name, rows in zip(names, found):
            if rows is not None and name != self._wanted():
                self.warnings.append(
                    f"The repository has the SQLite database {_clean(name)} ({describe_rows(rows)}). "
                    f"{self._describe_use(name, linked, release.framework)}"
                )

    def take(self, release: Release) -> bool:
        """Take over the database that the options name, once; return whether that was now."""
        name, record = self._wanted(), self.paths.records / f"{RECORD}.json"
        if not name or read_json(record).get("name") == name:
            return False
        display = self.options.names.display("database_from_repository")
        if not self._knows_database(release.framework):
            raise ReleaseError(
                f"{display} is {_clean(name)}, but where the database of this app is, is not "
                f"known; its framework is {release.framework or 'not known'}.",
                reason="committed_database",
                options=["database_from_repository"],
                hint=f"Name the file in {self.options.names.display('shared')}: the first release fills it.",
            )
        source = f"{release.path}/{name}"
        if run_as(self.users.app, lambda: count_rows(source)) is None:
            raise ReleaseError(
                f"{_clean(name)} ({display}) is no SQLite database of the revision {release.revision[:12]}.",
                reason="committed_database",
                options=["database_from_repository"],
                hint="Correct the path, which is relative to the root of the repository.",
            )
        try:
            found = run_as(self.users.app, lambda: take_over(source, self.options.database))
        except RuntimeError as error:
            raise ReleaseError(
                f"{_clean(name)} ({display}) could not be taken over: {error}.",
                reason="committed_database",
                options=["database_from_repository"],
                hint=f"See what is at {self.options.database}.",
            ) from None
        if found:
            self.warnings.append(
                f"{_clean(name)} ({display}) was not taken over, because the app's database "
                f"{self.options.database} has {describe_rows(found)}. Take the setting out, or remove what "
                "is in the way."
            )
            return False
        write_json(record, {"name": name, "release": release.name, "time": time.time()})
        return True

    def _wanted(self) -> str:
        name = self.options.database_from_repository
        return posixpath.normpath(name) if name else ""

    def _knows_database(self, framework: str) -> bool:
        return bool(self.options.database) and framework == "masonite"

    def _describe_use(self, name: str, linked: LinkedPaths, framework: str) -> str:
        display = self.options.names.display
        inside = posixpath.relpath(name, self.options.directory or ".")
        for path in linked.shared:
            if inside == path.name or inside.startswith(f"{path.name}/"):
                return f"It is the app's own from now on, as {self.paths.shared / inside}."
        if self._knows_database(framework):
            return (
                f"It is not used: the app's database is {self.options.database}. To begin with what is in "
                f"it, set {display('database_from_repository')}: {_clean(name)}, at any time before that one "
                "has rows."
            )
        return (
            "Each release has it as it is in the repository, and the app cannot write to it. If the app is "
            f"to write to it, name it in {display('shared')}."
        )


def _count(database: sqlite3.Connection) -> dict[str, int]:
    deadline = time.monotonic() + SECONDS
    database.set_progress_handler(lambda: time.monotonic() > deadline, 100_000)
    database.execute("pragma trusted_schema=off")
    query = "select name from sqlite_master where type = 'table' and upper(sql) not like 'CREATE VIRTUAL%'"
    names = [str(row[0]) for row in database.execute(query)]
    counted = {}
    for name in names[:200]:
        quoted = '"' + name.replace('"', '""') + '"'
        counted[name] = int(database.execute(f"select count(*) from {quoted}").fetchone()[0])
    database.set_progress_handler(None, 0)
    return counted


def _clean(name: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in name)[:LONGEST_NAME]
