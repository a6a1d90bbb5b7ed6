# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings along the data of an app that was set up by hand: its key, its database, its uploads."""

from __future__ import annotations

import errno
import os
import pwd
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from .._system.account import Account
from .._system.directory import Directory
from .._system.privileges import run_as
from . import access
from .database_move import DatabaseMove, Share, is_wal, set_wal_mode, users_working_in
from .dotenv import read_settings
from .errors import Refusal
from .layout import APP, Place
from .options import Options
from .record import Record
from .rights import Owners
from .shared_copy import SharedCopy
from .survey import Survey, has_live_release, kind, lstat

FERNET_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")
DATABASE = Place("", APP, APP, 0o660)
KEY = "APP_KEY"


@dataclass
class Adoption:
    """What a directory set up by hand has, and what of it comes along."""

    options: Options
    owners: Owners
    warnings: list[str] = field(default_factory=list)

    def is_due(self, survey: Survey) -> bool:
        """Only on the first setup; a run that was killed is continued."""
        if not self.options.adopt:
            return False
        record = survey.record
        if record is not None and record.adopted is not None:
            return not record.adopted.get("done") and record.adopted.get("path") == self.options.adopt
        if survey.former is not None or has_live_release(self.options):
            self.warnings.append(
                f"Nothing was brought along from {self.options.adopt}: app {self.options.name} has a live "
                "release already. Take masonite_app_adopt out of the settings."
            )
            return False
        return True

    def refusals(self) -> list[Refusal]:
        path = self.options.adopt
        found = lstat(path)
        if path == self.options.path:
            return []  # refused already, as a directory that is not the app's
        if found is None or not stat.S_ISDIR(found.st_mode):
            what = "missing" if found is None else kind(found)
            return [_refused(path, f"{path} is {what}; wanted is the directory of the app set up by hand.")]
        try:
            with Directory(path) as folder:
                return [*self._refused_database(folder), *SharedCopy.refusals(self.options)]
        except OSError as error:
            return [
                _refused(
                    path, f"{error.filename or path} cannot be read: {error.strerror}. No link is followed."
                )
            ]

    def _refused_database(self, folder: Directory) -> list[Refusal]:
        names = self.databases(folder)
        if not names or not self.options.database:
            return []
        if len(names) > 1:
            listed = ", ".join(f"{folder.path}/{name}" for name in names)
            return [_refused(folder.path, f"There is more than one database: {listed}. Name the one to take "
                                          f"in {folder.path}/.env (SQLITE_DB_DATABASE).")]  # fmt: skip
        name = names[0]
        source, target = f"{folder.path}/{name}", self.options.database
        if name.startswith("/") or ".." in name.split("/"):
            return [_refused(name, f"The database of {folder.path} is {name}, outside of it. "
                             f"{_move_by_hand(name, target)}")]  # fmt: skip
        found = folder.status(name)
        if found is None or folder.target(name) == target:
            return []
        if not stat.S_ISREG(found.st_mode) or (found.st_nlink != 1 and not _same_file(source, target)):
            what = kind(found) if not stat.S_ISREG(found.st_mode) else f"a file with {found.st_nlink} names"
            return [_refused(source, f"The database {source} is {what}; wanted is a regular file with one "
                                     f"name. {_move_by_hand(source, target)}")]  # fmt: skip
        movable = _replaceable_directory(source) if self.owners.switches else ""
        if movable:
            return [_refused(source, f"{movable} could be replaced by another user than root while the "
                                     f"database is moved. {_move_by_hand(source, target)}")]  # fmt: skip
        if os.path.lexists(target) and not _same_file(source, target):
            return [
                _refused(target, f"{target} exists, and {source} was to be moved there. Remove one of them.")
            ]
        if found.st_dev != _device_of(target):
            return [_refused(source, f"{source} and {target} are on different file systems, so the database "
                                     "cannot be moved while it is in use. "
                                     f"{_move_by_hand(source, target)}")]  # fmt: skip
        return []

    def databases(self, folder: Directory) -> list[str]:
        """Names below the directory: the one of its .env, else every *.sqlite3 in it."""
        settings = read_settings(folder, ".env")
        if settings.get("DB_CONNECTION", "sqlite") != "sqlite":
            return []
        named = settings.get("SQLITE_DB_DATABASE", "")
        if named:
            path = os.path.normpath(named)
            return [path[len(folder.path) + 1 :] if path.startswith(f"{folder.path}/") else path]
        return [name for name in folder.names() if name.endswith(".sqlite3")]

    def parts(self) -> list[str]:
        """What would come along."""
        with Directory(self.options.adopt) as folder:
            found = [KEY] if self._key(folder) and lstat(self.options.env_file) is None else []
            for name in self.databases(folder) if self.options.database else []:
                if folder.status(name) is not None:
                    found.append(f"{folder.path}/{name}")
        return [*found, *SharedCopy(self.options, self.owners).names()]

    def run(self, record: Record, save: Callable[[dict[str, Any]], Record]) -> tuple[Record, list[str]]:
        """Bring everything along; the record says how far it came."""
        state: dict[str, Any] = dict(
            record.adopted or {"path": self.options.adopt, "users": [], "done": False}
        )
        save(state)
        # Uploads first: what is made in shared/ after the former users are let in would be theirs, too.
        copy = SharedCopy(self.options, self.owners)
        copied = copy.run()
        self.warnings += copy.warnings
        adopted = []
        with Directory(self.options.adopt) as folder:
            if self._write_key(folder):
                adopted.append(KEY)
            for name in self.databases(folder) if self.options.database else []:
                found = folder.status(name)
                if found is not None and folder.target(name) != self.options.database:
                    source = f"{folder.path}/{name}"
                    state["users"] = sorted(self._former_users(folder, name) | set(state["users"]))
                    state["wal"] = bool(state.get("wal")) or is_wal(source)
                    save(state)
                    self._move_database(source, found, state["users"])
                    adopted.append(source)
        state["done"] = True
        return save(state), [*adopted, *copied]

    def _key(self, folder: Directory) -> str:
        value = read_settings(folder, ".env").get(KEY, "")
        if value in self.options.refused_values and value:
            warning = (
                f"The {KEY} of {folder.path}/.env is published, so it is not brought along and a new one is "
                "made: visitors have to log in again."
            )
            self.warnings = [*(text for text in self.warnings if text != warning), warning]
            return ""
        return value if FERNET_KEY.fullmatch(value) else ""

    def _write_key(self, folder: Directory) -> bool:
        key = self._key(folder)
        if not key or lstat(self.options.env_file) is not None:
            return False
        with Directory(self.options.path) as home:
            uid = 0 if self.owners.switches else -1
            home.write(".env", f"{KEY}='{key}'\n".encode(), 0o600, uid, uid)
        return True

    def _former_users(self, folder: Directory, name: str) -> set[int]:
        """Who serves from there and is neither root nor the app."""
        found = folder.status(name)
        if found is None or not self.owners.switches:
            return set()
        working = {uid for uid in users_working_in(folder.path) if _may_write(uid, f"{folder.path}/{name}")}
        return (working | {found.st_uid}) - {0, self.owners.uid(APP) or 0}

    def _move_database(self, source: str, found: os.stat_result, users: list[int]) -> None:
        target = self.options.database
        if _same_file(source, target):
            os.unlink(target)  # a run that was killed between the second name and the link
        if users:
            self._let_in(users)
        share = DatabaseShare(source, found, self.owners.numbers(DATABASE), tuple(users))
        DatabaseMove(source, target, share, self._owner(source)).run()

    def _owner(self, source: str) -> Account | None:
        """Who can write the database and beside it, as SQLite does; None for root."""
        found, folder = os.lstat(source), os.lstat(os.path.dirname(source))
        if found.st_uid != folder.st_uid:
            return None
        return Account(self.owners.accounts.user_name(found.st_uid), found.st_uid, found.st_gid)

    def _let_in(self, users: list[int]) -> None:
        """Until the handover the former users write journals beside the database, and the app reads them."""
        with Directory(self.options.path) as home:
            access.grant(home.descriptor, [f"user:{uid}:--x" for uid in users])
        both = [*users, self.owners.uid(APP)]
        with Directory(self.options.shared_path) as shared:
            access.grant(
                shared.descriptor,
                [*(f"user:{uid}:rwx" for uid in users), *(f"default:user:{uid}:rw-" for uid in both)],
            )


