# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two users of an app without rights elsewhere: the build user, and the app user."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .._system.account import Account, find_account
from .._system.privileges import can_switch
from .account_environment import make_account_environment
from .errors import ReleaseError
from .option_names import OptionNames

# In check mode, on a server where the app's own users do not exist yet, the repository is read as this one.
STAND_IN = "nobody"


@dataclass(frozen=True)
class AppUsers:
    """The build user and the app user; None stands for the user that runs the module."""

    build: Account | None = None
    app: Account | None = None

    def build_environment(self) -> dict[str, str]:
        """Return the environment of programs that run as the build user."""
        if self.build is None or not can_switch(self.build):
            return dict(os.environ)
        return make_account_environment(self.build)

    def refuse_foreign_owner(self, *paths: Path) -> None:
        """Refuse directories in which another user than root could replace what root keeps there."""
        if not can_switch(self.build):
            return
        for path in paths:
            try:
                found = os.lstat(path)
            except FileNotFoundError:
                continue
            if found.st_uid != 0:
                raise ReleaseError(
                    f"{path} must belong to root, and belongs to the user id {found.st_uid}.",
                    reason="foreign_owner",
                    options=["path"],
                    hint=f"Check what is in it, then run: chown root {path}",
                )


def find_app_users(build_user: str, app_user: str, check_mode: bool, names: OptionNames) -> AppUsers:
    return AppUsers(
        _find_user("build_user", build_user, check_mode, names),
        _find_user("app_user", app_user, check_mode, names),
    )


def _find_user(
    option: Literal["build_user", "app_user"], name: str, check_mode: bool, names: OptionNames
) -> Account | None:
    if not name:
        return None
    account = find_account(name)
    if account is None and check_mode:
        account = find_account(STAND_IN)
    if account is None:
        raise ReleaseError(
            f"The user {name} ({names.display(option)}) does not exist on this server.",
            reason="unknown_user",
            options=[option],
            hint="Create the user first (the role masonite_app does), or correct the name.",
        )
    if account.uid == 0 and os.geteuid() == 0:
        raise ReleaseError(
            f"{names.display(option)} is {name}, which has the rights of root.",
            reason="unsafe_user",
            options=[option],
            hint="Give the app a user of its own.",
        )
    return account
