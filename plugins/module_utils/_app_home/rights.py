# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Owners and modes of the app's directories: what they are, what they become, and what a run would change."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field

from .._system.directory import Directory, set_rights
from . import access
from .accounts import Accounts
from .errors import HomeError
from .layout import APP, BUILD, ROOT, WEB, Place
from .options import Options
from .survey import kind

KEEP = -1


@dataclass
class Changes:
    """What a run changes, as the lines of a diff."""

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
        """None as long as there is no such account, which only check mode meets."""
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

    def wanted(self, place: Place) -> str:
        if not self.switches:
            return f"{place.mode:04o}"
        return f"{self.user_name(place.owner)}:{self.group_name(place.group)} {place.mode:04o}"

    def is_as_wanted(self, status: os.stat_result, place: Place) -> bool:
        ids = (self.uid(place.owner), self.gid(place.group))
        found = (status.st_uid, status.st_gid)
        same = all(wanted in (KEEP, number) for wanted, number in zip(ids, found))
        return same and stat.S_IMODE(status.st_mode) == place.mode

    def numbers(self, place: Place) -> tuple[int, int]:
        uid, gid = self.uid(place.owner), self.gid(place.group)
        if uid is None or gid is None:
            missing = self.user_name(place.owner) if uid is None else self.group_name(place.group)
            raise HomeError(f"There is no account {missing} on this server.", "accounts")
        return uid, gid


class Rights:
    """Gives places their owner and mode, or in check mode only notes that it would."""

    def __init__(self, owners: Owners, changes: Changes, check_mode: bool) -> None:
        self.owners = owners
        self.changes = changes
        self.check_mode = check_mode

    def top(self, path: str, place: Place) -> None:
        """A directory whose parent is root's own."""
        try:
            found: os.stat_result | None = os.lstat(path)
        except FileNotFoundError:
            found = None
        if not self._note(path, found, place):
            return
        if found is None:
            os.mkdir(path, 0o700)
        with Directory(path) as folder:
            set_rights(folder.descriptor, place.mode, *self.owners.numbers(place))

    def inner(self, parent: str, place: Place) -> None:
        """A place below a directory that may belong to another party."""
        path = f"{parent}/{place.name}"
        try:
            with Directory(parent) as folder:
                found = folder.status(place.name)
                if (found is None and not place.made) or not self._note(path, found, place):
                    return
                give = folder.make_directory if place.directory else folder.set_rights
                give(place.name, place.mode, *self.owners.numbers(place))
        except FileNotFoundError:
            if place.made and self.check_mode:
                self._note(path, None, place)
            elif place.made:
                raise

    def _note(self, path: str, found: os.stat_result | None, place: Place) -> bool:
        """Whether there is something to do now."""
        if found is not None and place.directory and not stat.S_ISDIR(found.st_mode):
            raise HomeError(f"{path} is {kind(found)}; wanted is a directory.", "not_a_directory")
        if found is not None and self.owners.is_as_wanted(found, place):
            return False
        self.changes.add(path, self.owners.describe(found), self.owners.wanted(place))
        return not self.check_mode

    def pass_through(self, path: str, parties: list[str]) -> None:
        """Let these groups, and no other user, pass through a directory to what they may read below it."""
        if not self.owners.switches:
            return
        groups = {self.owners.group_name(party): self.owners.gid(party) for party in parties}
        try:
            folder = Directory(path)
        except FileNotFoundError:
            self._note_access(path, list(groups))
            return
        with folder:
            can_look = not (self.check_mode and access.missing_programs())
            found = access.entries(folder.descriptor) if can_look else set()
            missing = [name for name, gid in groups.items() if f"group:{gid}:--x" not in found]
            if missing:
                self._note_access(path, missing)
                if not self.check_mode:
                    access.grant(folder.descriptor, [f"group:{groups[name]}:--x" for name in missing])

    def _note_access(self, path: str, names: list[str]) -> None:
        for name in names:
            self.changes.add(f"{path} for group {name}", "no access", "pass through")
