# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removes an app's accounts and directories. What cannot be made again is moved aside, not removed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from .._system.clock import format_compact_time
from .._system.directory import Directory, set_rights
from .._system.file_kind import describe_kind, find_status
from .._system.process import Process, list_pids, read_command, read_owner, wait_until_gone
from .._system.remove_tree import remove_tree
from .accounts import Accounts
from .changes import Changes
from .errors import HomeError, Refusal, refuse
from .former_app import RECORD
from .options import Options
from .record import Record, Records
from .removed_files import find_mounts, list_foreign_virtualenvs, remove_what_can_be_made_again

# Beside the directories of the apps, so that moving is a rename; no app can have this name.
ASIDE = ".removed"
CRONTABS = "/var/spool/cron/crontabs"
QUIT_TIMEOUT = 10.0  # seconds
MOUNTS = "/proc/self/mountinfo"


@dataclass
class Removal:
    """The state absent. The record says what the app has, so no other option than its name is needed."""

    options: Options
    accounts: Accounts
    changes: Changes = field(default_factory=Changes)
    warnings: list[str] = field(default_factory=list)
    crontabs: str = CRONTABS

    def __post_init__(self) -> None:
        self.records = Records(self.options.record_dir)
        self.switches = os.geteuid() == 0

    def run(self) -> dict[str, Any]:
        """Refuse what is not the app's, remove the rest, and return the result of the module."""
        record = self.records.read(self.options.name)
        if record is None:
            refuse(list(self._check_unrecorded()))
            return self._result(None)
        refuse(list(self._check(record)))
        if not record.kept:
            record = replace(record, kept=self._choose_directory(record))
        self._describe(record)
        if not self.options.check_mode:
            self._remove(record)
        return self._result(record)

    def _result(self, record: Record | None) -> dict[str, Any]:
        return {
            "changed": bool(self.changes),
            "kept": record.kept if record else "",
            "others": sorted(other.name for other in self.records.others(self.options.name)),
            "diff": self.changes.diff(),
            "record": record.facts() if record else None,
            "warnings": self.warnings,
        }

    def _check_unrecorded(self) -> Iterator[Refusal]:
        """Refuse a directory of which there is no record: of version 0.1, or of a person."""
        path = self.options.path
        found = find_status(path) if path else None
        if found is None or (stat.S_ISDIR(found.st_mode) and not os.listdir(path)):
            return
        yield Refusal(
            "foreign_directory", path,
            f"{path} exists, but {self.records.path(self.options.name)}, the record of an app "
            f"{self.options.name}, does not. If version 0.1 of this collection made it, run site.yml, which "
            "writes the record, and repeat this. If a person made it, no playbook removes it.",
            ("path",),
        )  # fmt: skip

    def _check(self, record: Record) -> Iterator[Refusal]:
        for path in (record.path, record.venvs):
            found = find_status(path)
            if found is not None and not stat.S_ISDIR(found.st_mode):
                yield Refusal(
                    "link" if stat.S_ISLNK(found.st_mode) else "not_a_directory", path,
                    f"{path} is {describe_kind(found)}; wanted is the directory of app {record.name}, which "
                    "would be removed. See who put it there, and remove it by hand.",
                )  # fmt: skip
        for mount in find_mounts((record.path, record.venvs), MOUNTS):
            yield Refusal(
                "mounted", mount,
                f"A file system is mounted at {mount}, below what would be removed. Unmount it first, and "
                "take it out of /etc/fstab; what is on it stays there.",
            )  # fmt: skip
        # The module uwsgi_instance removes it, without losing a request.
        if not self.options.check_mode and os.path.lexists(record.socket):
            yield Refusal(
                "serving", record.socket,
                f"{record.socket} is still there: the instance of app {record.name} has to be removed first "
                "(masonite.deploy.uwsgi_instance with the state absent, as remove.yml does).",
            )  # fmt: skip

    def _choose_directory(self, record: Record) -> str:
        """Return where to keep what cannot be made again; empty if nothing is there."""
        if find_status(record.path) is None:
            return ""
        stem = f"{os.path.dirname(record.path)}/{ASIDE}/{record.name}-{format_compact_time(time.time())}"
        names = (stem, *(f"{stem}.{number}" for number in range(2, 1000)))
        return next(name for name in names if not os.path.lexists(name))

    def _describe(self, record: Record) -> None:
        if find_status(record.path) is not None:
            self.changes.add(record.path, "present", f"its data in {record.kept}, the rest removed")
        if find_status(record.venvs) is not None:
            self.changes.add(record.venvs, "present", "absent")
        for kind, name, _number in self._list_accounts(record):
            self.changes.add(f"{kind} {name}", "present", "absent")
        self.changes.add(self.records.path(record.name), "the facts of this app", "absent")

    def _remove(self, record: Record) -> None:
        # Written first, so that a run that was killed is continued by the next one.
        self.records.write(record)
        self._end_processes(record)
        if record.kept:
            self._move_aside(record)
        if os.path.lexists(record.venvs):
            remove_tree(record.venvs)
        if os.path.islink(record.live_link):
            os.unlink(record.live_link)
        self._close_writable_paths(record)
        for kind, name, _number in self._list_accounts(record):
            if kind == "user":
                self.accounts.delete_user(name)
            elif self.accounts.group(name) is not None:
                self.accounts.delete_group(name)
        self.records.remove(record.name)

    def _move_aside(self, record: Record) -> None:
        aside = os.path.dirname(record.kept)
        os.makedirs(aside, 0o700, exist_ok=True)
        if find_status(record.path) is not None and not os.path.lexists(record.kept):
            os.rename(record.path, record.kept)
        if not os.path.isdir(record.kept):
            raise HomeError(
                f"{record.kept} is missing, where {record.path} was moved to by a run that did not end.",
                reason="moved_root",
                hint=f"Put it back there, or remove {self.records.path(record.name)} to forget the app.",
            )
        # Nobody but root passes through; the numbers of the app's accounts may get to others.
        os.chown(record.kept, os.geteuid(), os.getegid())
        os.chmod(record.kept, 0o700)
        with Directory(record.kept) as kept:
            kept.write(RECORD, f"{json.dumps(record.facts(), indent=2, sort_keys=True)}\n".encode(), 0o600)
        remove_what_can_be_made_again(record.kept)
        for name in list_foreign_virtualenvs(record.venvs):
            os.makedirs(f"{record.kept}/venvs", 0o700, exist_ok=True)
            shutil.move(f"{record.venvs}/{name}", f"{record.kept}/venvs/{name}")
        for user in (record.user, record.build_user):
            if self._is_own_user(user, record) and os.path.isfile(f"{self.crontabs}/{user}"):
                shutil.move(f"{self.crontabs}/{user}", f"{record.kept}/crontab-{user}")

    def _close_writable_paths(self, record: Record) -> None:
        """Close what the app wrote elsewhere: the number of its user may become that of another app's."""
        for path in record.writable_paths:
            try:
                with Directory(path) as directory:
                    if os.fstat(directory.descriptor).st_uid == record.uid:
                        set_rights(directory.descriptor, 0o700, os.geteuid(), os.getegid())
                        self._warn(
                            f"{path} stays, with what app {record.name} wrote there; only root can read it."
                        )
            except OSError:
                continue  # unmounted, or no directory any more

    def _end_processes(self, record: Record) -> None:
        """End what still runs as the app's users: a program that a person started, or a hook."""
        if not self.switches:
            return
        own = {user for user in (record.user, record.build_user) if self._is_own_user(user, record)}
        uids = {user.uid for user in map(self.accounts.user, own) if user is not None}
        found = _list_processes(uids)
        for process in found:
            command = " ".join(read_command(process.pid))[:200]
            self.warnings.append(f"Ended process {process.pid} of app {record.name}: {command}")
            process.send_signal(signal.SIGTERM)
        if wait_until_gone(found, QUIT_TIMEOUT):
            return
        for process in _list_processes(uids):
            process.send_signal(signal.SIGKILL)
        wait_until_gone(_list_processes(uids), QUIT_TIMEOUT)

    def _is_own_user(self, name: str, record: Record) -> bool:
        user = self.accounts.user(name)
        wanted = {record.user: record.uid, record.build_user: record.build_uid}.get(name)
        return user is not None and wanted is not None and user.uid == wanted and user.uid != 0

    def _list_accounts(self, record: Record) -> list[tuple[str, str, int]]:
        """Return the accounts to remove: those with the numbers that the record has of them."""
        if not self.switches:
            return []
        found = []
        for name in (record.user, record.build_user):
            user = self.accounts.user(name)
            if user is not None and self._is_own_user(name, record):
                found.append(("user", name, user.uid))
            elif user is not None:
                self._warn(f"User {name} stays: it was not made for app {record.name}.")
        own = {number for _kind, _name, number in found}
        for name, number in ((record.group, record.gid), (record.build_group, record.build_gid)):
            group = self.accounts.group(name)
            if group is None or number is None or group.gid != number or group.gid == 0:
                continue
            if any(user.gid == group.gid and user.uid not in own for user in self.accounts.users()):
                self._warn(f"Group {name} stays: other users than those of app {record.name} are in it.")
            else:
                found.append(("group", name, group.gid))
        return found

    def _warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)


def _list_processes(uids: set[int]) -> list[Process]:
    owners = ((pid, read_owner(pid)) for pid in list_pids())
    found = (Process.find(pid) for pid, owner in owners if owner is not None and owner[0] in uids)
    return [process for process in found if process is not None]
