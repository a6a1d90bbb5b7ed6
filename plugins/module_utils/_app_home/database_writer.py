# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""As whom SQLite may open a database that was set up by hand: it writes beside the file, too."""

from __future__ import annotations

import os
import pwd

from .._system.account import Account
from .._system.privileges import run_as
from .accounts import Accounts
from .errors import HomeError


def find_database_writer(source: str, accounts: Accounts) -> Account | None:
    """Return who can write the database and beside it; None for root. Raises HomeError if nobody can.

    Root opens it only where root alone can put files beside it: a journal there can name any file, which
    SQLite removes.
    """
    found, directory = os.lstat(source), os.lstat(os.path.dirname(source))
    for uid in dict.fromkeys((found.st_uid, directory.st_uid)):
        account = _make_account(uid, found.st_gid, accounts)
        if uid and (found.st_uid == directory.st_uid or _can_write(account, source)):
            return account
    if directory.st_uid == 0 and not directory.st_mode & 0o022:
        return None
    raise HomeError(_describe_owners(source, found, directory, accounts), reason="adopt")


def find_writer_problem(source: str, accounts: Accounts) -> str:
    """Return why no user can open the database as SQLite has to; empty if one can."""
    try:
        find_database_writer(source, accounts)
    except HomeError as error:
        return error.text()
    return ""


def _describe_owners(
    source: str, found: os.stat_result, directory: os.stat_result, accounts: Accounts
) -> str:
    place = os.path.dirname(source)
    owner, other = accounts.user_name(found.st_uid), accounts.user_name(directory.st_uid)
    return (
        f"{source} belongs to {owner}, and {place} to {other}. SQLite writes the file and beside it: wanted "
        "is a user who can do both, or a directory in which root alone can. Give both to the user who runs "
        "the app: "
        f"chown USER {place} {source}."
    )


def _make_account(uid: int, gid: int, accounts: Accounts) -> Account:
    name = accounts.user_name(uid)
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return Account(name, uid, gid)
    return Account(name, uid, entry.pw_gid, "/", tuple(os.getgrouplist(entry.pw_name, entry.pw_gid)))


def _can_write(account: Account, source: str) -> bool:
    paths = (source, os.path.dirname(source))
    return bool(run_as(account, lambda: all(os.access(path, os.W_OK) for path in paths), timeout=10))
