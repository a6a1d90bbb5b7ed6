# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server's directories below a temporary one, and its accounts in a table. Files are real."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ansible_collections.masonite.deploy.plugins.module_utils._app_home.accounts import (
    Accounts,
    Group,
    NewUser,
    User,
)
from ansible_collections.masonite.deploy.plugins.module_utils._app_home.errors import HomeError, refuse
from ansible_collections.masonite.deploy.plugins.module_utils._app_home.home import Home
from ansible_collections.masonite.deploy.plugins.module_utils._app_home.option_checks import check_options
from ansible_collections.masonite.deploy.plugins.module_utils._app_home.options import Options

WEB, DEPLOY, FIRST = 33, 61000, 61010
RELEASES = ("20260101T000000Z-aaaaaaa", "20260102T000000Z-bbbbbbb")
KEY = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="


@dataclass
class AccountTable(Accounts):
    """The accounts of an imagined server; their numbers have no accounts on this one."""

    all_users: list[User] = field(default_factory=lambda: [User("root", 0, 0, "", "/root", "/bin/bash")])
    groups: list[Group] = field(default_factory=lambda: [Group("root", 0), Group("www-data", WEB)])
    fails_after: int | None = None

    def users(self) -> list[User]:
        return self.all_users

    def user(self, name: str) -> User | None:
        return next((user for user in self.all_users if user.name == name), None)

    def group(self, name: str) -> Group | None:
        return next((group for group in self.groups if group.name == name), None)

    def user_of(self, uid: int) -> User | None:
        return next((user for user in self.all_users if user.uid == uid), None)

    def group_of(self, gid: int) -> Group | None:
        return next((group for group in self.groups if group.gid == gid), None)

    def create_group(self, name: str) -> None:
        self._count()
        self.groups.append(Group(name, 900 + len(self.groups)))

    def create_user(self, user: NewUser) -> None:
        self._count()
        group = self.group(user.group)
        assert group is not None
        uid = FIRST + len(self.all_users)
        self.all_users.append(User(user.name, uid, group.gid, user.comment, user.home, user.shell))

    def delete_user(self, name: str) -> None:
        self._count()
        self.all_users = [user for user in self.all_users if user.name != name]

    def delete_group(self, name: str) -> None:
        self._count()
        self.groups = [group for group in self.groups if group.name != name]

    def _count(self) -> None:
        """A run that is killed between two accounts."""
        if self.fails_after is not None:
            if self.fails_after == 0:
                raise KeyboardInterrupt
            self.fails_after -= 1


