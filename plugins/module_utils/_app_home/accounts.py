# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Users and groups of the server: an interface, and the real ones."""

from __future__ import annotations

import grp
import pwd
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from .errors import HomeError

NO_LOGIN = "/usr/sbin/nologin"


@dataclass(frozen=True)
class User:
    name: str
    uid: int
    gid: int
    comment: str
    home: str
    shell: str

    @property
    def can_log_in(self) -> bool:
        return self.shell.rpartition("/")[2] not in ("nologin", "false", "sync")


@dataclass(frozen=True)
class Group:
    name: str
    gid: int
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class NewUser:
    name: str
    group: str
    comment: str
    home: str
    shell: str = NO_LOGIN

    def command(self) -> list[str]:
        return [
            "useradd", "--system", "--gid", self.group, "--comment", self.comment, "--home-dir", self.home,
            "--no-create-home", "--shell", self.shell, self.name,
        ]  # fmt: skip


class Accounts(ABC):
    """The users and groups of a server."""

    @abstractmethod
    def users(self) -> list[User]: ...

    @abstractmethod
    def user(self, name: str) -> User | None: ...

    @abstractmethod
    def group(self, name: str) -> Group | None: ...

    @abstractmethod
    def user_of(self, uid: int) -> User | None: ...

    @abstractmethod
    def group_of(self, gid: int) -> Group | None: ...

    @abstractmethod
    def create_group(self, name: str) -> None: ...

    @abstractmethod
    def create_user(self, user: NewUser) -> None: ...

    @abstractmethod
    def delete_user(self, name: str) -> None: ...

    @abstractmethod
    def delete_group(self, name: str) -> None: ...

    def user_name(self, uid: int) -> str:
        """Return the name, or the number where there is no name."""
        user = self.user_of(uid)
        return user.name if user else str(uid)

    def group_name(self, gid: int) -> str:
        """Return the name, or the number where there is no name."""
        group = self.group_of(gid)
        return group.name if group else str(gid)


class ServerAccounts(Accounts):
    """The accounts of this server, made by groupadd and useradd."""

    def users(self) -> list[User]:
        return [_user(entry) for entry in pwd.getpwall()]

    def user(self, name: str) -> User | None:
        try:
            return _user(pwd.getpwnam(name))
        except KeyError:
            return None

    def group(self, name: str) -> Group | None:
        try:
            entry = grp.getgrnam(name)
        except KeyError:
            return None
        return _group(entry)

    def user_of(self, uid: int) -> User | None:
        try:
            return _user(pwd.getpwuid(uid))
        except KeyError:
            return None

    def group_of(self, gid: int) -> Group | None:
        try:
            return _group(grp.getgrgid(gid))
        except KeyError:
            return None

    def create_group(self, name: str) -> None:
        _run(["groupadd", "--system", name])

    def create_user(self, user: NewUser) -> None:
        _run(user.command())

    def delete_user(self, name: str) -> None:
        _run(["userdel", name])

    def delete_group(self, name: str) -> None:
        _run(["groupdel", name])


def _user(entry: pwd.struct_passwd) -> User:
    return User(
        entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_gecos.split(",")[0], entry.pw_dir, entry.pw_shell
    )


def _group(entry: grp.struct_group) -> Group:
    return Group(entry.gr_name, entry.gr_gid, tuple(entry.gr_mem))


def _run(command: Sequence[str]) -> None:
    try:
        subprocess.run(
            command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
    except FileNotFoundError:
        raise HomeError(
            f"{command[0]} is missing on this server; it is for the accounts of the app. Install the package "
            "passwd.",
            reason="missing_program",
        ) from None
    except subprocess.CalledProcessError as error:
        output = error.stdout.decode(errors="replace").strip()
        raise HomeError(
            f"{' '.join(command)} failed: {output}.",
            reason="accounts",
            hint="Run the playbook again; it continues this run.",
        ) from None
