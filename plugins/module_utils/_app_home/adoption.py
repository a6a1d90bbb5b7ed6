# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes over the data of an app that was set up by hand, on the first setup."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .._system.directory import Directory
from .._system.file_kind import find_status
from .adoption_checks import check_adoption, is_same_file
from .database_at_rest import move_at_rest
from .database_move import DatabaseMove, is_wal
from .database_writer import find_database_writer, find_writer_problem
from .discovery import Discovery, has_live_release
from .errors import Refusal
from .former_access import DATABASE, DatabaseOwnerChange, find_former_users, grant_access
from .former_app import KEY, FormerApp
from .layout import APP
from .options import Options
from .owners import Owners
from .record import Record
from .shared_copy import SharedCopy, list_shared_paths


@dataclass
class Adoption:
    """Key, database and shared paths of the directory of the option adopt."""

    options: Options
    owners: Owners
    warnings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.former = FormerApp(self.options.adopt, self.options.refused_values)

    def is_due(self, discovery: Discovery) -> bool:
        """Return whether there is something to take over: on the first setup, or after a killed run."""
        if not self.options.adopt:
            return False
        record = discovery.record
        if record is not None and record.adopted is not None:
            return not record.adopted.get("done") and record.adopted.get("path") == self.options.adopt
        if discovery.former is not None or has_live_release(self.options):
            self.warnings.append(
                f"Nothing was brought along from {self.options.adopt}: app {self.options.name} has a live "
                "release already. Take masonite_app_adopt out of the settings."
            )
            return False
        return True

    def refusals(self) -> list[Refusal]:
        found = check_adoption(self.options, self.former, self.owners.switches)
        if found or not self.owners.switches or self.former.is_at_rest:
            return found
        sources = [f"{self.options.adopt}/{name}" for name in self._find_databases()]
        present = [source for source in sources if os.path.isfile(source) and not os.path.islink(source)]
        problems = ((source, find_writer_problem(source, self.owners.accounts)) for source in present)
        return [
            Refusal("adopt", source, f"{problem} (masonite_app_adopt)", ("adopt",))
            for source, problem in problems
            if problem
        ]

    def list_parts(self) -> list[str]:
        """Return what would be taken over."""
        with Directory(self.options.adopt) as directory:
            found = [KEY] if self._takes_key() else []
            for name in self._find_databases():
                if directory.status(name) is not None:
                    found.append(f"{directory.path}/{name}")
        return [*found, *list_shared_paths(self.options)]

    def run(self, record: Record, save: Callable[[dict[str, Any]], Record]) -> tuple[Record, list[str]]:
        """Take everything over; return the record, which says how far it came, and what was taken."""
        state: dict[str, Any] = dict(
            record.adopted or {"path": self.options.adopt, "users": [], "done": False}
        )
        save(state)
        # Uploads first: files made in shared/ after the former users have access would be theirs, too.
        copy = SharedCopy(self.options, *self.owners.numbers(DATABASE))
        copied = copy.run()
        self.warnings += copy.warnings
        adopted = []
        with Directory(self.options.adopt) as directory:
            if self._write_key():
                adopted.append(KEY)
            for name in self._find_databases():
                found = directory.status(name)
                if found is not None and directory.target(name) != self.options.database:
                    source = f"{directory.path}/{name}"
                    if self.former.is_at_rest:
                        move_at_rest(source, self.options.database, self.owners.numbers(DATABASE))
                        adopted.append(source)
                        continue
                    users = self._find_users(directory, name)
                    state["users"] = sorted(users | set(state["users"]))
                    state["wal"] = bool(state.get("wal")) or is_wal(source)
                    save(state)
                    self._move_database(source, found, state["users"])
                    adopted.append(source)
        state["done"] = True
        return save(state), [*adopted, *copied]

    def _find_databases(self) -> list[str]:
        return self.former.find_databases() if self.options.database else []

    def _takes_key(self) -> bool:
        if self.former.has_published_key:
            warning = (
                f"The {KEY} of {self.former.path}/.env is published, so it is not brought along and a new "
                "one is made: visitors have to log in again."
            )
            self.warnings = [*(text for text in self.warnings if text != warning), warning]
        return bool(self.former.key) and find_status(self.options.env_file) is None

    def _write_key(self) -> bool:
        if not self._takes_key():
            return False
        with Directory(self.options.path) as home:
            uid = 0 if self.owners.switches else -1
            home.write(".env", f"{KEY}='{self.former.key}'\n".encode(), 0o600, uid, uid)
        return True

    def _move_database(self, source: str, found: os.stat_result, users: list[int]) -> None:
        target = self.options.database
        if is_same_file(source, target):
            os.unlink(target)  # a run that was killed between the second name and the link
        if users:
            grant_access(self.options, self.owners.uid(APP), users)
        change = DatabaseOwnerChange(source, found, self.owners.numbers(DATABASE), tuple(users))
        writer = find_database_writer(source, self.owners.accounts)
        DatabaseMove(source, target, change, writer).run()

    def _find_users(self, directory: Directory, name: str) -> set[int]:
        if not self.owners.switches:
            return set()
        return find_former_users(directory, name, self.owners.uid(APP) or 0)
