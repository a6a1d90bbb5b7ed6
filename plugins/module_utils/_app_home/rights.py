# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sets owners, modes and access control lists of the app's directories."""

from __future__ import annotations

import os
import stat

from .._system.directory import Directory, set_rights
from .._system.file_kind import describe_kind
from . import access
from .changes import Changes
from .errors import HomeError
from .layout import AppPath
from .owners import Owners


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
