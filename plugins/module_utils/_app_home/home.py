# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives an app its accounts and directories, in one call."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import Any

from .._system.directory import Directory
from . import access
from .account_checks import refused_accounts, wanted_accounts
from .accounts import Accounts
from .adoption import Adoption, end_former_access
from .conversion import Conversion
from .directory_checks import refused_directories
from .errors import Refusal, refuse
from .layout import BUILD, CACHES, HOME, PLACES, ROOT, VENVS, WEB, Place, with_guests
from .options import Options
from .record import Record, Records
from .rights import Changes, Owners, Rights
from .survey import Survey, has_live_release, look, lstat

RUN_BASE = "Run the role masonite.deploy.base first."
KEY = Place("ssh/id", ROOT, BUILD, 0o640, directory=False)
KNOWN_HOSTS = Place("ssh/known_hosts", ROOT, BUILD, 0o640, directory=False)


@dataclass
class Home:
    """The accounts and directories of one app on this server."""

    options: Options
    accounts: Accounts
    changes: Changes = field(default_factory=Changes)
    warnings: list[str] = field(default_factory=list)
    converted: list[str] = field(default_factory=list)
    adopted: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.records = Records(self.options.record_dir)
        self.owners = Owners(self.options, self.accounts)
        self.rights = Rights(self.owners, self.changes, self.options.check_mode)

    def run(self) -> dict[str, Any]:
        survey = self.survey()
        refuse(self.refusals(survey))
        if self.options.state == "checked":
            return self.result(survey.record)
        return self.result(self.set_up(survey))

    def survey(self) -> Survey:
        record = self.records.read(self.options.name)
        return look(self.options, record, tuple(self.records.others(self.options.name)))

    def refusals(self, survey: Survey) -> list[Refusal]:
        found = refused_directories(self.options, survey)
        if found and found[0].reason == "moved_root":
            return found
        if self.owners.switches:
            found += refused_accounts(self.options, survey, self.accounts)
        adoption = Adoption(self.options, self.owners)
        if adoption.is_due(survey):
            found += adoption.refusals()
        if self.options.state == "present" and not self.options.check_mode:
            found += self._missing()
        return found

    def _missing(self) -> list[Refusal]:
        """What other roles make first. Check mode cannot expect it on a fresh server."""
        found = []
        for path in (self.options.path, self.options.venvs):
            root = os.path.dirname(path)
            if lstat(root) is None:
                found.append(
                    Refusal("missing_root", root, f"{root} is missing on this server. {RUN_BASE} It makes "
                                                  "the directories of all apps.")
                )  # fmt: skip
        if self.owners.switches:
            for program in access.missing_programs():
                found.append(
                    Refusal("missing_program", program, f"{program} is missing on this server. {RUN_BASE} It "
                            "installs the package acl.")
                )  # fmt: skip
            web = self.options.web_group
            if web and self.owners.gid(WEB) is None:
                found.append(
                    Refusal("missing_group", web, f"There is no group {web} on this server. Run the role "
                            "masonite.deploy.nginx first, or set another web_group.")
                )  # fmt: skip
        return found

    def set_up(self, survey: Survey) -> Record:
        record = replace(survey.record or Record.of(self.options), former=survey.former)
        record = record.with_options(self.options)
        adoption = Adoption(self.options, self.owners)
        # Written before an account is made, so that a run that was killed is continued by the next one.
        self._save(record)
        record = self._create_accounts(record)
        if survey.former is not None:
            record = self._convert(record, survey.former)
        record = self._end_former_access(record)
        self._create_directories(record)
        self._write_key()
        if adoption.is_due(survey):
            record = self._adopt(adoption, record)
        self.warnings += adoption.warnings
        self._save(record)
        if record != survey.record:
            path = self.records.path(self.options.name)
            self.changes.add(path, "other facts" if survey.record else "absent", "the facts of this app")
        return record

    def result(self, record: Record | None) -> dict[str, Any]:
        return {
            "changed": bool(self.changes),
            "converted": self.converted,
            "adopted": self.adopted,
            "diff": self.changes.diff(),
            "record": record.facts() if record else None,
            "warnings": self.warnings,
        }

    def _save(self, record: Record) -> None:
        if not self.options.check_mode and self.records.read(self.options.name) != record:
            self.records.write(record)

    def _create_accounts(self, record: Record) -> Record:
        if not self.owners.switches:
            return record
        numbers: list[int | None] = []
        for wanted in wanted_accounts(self.options, record):
            new = wanted.user
            if self.accounts.group(new.group) is None:
                self.changes.add(f"group {new.group}", "absent", "present")
                if not self.options.check_mode:
                    self.accounts.create_group(new.group)
            if self.accounts.user(new.name) is None:
                self.changes.add(f"user {new.name}", "absent", f"{new.comment}, group {new.group}")
                if not self.options.check_mode:
                    self.accounts.create_user(new)
            group, user = self.accounts.group(new.group), self.accounts.user(new.name)
            numbers += [user.uid if user else None, group.gid if group else None]
        return replace(
            record, uid=numbers[0], gid=numbers[1], build_uid=numbers[2], build_gid=numbers[3]
        )  # fmt: skip

    def _convert(self, record: Record, former: tuple[int, ...]) -> Record:
        conversion = Conversion(self.options, self.owners, former)
        self.converted = conversion.parts()
        for part in self.converted:
            before = f"of version 0.1, {self.owners.describe(lstat(part))}"
            self.changes.add(part, before, "of this version")
        if self.options.check_mode:
            return record
        conversion.run()
        self.warnings += conversion.warnings
        record = replace(record, former=None)
        self._save(record)
        return record

    def _adopt(self, adoption: Adoption, record: Record) -> Record:
        parts = adoption.parts()
        for part in parts:
            self.changes.add(part, f"in {self.options.adopt}", f"brought along to {self.options.path}")
        if self.options.check_mode:
            self.adopted = parts
            return record

        def save(state: dict[str, Any]) -> Record:
            after = replace(record, adopted=state)
            self._save(after)
            return after

        record, self.adopted = adoption.run(record, save)
        return record

    def _end_former_access(self, record: Record) -> Record:
        if not has_live_release(self.options) or not (record.guests or record.waits_for_wal):
            return record
        for uid in record.guests:
            user = self.accounts.user_name(uid)
            self.changes.add(f"{self.options.shared_path} for user {user}", "until the handover", "no access")
        after = record if self.options.check_mode else end_former_access(self.options, record)
        if record.waits_for_wal and not (after.waits_for_wal and not self.options.check_mode):
            self.changes.add(self.options.database, "default journal mode", "WAL mode")
        return after

    def _create_directories(self, record: Record) -> None:
        self.rights.top(self.options.path, HOME)
        self.rights.pass_through(self.options.path, [BUILD, *([WEB] if self.options.web_group else [])])
        for place in PLACES if not record.guests else with_guests(PLACES):
            self.rights.inner(self.options.path, place)
        self.rights.top(self.options.venvs, VENVS)
        for place in CACHES:
            self.rights.inner(self.options.venvs, place)

    def _write_key(self) -> None:
        lines = "".join(f"{line.strip()}\n" for line in self.options.known_hosts)
        for place, content in ((KEY, self.options.deploy_key.strip()), (KNOWN_HOSTS, lines.strip())):
            if content:
                self._write(place, f"{content}\n".encode())

    def _write(self, place: Place, content: bytes) -> None:
        path = f"{self.options.path}/{place.name}"
        if lstat(os.path.dirname(path)) is None:
            self.changes.add(path, "absent", self.owners.wanted(place))
            return
        with Directory(self.options.path) as home:
            found = home.status(place.name)
            same = found is not None and self._read(home, place.name) == content
            if found is not None and same and self.owners.is_as_wanted(found, place):
                return
            before = self.owners.describe(found) + ("" if same or found is None else ", other content")
            self.changes.add(path, before, self.owners.wanted(place))
            if not self.options.check_mode:
                home.write(place.name, content, place.mode, *self.owners.numbers(place))

    @staticmethod
    def _read(home: Directory, name: str) -> bytes | None:
        try:
            return home.read(name)
        except OSError:
            return None