class World:
    """One server. `options` are those of app blog unless others are given."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.accounts = AccountTable()
        self.record_dir = root / "records"
        for name in ("sites", "venvs", "sockets"):
            (root / name).mkdir()

    @property
    def path(self) -> Path:
        return self.root / "sites" / "blog"

    @property
    def venvs(self) -> Path:
        return self.root / "venvs" / "blog"

    @property
    def database(self) -> Path:
        return self.path / "shared" / "database.sqlite3"

    def options(self, check_mode: bool = False, **changes: Any) -> Options:
        name = changes.pop("name", "blog")
        root = self.root
        params: dict[str, Any] = {
            "name": name,
            "path": root / "sites" / name,
            "venvs": root / "venvs" / name,
            "runtime_dir": root / "sockets" / name,
            "socket": root / "sockets" / f"{name}.sock",
            "live_link": root / "sockets" / f"{name}.root",
            "user": name.replace(".", "-"),
            "web_group": "www-data",
            "database": root / "sites" / name / "shared" / "database.sqlite3",
            "record_dir": self.record_dir,
            "state": "present",
            **changes,
        }
        return Options.read(params, check_mode)

    def run(self, check_mode: bool = False, **changes: Any) -> dict[str, Any]:
        options = self.options(check_mode, **changes)
        refuse(check_options(options))
        return Home(options, self.accounts).run()

    def refused(self, **changes: Any) -> HomeError:
        """The refusal: nothing has changed, and check mode and `checked` say the same."""
        before, users = self.snapshot(), list(self.accounts.all_users)
        errors = []
        for options in ({"state": "checked"}, {"check_mode": True}, {}):
            try:
                self.run(**{**changes, **options})
            except HomeError as error:
                errors.append(error)
        assert [error.reason for error in errors] == [errors[0].reason] * 3
        assert (self.snapshot(), self.accounts.all_users) == (before, users)
        return errors[-1]

    def snapshot(self, below: str = "") -> dict[str, tuple[str, int, int, object]]:
        return {path: _described(self.root / path) for path in sorted(self._paths(self.root / below))}

    def _paths(self, top: Path) -> Iterator[str]:
        for folder, directories, files in os.walk(top):
            for name in (*directories, *files):
                yield os.path.relpath(os.path.join(folder, name), self.root)

    def rights(self, name: str = "") -> str:
        """Owner, group and mode of a place of the app, by name."""
        return self.rights_of(self.path / name)

    def rights_of(self, path: Path) -> str:
        found = path.lstat()
        user, group = self.accounts.user_name(found.st_uid), self.accounts.group_name(found.st_gid)
        return f"{user}:{group} {stat.S_IMODE(found.st_mode):04o}"

    def lists(self, path: Path) -> set[str]:
        run = subprocess.run(["getfacl", "-cpn", str(path)], check=True, capture_output=True, text=True)
        return {line.split()[0] for line in run.stdout.splitlines() if line}

    def make_version_01(self, home: Path | None = None) -> None:
        """What version 0.1 leaves on a server after two deploys, and an upload."""
        path, accounts = self.path, self.accounts
        accounts.groups += [Group("blog", 901), Group("deploy", DEPLOY)]
        accounts.all_users += [
            User("deploy", DEPLOY, DEPLOY, "", str(home or "/nonexistent"), "/bin/sh"),
            User("blog", FIRST, 901, "Runs blog", str(path / "shared"), "/usr/sbin/nologin"),
        ]
        for place, owner, group, mode in (
            (path, DEPLOY, 901, 0o750),
            (path / "releases", DEPLOY, DEPLOY, 0o755),
            (path / "repo.git", DEPLOY, DEPLOY, 0o755),
            (path / ".state", DEPLOY, DEPLOY, 0o755),
            (path / "shared", DEPLOY, 901, 0o2770),
            (path / "backups", FIRST, 901, 0o700),
            (path / "deploy", DEPLOY, DEPLOY, 0o700),
            (self.venvs, DEPLOY, DEPLOY, 0o755),
            (self.venvs / "0123", DEPLOY, DEPLOY, 0o755),
            (path / "shared/storage", DEPLOY, 901, 0o2770),
            (path / "shared/storage/uploads", FIRST, 901, 0o2770),
        ):
            place.mkdir()
            os.chown(place, owner, group)
            place.chmod(mode)
        self.write("shared/.env", f"APP_KEY='{KEY}'\nSQLITE_DB_DATABASE='{self.database}'\n", 0, 901, 0o640)
        self.write("shared/database.sqlite3", "rows", FIRST, 901)
        self.write("shared/storage/uploads/cat.txt", "a cat", FIRST, 901)
        self.write("shared/storage/log", "a line", DEPLOY, 901)
        self.write("backups/1.sqlite3", "backup", FIRST, 901)
        self.write("deploy/id", "deploy key", DEPLOY, DEPLOY, 0o600)
        self.write("repo.git/HEAD", "ref", DEPLOY, DEPLOY)
        self.write(".state/mutex", "", DEPLOY, DEPLOY)
        self.write("history.jsonl", "first\nsecond\n", DEPLOY, DEPLOY, 0o644)
        for release in RELEASES:
            folder = path / "releases" / release
            (folder / "storage").mkdir(parents=True)
            self.write(f"releases/{release}/wsgi.py", "code", DEPLOY, DEPLOY, 0o644)
            self.link(f"releases/{release}/.env", path / "shared/.env")
            self.link(f"releases/{release}/storage/uploads", path / "shared/storage/uploads")
            self.link(f"releases/{release}/passwd", Path("/etc/passwd"))
            for made in (folder, folder / "storage"):
                os.chown(made, DEPLOY, DEPLOY)
        self.link("current", Path(f"releases/{RELEASES[-1]}"))
        (self.root / "sockets/blog.root").symlink_to(path / "releases" / RELEASES[-1])

    def write(self, name: str, content: str, uid: int, gid: int, mode: int = 0o660) -> Path:
        path = self.path / name
        path.write_text(content)
        os.chown(path, uid, gid)
        path.chmod(mode)
        return path

    def link(self, name: str, target: Path) -> Path:
        path = self.path / name
        path.symlink_to(target)
        os.chown(path, DEPLOY, DEPLOY, follow_symlinks=False)
        return path

    def add_user(self, **about: Any) -> None:
        user = replace(User("blog", 1000, 1000, "", "/home/blog", "/bin/bash"), **about)
        self.accounts.all_users.append(user)


def _described(path: Path) -> tuple[str, int, int, object]:
    found = path.lstat()
    content: object = None
    if stat.S_ISLNK(found.st_mode):
        content = os.readlink(path)
    elif stat.S_ISREG(found.st_mode):
        content = path.read_bytes()
    return (stat.filemode(found.st_mode), found.st_uid, found.st_gid, content)
