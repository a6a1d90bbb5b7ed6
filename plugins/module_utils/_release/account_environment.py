# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment of programs that are started as another user."""

from __future__ import annotations

import os

from .._system.account import Account

# Of the user that runs the module; programs of another user do not get these.
PERSONAL_PREFIXES = ("SSH_", "SUDO_", "XDG_")
PERSONAL_NAMES = frozenset(["HOME", "LOGNAME", "MAIL", "SHELL", "TMPDIR", "USER"])


def make_account_environment(account: Account) -> dict[str, str]:
    """Return the environment of this process without what belongs to its own user."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(PERSONAL_PREFIXES) and name not in PERSONAL_NAMES
    }
    return {**kept, "HOME": account.home, "USER": account.name, "LOGNAME": account.name}
