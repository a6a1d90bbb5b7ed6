# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An app with a database: of a user id without an account for root, of the user for an ordinary one."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from ansible_collections.masonite.deploy.plugins.module_utils._backup import options as backup_options
from ansible_collections.masonite.deploy.plugins.module_utils._backup.archive_directory import open_archive
from ansible_collections.masonite.deploy.plugins.module_utils._backup.backups import Backups
from ansible_collections.masonite.deploy.plugins.module_utils._backup.errors import BackupError
from ansible_collections.masonite.deploy.plugins.module_utils._backup.options import Options
from ansible_collections.masonite.deploy.plugins.module_utils._system.account import Account
from ansible_collections.masonite.deploy.plugins.module_utils._system.command_runner import choose_runner
from ansible_collections.masonite.deploy.plugins.module_utils._system.sandbox import Sandbox

ROOT = os.geteuid() == 0
OTHER = 61_235
OWN = ("index.jsonl", ".before.json", ".lock")


def an_account() -> Account:
    return Account("61234", 61_234, 61_234) if ROOT else backup_options.own_account()


class App:
    """The directories of one app below a directory that all users can enter."""

    def __init__(self) -> None:
        self.account = an_account()
        self.top = Path(tempfile.mkdtemp(prefix="backup-test-"))
        self.top.chmod(0o755)
        self.backups, self.shared = self.top / "backups", self.top / "shared"
        self.release, self.live_link = self.top / "release", self.top / "live"
        self.database = self.shared / "database.sqlite3"
        for directory in (self.backups, self.shared, self.release):
            directory.mkdir()
            directory.chmod(0o755)
        self.backups.chmod(0o700)
        self.give(self.shared)
        self.python = sys.executable
        self.configure(DB_CONNECTION="sqlite", SQLITE_DB_DATABASE=str(self.database))

    def remove(self) -> None:
        shutil.rmtree(self.top)

    def give(self, path: Path, uid: int | None = None) -> None:
        if ROOT:
            owner = self.account.uid if uid is None else uid
            os.chown(path, owner, owner, follow_symlinks=False)

    def configure(self, **settings: str) -> None:
        env = self.release / ".env"
        env.write_text("".join(f"{name}='{value}'\n" for name, value in settings.items()))
        env.chmod(0o644)

    def write(self, path: Path, text: str, mode: int = 0o644) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def replace_python(self, script: str) -> None:
        """The app's virtualenv holds what its build put there; here, a script of the shell."""
        self.python = str(self.write(self.top / "python", f"#!/bin/sh\n{script}\n", 0o755))

    def options(self, **changes: Any) -> Options:
        values: dict[str, Any] = {
            "path": str(self.backups),
            "account": self.account,
            "python": self.python,
            "chdir": str(self.release),
            "name": "",
            "backup": "",
            "keep": 5,
            "label": "backup",
            "release": "",
            "revision": "",
            "save_present": True,
            "live_link": str(self.live_link),
            "restore_command": "restore {backup}",
            "max_size": 0,
            "disk_reserve": 0,
            "timeout": 60,
            "sandbox": Sandbox(writable=(str(self.shared),)),
            "service_manager": "none",
            "check_mode": False,
        }
        return Options(**{**values, **changes})

    def run(self, state: str = "present", **changes: Any) -> dict[str, Any]:
        return Backups(self.options(**changes), choose_runner("none")).run(state)

    def back_up(self, **changes: Any) -> str:
        name = self.run(**changes)["backup"]["name"]
        assert isinstance(name, str)
        return name

    def refuse(self, state: str = "present", **changes: Any) -> BackupError:
        try:
            result = self.run(state, **changes)
        except BackupError as error:
            return error
        raise AssertionError(f"it was not refused: {result}")

    # The database

    def execute(self, *statements: str, path: Path | None = None) -> None:
        database = path or self.database
        with closing(sqlite3.connect(database)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()
        for part in self.shared.iterdir():
            self.give(part)

    def create(self, *rows: str) -> None:
        values = ", ".join(f"('{row}')" for row in rows)
        self.execute("create table guests (name text)", f"insert into guests values {values}")

    def add(self, row: str) -> None:
        self.execute(f"insert into guests values ('{row}')")

    def rows(self, path: Path | None = None) -> list[str]:
        return rows(path or self.database)

    # The backups

    def names(self) -> list[str]:
        """What lies in the directory of the backups, but for the record and the lock."""
        return sorted(path.name for path in self.backups.iterdir() if path.name not in OWN)

    def put(self, name: str, content: bytes, uid: int | None = None) -> Path:
        """A file that somebody put among the backups."""
        path = self.backups / name
        path.write_bytes(content)
        path.chmod(0o600)
        if uid is not None:
            self.give(path, uid)
        return path

    def order(self) -> list[str]:
        with open_archive(str(self.backups), [self.account.uid], 1) as archive:
            return archive.names()


def rows(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("select name from guests order by rowid")]


def mode(path: Path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):04o}"