class DatabaseShare(Share):
    """The app's own file, which the former users may write, too. `before` is the file that was looked at."""

    def __init__(
        self, path: str, before: os.stat_result, owner: tuple[int, int], users: tuple[int, ...]
    ) -> None:
        self.path = path
        self.before = before
        self.owner = owner
        self.users = users

    def give(self) -> None:
        with _named(self.path, self.before) as descriptor:
            if self.users:
                access.grant(descriptor, [f"user:{uid}:rw-" for uid in self.users])
            self._set(descriptor, self.owner, DATABASE.mode)

    def take_back(self) -> None:
        with _named(self.path, self.before) as descriptor:
            if self.users:
                access.revoke(descriptor, [f"user:{uid}" for uid in self.users])
            self._set(descriptor, (self.before.st_uid, self.before.st_gid), stat.S_IMODE(self.before.st_mode))

    @staticmethod
    def _set(descriptor: int, owner: tuple[int, int], mode: int) -> None:
        os.chown(f"/proc/self/fd/{descriptor}", *owner)
        os.chmod(f"/proc/self/fd/{descriptor}", mode)


def end_former_access(options: Options, record: Record) -> Record:
    """After the handover only the app uses the database."""
    wal = record.waits_for_wal and not _restore_wal(options, record)
    if record.guests:
        _revoke_access(options, record.guests)
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
        with _named(options.database) as descriptor:
            access.revoke(descriptor, qualifiers)
    except OSError:
        pass  # the app's own affair: nobody else can reach it any more


