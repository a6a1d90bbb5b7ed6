# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Owners and modes of the app's directories: what they are, what they become, and what a run would change."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field

from .._system.directory import Directory, set_rights
from .._system.file_kind import describe_kind
from . import access
from .accounts import Accounts
from .errors import HomeError
from .layout import APP, BUILD, ROOT, WEB, AppPath
from .options import Options

KEEP = -1


@dataclass
class Changes:
    """The changes of a run, as the lines of a diff."""

    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)

    def add(self, subject: str, before: str, after: str) -> None:
        self.before.append(f"{subject}: {before}")
        self.after.append(f"{subject}: {after}")

    def __bool__(self) -> bool:
        return bool(self.before)

    def diff(self) -> dict[str, str]:
        sides = {"before": self.before, "after": self.after}
        return {side: "".join(f"{line}\n" for line in lines) for side, lines in sides.items()}


class Owners:
    """The numbers of root, the app and its build user. Without root nothing changes its owner."""

    def __init__(self, options: Options, accounts: Accounts) -> None:
        self.options = options
        self.accounts = accounts
        self.switches = os.geteuid() == 0

    def uid(self, party: str) -> int | None:
        """Return the number of the user; None if there is no account, which happens in check mode only."""
        if not self.switches:
            return KEEP
        if party == ROOT:
            return 0
        user = self.accounts.user(self.user_name(party))
        return user.uid if user else None

    def gid(self, party: str) -> int | None:
        if not self.switches:
            return KEEP
        if party == ROOT:
            return 0
        group = self.accounts.group(self.group_name(party))
        return group.gid if group else None

    def user_name(self, party: str) -> str:
        return {ROOT: "root", APP: self.options.user, BUILD: self.options.build_user}[party]

    def group_name(self, party: str) -> str:
        names = {APP: self.options.group, BUILD: self.options.build_group, WEB: self.options.web_group}
        return names.get(party, "root")

    def describe(self, status: os.stat_result | None) -> str:
        if status is None:
            return "absent"
        owner = self.accounts.user_name(status.st_uid)
        group = self.accounts.group_name(status.st_gid)
        return f"{owner}:{group} {stat.S_IMODE(status.st_mode):04o}"

    def describe_wanted(self, entry: AppPath) -> str:
        if not self.switches:
            return f"{entry.mode:04o}"
        return f"{self.user_name(entry.owner)}:{self.group_name(entry.group)} {entry.mode:04o}"

    def is_as_wanted(self, status: os.stat_result, entry: AppPath) -> bool:
        ids = (self.uid(entry.owner), self.gid(entry.group))
        found = (status.st_uid, status.st_gid)
        same = all(wanted in (KEEP, number) for wanted, number in zip(ids, found))
        return same and stat.S_IMODE(status.st_mode) == entry.mode

    def numbers(self, entry: AppPath) -> tuple[int, int]:
        uid, gid = self.uid(entry.owner), self.gid(entry.group)
        if uid is None or gid is None:
            missing = self.user_name(entry.owner) if uid is None else self.group_name(entry.group)
            raise HomeError(f"There is no account {missing} on this server.", reason="accounts")
        return uid, gid


class Rights:
    """Sets owners and modes, or in check mode only records that it would."""

    def __init__(self, owners: Owners, changes: Changes, check_mode: bool) -> None:
        self.owners = owners
        self.changes = changes
        self.check_mode = check_mode

    def set_top(self, path: str, entry: AppPath) -> None:
        """Make a directory whose parent belongs to root, or correct its rights."""
        try:
            found: os.stat_result | None = os.lstat(path)
        except FileNotFoundError:
            found = None
        if not self._record(path, found, entry):
            return
        if found is None:
            os.mkdir(path, 0o700)
        with Directory(path) as directory:
            set_rights(directory.descriptor, entry.mode, *self.owners.numbers(entry))

    def set_inner(self, parent: str, entry: AppPath) -> None:
        """Make an entry of a directory that may belong to another party, or correct its rights."""
        path = f"{parent}/{entry.name}"
        try:
            with Directory(parent) as directory:
                found = directory.status(entry.name)
                if (found is None and not entry.made) or not self._record(path, found, entry):
                    return
                set_entry = directory.make_directory if entry.directory else directory.set_rights
                set_entry(entry.name, entry.mode, *self.owners.numbers(entry))
        except FileNotFoundError:
            if entry.made and self.check_mode:
                self._record(path, None, entry)
            elif entry.made:
                raise

    def _record(self, path: str, found: os.stat_result | None, entry: AppPath) -> bool:
        """Record the change; return whether it has to be made now."""
        if found is not None and entry.directory and not stat.S_ISDIR(found.st_mode):
            raise HomeError(
                f"{path} is {describe_kind(found)}; wanted is a directory.", reason="not_a_directory"
            )
        if found is not None and self.owners.is_as_wanted(found, entry):
            return False
        self.changes.add(path, self.owners.describe(found), self.owners.describe_wanted(entry))
        return not self.check_mode

    def let_groups_pass(self, path: str, parties: list[str]) -> None:
        """Let these groups pass through a directory to the files below it that they may read."""
        if not self.owners.switches:
            return
        groups = {self.owners.group_name(party): self.owners.gid(party) for party in parties}
        try:
            directory = Directory(path)
        except FileNotFoundError:
            self._record_access(path, list(groups))
            return
        with directory:
            can_read = not (self.check_mode and access.find_missing_programs())
            found = access.read_entries(directory.descriptor) if can_read else set()
            missing = [name for name, gid in groups.items() if f"group:{gid}:--x" not in found]
            if missing:
                self._record_access(path, missing)
                if not self.check_mode:
                    access.grant(directory.descriptor, [f"group:{groups[name]}:--x" for name in missing])

    def _record_access(self, path: str, names: list[str]) -> None:
        for name in names:
            self.changes.add(f"{path} for group {name}", "no access", "pass through")
