# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the accounts and directories of an app, in one call."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from typing import Any

from .._system import ssh_files
from .._system.directory import Directory
from .._system.file_kind import find_status
from .._system.ssh_files import SshFiles
from .._system.web_access import let_group_read
from . import access
from .account_checks import check_accounts, list_wanted_accounts
from .accounts import Accounts
from .adoption import Adoption
from .changes import Changes
from .conversion import Conversion
from .directory_checks import check_directories
from .discovery import Discovery, discover_app, has_live_release
from .errors import Refusal, refuse
from .former_access import end_former_access
from .layout import APP, APP_PATHS, BUILD, CACHES, HOME, ROOT, VENVS, WEB, AppPath, with_former_users
from .options import Options
from .owners import Owners
from .record import Record, Records
from .rights import Rights
from .writable_paths import check_writable_paths, list_new_writable_paths

RUN_BASE = "Run the role masonite.deploy.base first."
KEY = AppPath(f"ssh/{ssh_files.KEY}", ROOT, BUILD, 0o640, directory=False)
WRITABLE = AppPath("", APP, APP, 0o750)
KNOWN_HOSTS = AppPath(f"ssh/{ssh_files.KNOWN_HOSTS}", ROOT, BUILD, 0o640, directory=False)


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
        self.adoption = Adoption(self.options, self.owners)

    def run(self) -> dict[str, Any]:
        """Refuse what is not the app's, make what is missing, and return the result of the module."""
        discovery = self.discover()
        self.adopts = self.adoption.is_due(discovery)
        refuse(self.find_refusals(discovery))
        if self.options.state == "checked":
            return self.result(discovery.record)
        return self.result(self.set_up(discovery))

    def discover(self) -> Discovery:
        record = self.records.read(self.options.name)
        return discover_app(self.options, record, tuple(self.records.others(self.options.name)))

    def find_refusals(self, discovery: Discovery) -> list[Refusal]:
        found = check_directories(self.options, discovery)
        if found and found[0].reason == "moved_root":
            return found
        if self.owners.switches:
            found += check_accounts(self.options, discovery, self.accounts)
        found += check_writable_paths(self.options, self.owners)
        if self.adopts:
            found += self.adoption.refusals()
        if self.options.state == "present" and not self.options.check_mode:
            found += self._find_missing()
        return found

    def _find_missing(self) -> list[Refusal]:
        """Return what other roles have to make first. Check mode cannot expect it on a fresh server."""
        found = []
        for path in (self.options.path, self.options.venvs):
            root = os.path.dirname(path)
            if find_status(root) is None:
                found.append(
                    Refusal("missing_root", root, f"{root} is missing on this server. {RUN_BASE} It makes "
                                                  "the directories of all apps.", ("path",))
                )  # fmt: skip
        if self.owners.switches:
            for program in access.find_missing_programs():
                found.append(
                    Refusal("missing_program", program, f"{program} is missing on this server. {RUN_BASE} It "
                            "installs the package acl.")
                )  # fmt: skip
            web = self.options.web_group
            if web and self.owners.gid(WEB) is None:
                found.append(
                    Refusal("missing_group", web, f"There is no group {web} on this server. Run the role "
                            "masonite.deploy.nginx first, or set another web_group.", ("web_group",))
                )  # fmt: skip
        return found

    def set_up(self, discovery: Discovery) -> Record:
        record = replace(discovery.record or Record.of(self.options), former=discovery.former)
        record = record.with_options(self.options)
        # Written before an account is made, so that a run that was killed is continued by the next one.
        self._save(record)
        record = self._create_accounts(record)
        if discovery.former is not None:
            record = self._convert(record, discovery.former)
        record = self._end_former_access(record)
        self._create_directories(record)
        self._give_writable_paths()
        self._write_ssh_files()
        if self.adopts:
            record = self._adopt(record)
        self._let_web_server_read()
        self.warnings += self.adoption.warnings
        self._save(record)
        if record != discovery.record:
            path = self.records.path(self.options.name)
            self.changes.add(path, "other facts" if discovery.record else "absent", "the facts of this app")
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
        for wanted in list_wanted_accounts(self.options, record):
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
        self.converted = conversion.list_parts()
        for part in self.converted:
            before = f"of version 0.1, {self.owners.describe(find_status(part))}"
            self.changes.add(part, before, "of this version")
        if self.options.check_mode:
            return record
        conversion.run()
        self.warnings += conversion.warnings
        record = replace(record, former=None)
        self._save(record)
        return record

    def _adopt(self, record: Record) -> Record:
        parts = self.adoption.list_parts()
        for part in parts:
            self.changes.add(part, f"in {self.options.adopt}", f"brought along to {self.options.path}")
        if self.options.check_mode:
            self.adopted = parts
            return record

        def save(state: dict[str, Any]) -> Record:
            after = replace(record, adopted=state)
            self._save(after)
            return after

        record, self.adopted = self.adoption.run(record, save)
        return record

    def _end_former_access(self, record: Record) -> Record:
        if not has_live_release(self.options) or not (record.former_users or record.restores_wal):
            return record
        for uid in record.former_users:
            user = self.accounts.user_name(uid)
            self.changes.add(f"{self.options.shared_path} for user {user}", "until the handover", "no access")
        after = record if self.options.check_mode else end_former_access(self.options, record)
        if record.restores_wal and not (after.restores_wal and not self.options.check_mode):
            self.changes.add(self.options.database, "default journal mode", "WAL mode")
        return after

    def _create_directories(self, record: Record) -> None:
        self.rights.set_top(self.options.path, HOME)
        self.rights.let_groups_pass(self.options.path, [BUILD, *([WEB] if self.options.web_group else [])])
        for entry in APP_PATHS if not record.former_users else with_former_users(APP_PATHS):
            self.rights.set_inner(self.options.path, entry)
        self.rights.set_top(self.options.venvs, VENVS)
        for entry in CACHES:
            self.rights.set_inner(self.options.venvs, entry)

    def _give_writable_paths(self) -> None:
        """Give the app its directories elsewhere; those that it has written to stay as they are."""
        for path in list_new_writable_paths(self.options):
            self.changes.add(path, "absent or empty", self.owners.describe_wanted(WRITABLE))
            if not self.options.check_mode:
                with Directory(os.path.dirname(path)) as parent:
                    parent.make_directory(
                        os.path.basename(path), WRITABLE.mode, *self.owners.numbers(WRITABLE)
                    )

    def _let_web_server_read(self) -> None:
        """Let the web server read what it serves of shared/. A release makes what is not there yet."""
        gid = self.owners.gid(WEB) if self.options.web_group and self.owners.switches else None
        account = self.owners.app_account()
        if not self.options.static or gid is None or account is None:
            return
        shared = self.options.shared_path
        dry = self.options.check_mode
        if dry and access.find_missing_programs():
            return
        for path in let_group_read(shared, self.options.static, gid, account, dry=dry):
            self.changes.add(f"{shared}/{path} for group {self.options.web_group}", "no access", "read")

    def _write_ssh_files(self) -> None:
        """Write what the settings have. What they have no longer, a deploy removes."""
        files = SshFiles.read(f"{self.options.path}/ssh", self.options.deploy_key, self.options.known_hosts)
        for entry in (KEY, KNOWN_HOSTS):
            content = files.contents[os.path.basename(entry.name)] if files else b""
            if content:
                self._write(entry, content)

    def _write(self, entry: AppPath, content: bytes) -> None:
        path = f"{self.options.path}/{entry.name}"
        if find_status(os.path.dirname(path)) is None:
            self.changes.add(path, "absent", self.owners.describe_wanted(entry))
            return
        with Directory(self.options.path) as home:
            found = home.status(entry.name)
            same = home.has_content(entry.name, content)
            if found is not None and same and self.owners.is_as_wanted(found, entry):
                return
            before = self.owners.describe(found) + ("" if same or found is None else ", other content")
            self.changes.add(path, before, self.owners.describe_wanted(entry))
            if not self.options.check_mode:
                home.write(entry.name, content, entry.mode, *self.owners.numbers(entry))
