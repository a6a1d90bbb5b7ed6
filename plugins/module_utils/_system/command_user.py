# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user that a command runs as."""

from __future__ import annotations

from .account import Account, find_account
from .command import CommandError


def find_command_user(name: str) -> Account:
    """Return the account of that name; refuse one with root's number and another name."""
    account = find_account(name)
    if account is None:
        raise CommandError(
            f"The user {name} does not exist on this server, so no command can run as it.",
            reason="unknown_user",
            hint="Create it first.",
            options=["user"],
        )
    if account.uid == 0 and name != "root":
        raise CommandError(
            f"The user {name} has the user id 0. A command runs as root only where user is literally root.",
            reason="root_refused",
            options=["user"],
        )
    return account
