# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers and names of the users and groups that own an app's directories."""

from __future__ import annotations

import os
import stat

from .._system.account import Account
from .accounts import Accounts
from .errors import HomeError
from .layout import APP, BUILD, ROOT, WEB, AppPath
from .options import Options

KEEP = -1


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

    def app_account(self) -> Account | None:
        """Return the account that runs the app; None if it does not exist yet, or without root."""
        uid, gid = self.uid(APP), self.gid(APP)
        return None if uid in (None, KEEP) or gid is None else Account(self.options.user, uid or 0, gid)

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