@contextmanager
def _named(path: str, known: os.stat_result | None = None) -> Iterator[int]:
    """A regular file, which must be `known`, by a descriptor that only names it: closing it ends no lock."""
    folder, name = os.path.split(path)
    with Directory(folder) as holder:
        descriptor = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=holder.descriptor)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", path)
        if known is not None and not os.path.samestat(found, known):
            raise OSError(errno.EBUSY, "replaced by another process", path)
        yield descriptor
    finally:
        os.close(descriptor)


def _replaceable_directory(path: str) -> str:
    """The first directory above a file that another user than root can put something else in the place of."""
    parts = path.split("/")[1:-1]
    parent = "/"
    for part in parts:
        current = os.path.join(parent, part)
        holder, found = os.lstat(parent), os.lstat(current)
        sticky = bool(holder.st_mode & stat.S_ISVTX) and found.st_uid == 0
        if holder.st_uid != 0 or (holder.st_mode & 0o022 and not sticky) or stat.S_ISLNK(found.st_mode):
            return current
        parent = current
    return ""


def _may_write(uid: int, path: str) -> bool:
    """Whether a user can write a file; to have it as working directory is no right to it."""
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return False
    groups = tuple(os.getgrouplist(entry.pw_name, entry.pw_gid))
    account = Account(entry.pw_name, uid, entry.pw_gid, entry.pw_dir, groups)
    return uid != 0 and bool(run_as(account, lambda: os.access(path, os.W_OK), timeout=10))


def _refused(subject: str, message: str) -> Refusal:
    return Refusal("adopt", subject, f"{message} (masonite_app_adopt)")


def _move_by_hand(source: str, target: str) -> str:
    return (
        "Stop the process that uses it, then move it by hand and run the playbook without "
        "masonite_app_adopt: "
        f"sqlite3 {source} 'VACUUM INTO \"{target}\"'."
    )


def _same_file(one: str, other: str) -> bool:
    first, second = lstat(one), lstat(other)
    return first is not None and second is not None and os.path.samestat(first, second)


def _device_of(path: str) -> int:
    """Of the closest directory that exists."""
    while True:
        path = os.path.dirname(path)
        found = lstat(path)
        if found is not None:
            return found.st_dev
