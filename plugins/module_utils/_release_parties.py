# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two lesser users of an app: the one that fetches and builds it, and the one that runs it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.masonite.deploy.plugins.module_utils._release_errors import Names, ReleaseError
from ansible_collections.masonite.deploy.plugins.module_utils._system.account import Account, find_account
from ansible_collections.masonite.deploy.plugins.module_utils._system.privileges import can_switch

# Asks a remote in check mode on a server where the app's own users are not made yet.
STAND_IN = "nobody"


@dataclass(frozen=True)
class Parties:
    """None: the user that runs the module does the work itself."""

    build: Account | None = None
    app: Account | None = None

    def check_owner(self, *paths: Path) -> None:
        """Refuse root's own directories where a lesser user could replace what is in them."""
        if not can_switch(self.build):
            return
        for path in paths:
            try:
                found = os.lstat(path)
            except FileNotFoundError:
                continue
            if found.st_uid != 0:
                raise ReleaseError(
                    f"{path} must be root's, and belongs to the user id {found.st_uid}.",
                    hint=f"Look through it, then: chown root {path}",
                    reason="foreign_owner",
                )


def find_parties(build_user: str, app_user: str, check_mode: bool, names: Names) -> Parties:
    return Parties(
        _find("build_user", build_user, check_mode, names), _find("app_user", app_user, check_mode, names)
    )


def _find(option: str, name: str, check_mode: bool, names: Names) -> Account | None:
    if not name:
        return None
    account = find_account(name)
    if account is None and check_mode:
        account = find_account(STAND_IN)
    if account is None:
        raise ReleaseError(
            f"The user {name} ({names(option)}) does not exist on this server.",
            hint="Create the user first (the role masonite_app does), or correct the name.",
            reason="unknown_user",
        )
    if account.uid == 0 and os.geteuid() == 0:
        raise ReleaseError(
            f"{names(option)} is {name}, which has the rights of root.",
            hint="Give the app a user of its own.",
            reason="unsafe_user",
        )
    return account
