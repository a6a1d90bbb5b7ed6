# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access of the former users of an app set up by hand, from the adoption until the handover."""

from __future__ import annotations

import errno
import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from .._system.account import Account
from .._system.directory import Directory
from .._system.privileges import run_as
from . import access
from .database_move import OwnerChange, find_users_working_in, set_wal_mode
from .layout import APP, AppPath
from .options import Options
from .record import Record

DATABASE = AppPath("", APP, APP, 0o660)


class DatabaseOwnerChange(OwnerChange):
    """Makes the database the app's own, which the former users may write, too.

    `before` is the file that was checked: another file at its path is not changed.
    """

    def __init__(
        self, path: str, before: os.stat_result, owner: tuple[int, int], users: tuple[int, ...]
    ) -> None:
        self.path = path
        self.before = before
        self.owner = owner
        self.users = users

    def apply(self) -> None:
        with _open_by_name(self.path, self.before) as descriptor:
            if self.users:
                access.grant(descriptor, [f"user:{uid}:rw-" for uid in self.users])
            self._set(descriptor, self.owner, DATABASE.mode)

    def undo(self) -> None:
        with _open_by_name(self.path, self.before) as descriptor:
            if self.users:
                access.revoke(descriptor, [f"user:{uid}" for uid in self.users])
            self._set(descriptor, (self.before.st_uid, self.before.st_gid), stat.S_IMODE(self.before.st_mode))

    @staticmethod
    def _set(descriptor: int, owner: tuple[int, int], mode: int) -> None:
        os.chown(f"/proc/self/fd/{descriptor}", *owner)
        os.chmod(f"/proc/self/fd/{descriptor}", mode)


def find_former_users(directory: Directory, name: str, app_uid: int) -> set[int]:
    """Return the user ids that serve from the directory and write the database, without root and the app."""
    found = directory.status(name)
    if found is None:
        return set()
    path = f"{directory.path}/{name}"
    writing = {uid for uid in find_users_working_in(directory.path) if may_write(uid, path)}
    return (writing | {found.st_uid}) - {0, app_uid}


def may_write(uid: int, path: str) -> bool:
    """Return whether a user can write a file; a working directory beside it is no right to it."""
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return False
    groups = tuple(os.getgrouplist(entry.pw_name, entry.pw_gid))
    account = Account(entry.pw_name, uid, entry.pw_gid, entry.pw_dir, groups)
    return uid != 0 and bool(run_as(account, lambda: os.access(path, os.W_OK), timeout=10))


def grant_access(options: Options, app_uid: int | None, users: list[int]) -> None:
    """Let the former users write journals beside the database until the handover, and the app read them."""
    with Directory(options.path) as home:
        access.grant(home.descriptor, [f"user:{uid}:--x" for uid in users])
    both = [*users, app_uid]
    with Directory(options.shared_path) as shared:
        access.grant(
            shared.descriptor,
            [*(f"user:{uid}:rwx" for uid in users), *(f"default:user:{uid}:rw-" for uid in both)],
        )


def end_former_access(options: Options, record: Record) -> Record:
    """Leave the database to the app alone, after the handover; return the record that says so."""
    wal = record.restores_wal and not _restore_wal(options, record)
    if record.former_users:
        _revoke_access(options, record.former_users)
    return replace(record, adopted={**(record.adopted or {}), "users": [], "wal": wal})


def _restore_wal(options: Options, record: Record) -> bool:
    if record.uid is None or record.gid is None:
        return set_wal_mode(options.database)
    app = Account(record.user, record.uid, record.gid)
    return bool(run_as(app, lambda: set_wal_mode(options.database)))


def _revoke_access(options: Options, users: list[int]) -> None:
    qualifiers = [f"user:{uid}" for uid in users]
    with Directory(options.path) as home:
        access.revoke(home.descriptor, qualifiers)
    with Directory(options.shared_path) as shared:
        access.remove_default(shared.descriptor)
        access.revoke(shared.descriptor, qualifiers)
    try:
        with _open_by_name(options.database) as descriptor:
            access.revoke(descriptor, qualifiers)
    except OSError:
        pass  # no other user can reach the database through the directories any more


@contextmanager
def _open_by_name(path: str, known: os.stat_result | None = None) -> Iterator[int]:
    """Open a regular file, which must be `known`, by O_PATH: closing such a descriptor releases no lock."""
    parent, name = os.path.split(path)
    with Directory(parent) as directory:
        descriptor = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory.descriptor)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", path)
        if known is not None and not os.path.samestat(found, known):
            raise OSError(errno.EBUSY, "replaced by another process", path)
        yield descriptor
    finally:
        os.close(descriptor)
