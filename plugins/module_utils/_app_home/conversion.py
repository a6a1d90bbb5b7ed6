# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Converts an app that version 0.1 set up, once, while it serves.

There everything belonged to one common user of all apps. Each step can be repeated, so a run that was killed
is continued by the next one.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field

from .._system.directory import DIRECTORY, MOST, REGULAR, Directory, set_rights
from .._system.file_kind import find_status
from .errors import HomeError
from .layout import APP, BUILD, HOME, ROOT, VENVS, AppPath
from .options import Options
from .owner_change import OwnerChange
from .owners import Owners

BACKUP = 0o600
MOST_NAMED = 5
KEY_FILES = ("id", "known_hosts")
RELEASES = "releases"


@dataclass
class Conversion:
    """The conversion of one app. `former` are the user ids of the common account, which may have changed."""

    options: Options
    owners: Owners
    former: tuple[int, ...]
    warnings: list[str] = field(default_factory=list)

    def list_parts(self) -> list[str]:
        """Return the paths that have to be converted."""
        path = self.options.path
        names = (
            ".state",
            "history.jsonl",
            "current",
            "shared/.env",
            RELEASES,
            "repo.git",
            "backups",
            "shared",
        )
        below = [f"{path}/{name}" for name in (*names, "deploy")]
        return [part for part in (path, *below, self.options.venvs) if find_status(part) is not None]

    def run(self) -> None:
        with Directory(self.options.path) as home:
            # First of all the directory itself: from then on no other user can replace anything in it.
            set_rights(home.descriptor, HOME.mode, *self.owners.numbers(HOME))
            self._take_records(home)
            self._copy_environment(home)
            for name in (RELEASES, "repo.git"):
                self._take_code(home, name)
            self._remove_environment(home)
            self._take_backups(home)
            self._take_shared(home)
            self._take_virtualenvs()
            self._move_key(home)
            self._copy_known_hosts(home)
        self.warnings.append(
            f"{self.options.path} was converted from the layout of version 0.1. The common user "
            f"{', '.join(map(self.owners.accounts.user_name, self.former))} of that version is no longer "
            "used for it; it was kept, since it may be a person's."
        )

    def _numbers(self, owner: str, group: str) -> tuple[int, int]:
        return self.owners.numbers(AppPath("", owner, group, 0))

    def _take_records(self, home: Directory) -> None:
        if home.status(".state"):
            self._take(home, ".state", OwnerChange(self.former, 0, 0, code=True))
        history = home.status("history.jsonl")
        if history is not None and history.st_uid != 0:
            home.write("history.jsonl", home.read("history.jsonl", history.st_size + 1), 0o644, 0, 0)
        if home.target("current") is not None:
            os.chown("current", 0, 0, dir_fd=home.descriptor, follow_symlinks=False)

    def _copy_environment(self, home: Directory) -> None:
        """Write the new file first, then the links of the releases: at each moment there is one to read."""
        if home.status("shared/.env") is None:
            return
        if home.status(".env") is None:
            home.write(".env", self._read_former_env(home), 0o640, *self._numbers(ROOT, APP))
        for release in self._releases(home):
            name = f"{RELEASES}/{release}/.env"
            target = home.target(name)
            if target and os.path.normpath(target) == f"{self.options.shared_path}/.env":
                home.link(name, self.options.env_file)

    def _read_former_env(self, home: Directory) -> bytes:
        """Return the content of the former .env, read from a checked descriptor: the app can replace it."""
        shared = os.open("shared", DIRECTORY, dir_fd=home.descriptor)
        try:
            descriptor = os.open(".env", REGULAR, dir_fd=shared)
        finally:
            os.close(shared)
        with os.fdopen(descriptor, "rb") as stream:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_uid != 0 or found.st_nlink != 1:
                raise HomeError(
                    f"{self.options.shared_path}/.env was replaced during the conversion; wanted is the file "
                    "of root's that version 0.1 wrote. See who put it there, then run the playbook again.",
                    reason="environment_file",
                )
            return stream.read(MOST)

    def _releases(self, home: Directory) -> Iterator[str]:
        if home.status(RELEASES) is None:
            return
        for name in home.names(RELEASES):
            found = home.status(f"{RELEASES}/{name}")
            if found is not None and stat.S_ISDIR(found.st_mode):
                yield name

    def _take_code(self, home: Directory, name: str) -> None:
        if home.status(name) is None:
            return
        uid, gid = self._numbers(BUILD, BUILD)
        app, _group = self._numbers(APP, APP)
        shared = self.options.shared_path
        self._take(home, name, OwnerChange(self.former, uid, gid, code=True, linked=shared, link_uid=app))

    def _take(self, home: Directory, name: str, change: OwnerChange) -> None:
        change.apply(home.descriptor, name, f"{self.options.path}/{name}")
        if change.skipped:
            more = f" and {len(change.skipped) - MOST_NAMED} more" if len(change.skipped) > MOST_NAMED else ""
            self.warnings.append(
                "Left as it is, because it is of another user, has a second name, is a link, or is on "
                f"another file system: {', '.join(change.skipped[:MOST_NAMED])}{more}. "
                "See who owns it (ls -l)."
            )

    def _remove_environment(self, home: Directory) -> None:
        found = home.status("shared/.env")
        if found is None or home.status(".env") is None:
            return
        if stat.S_ISDIR(found.st_mode):
            self.warnings.append(f"{self.options.shared_path}/.env is a directory of the app's; it was left.")
        else:
            home.remove("shared/.env")

    def _take_backups(self, home: Directory) -> None:
        if home.status("backups") is None:
            return
        home.make_directory("backups", 0o700, 0, 0)
        for name in home.names("backups"):
            try:
                home.set_rights(f"backups/{name}", BACKUP, 0, 0)
            except OSError:
                self.warnings.append(
                    f"{self.options.path}/backups/{name} is not a regular file with one name; it is no "
                    "backup of this collection and was left as it is."
                )

    def _take_shared(self, home: Directory) -> None:
        if home.status("shared") is None:
            return
        uid, gid = self._numbers(APP, APP)
        self._take(home, "shared", OwnerChange(self.former, uid, gid))
        home.make_directory("shared", 0o750, uid, gid)

    def _take_virtualenvs(self) -> None:
        """Take the directory only: the virtualenvs share their files with those of other apps."""
        if find_status(self.options.venvs) is not None:
            with Directory(self.options.venvs) as directory:
                set_rights(directory.descriptor, VENVS.mode, *self.owners.numbers(VENVS))

    def _move_key(self, home: Directory) -> None:
        if home.status("deploy") is None:
            return
        home.make_directory("ssh", 0o750, *self._numbers(ROOT, BUILD))
        home.make_directory("deploy", 0o700, 0, 0)
        names = home.names("deploy")
        for name in KEY_FILES:
            found = home.status(f"deploy/{name}")
            if found is None or not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
                continue
            if home.status(f"ssh/{name}") is None:
                content = home.read(f"deploy/{name}")
                home.write(f"ssh/{name}", content, 0o640, *self._numbers(ROOT, BUILD))
            home.remove(f"deploy/{name}")
        if home.names("deploy"):
            left = ", ".join(name for name in names if name not in KEY_FILES)
            self.warnings.append(
                f"{self.options.path}/deploy holds more than the deploy key of version 0.1 ({left}). It "
                "belongs to root now; remove it when nothing needs it."
            )
        else:
            os.rmdir("deploy", dir_fd=home.descriptor)

    def _copy_known_hosts(self, home: Directory) -> None:
        """Copy the host keys that the common user accepted, so that they need not be accepted again."""
        if self.options.known_hosts or home.status("build/.ssh/known_hosts") is not None:
            return
        user = self.owners.accounts.user_of(self.former[0])
        try:
            with Directory(user.home if user else "") as former:
                content = former.read(".ssh/known_hosts", 1 << 20)
        except OSError:
            return
        numbers = self._numbers(BUILD, BUILD)
        home.make_directory("build", 0o700, *numbers)
        home.make_directory("build/.ssh", 0o700, *numbers)
        home.write("build/.ssh/known_hosts", content, 0o600, *numbers)
