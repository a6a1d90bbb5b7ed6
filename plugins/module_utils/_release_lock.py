# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is deploying an app right now, for as long as the deploy takes and not only one task."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from ansible_collections.masonite.deploy.plugins.module_utils._release_errors import Names, ReleaseError
from ansible_collections.masonite.deploy.plugins.module_utils._release_files import read_json, write_json


@dataclass(frozen=True)
class Holder:
    """A run of ansible-playbook: its process on the controller, or its job in AWX."""

    user: str = ""
    host: str = ""
    pid: int = 0
    start: str = ""
    job: str = ""
    machine: str = ""

    @classmethod
    def of(cls, values: Mapping[str, Any] | None) -> Holder:
        values = values or {}
        pid = values.get("pid")
        texts = {key: str(values.get(key) or "") for key in ("user", "host", "start", "job", "machine")}
        return cls(pid=pid if isinstance(pid, int) and not isinstance(pid, bool) else 0, **texts)

    def same(self, other: Holder) -> bool:
        if self.job or other.job:
            return self.job == other.job
        return (self.host, self.machine, self.pid, self.start) == (
            other.host,
            other.machine,
            other.pid,
            other.start,
        )

    def described(self) -> str:
        text = f"{self.user or 'somebody'} on {self.host or 'an unknown host'}"
        if self.job:
            return f"{text} (job {self.job})"
        return f"{text} (process {self.pid})" if self.pid else text


@dataclass(frozen=True)
class Lock:
    holder: Holder
    since: float
    renewed: float
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    release: str = ""
    virtualenv: str = ""
    request: str = ""

    def facts(self) -> dict[str, Any]:
        when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.since))
        return {
            "holder": asdict(self.holder),
            "since": when,
            "release": self.release,
            "virtualenv": self.virtualenv,
            "token": self.token,
        }

    def described(self, now: float) -> str:
        when = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(self.since))
        return f"{self.holder.described()} since {when} ({duration(now - self.since)} ago)"


def duration(seconds: float) -> str:
    seconds = max(0, int(seconds))
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 7200 else f"{seconds // 3600} h"


class LockFile:
    """The file that carries the lock; each change of it is made under the app's mutex."""

    def __init__(self, path: Path, me: Holder, ttl: float, names: Names, now: float) -> None:
        self.path = path
        self.me = me
        self.ttl = ttl
        self.names = names
        self.now = now
        self.warnings: list[str] = []

    def read(self) -> Lock | None:
        record = read_json(self.path)
        holder = record.get("holder")
        if not isinstance(holder, dict):
            return None
        since, renewed = self._time(record.get("since")), self._time(record.get("renewed"))
        texts = {
            key: record[key] for key in ("token", "release", "virtualenv", "request") if _is_text(record, key)
        }
        texts.setdefault("token", "unknown")
        return Lock(Holder.of(holder), since, renewed, **texts)

    def _time(self, value: Any) -> float:
        """A stamp that is no number, or from a future the clock has since left, proves nothing."""
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return float(value) if number and 0 <= value <= self.now + 300 else self._written()

    def _written(self) -> float:
        try:
            return min(self.path.stat().st_mtime, self.now)
        except OSError:
            return self.now

    def mine(self) -> Lock | None:
        lock = self.read()
        return lock if lock is not None and lock.holder.same(self.me) else None

    def foreign(self) -> Lock | None:
        """The lock of another run that still counts."""
        lock = self.read()
        if lock is None or lock.holder.same(self.me) or self.now - lock.renewed > self.ttl:
            return None
        return lock

    def refuse(self, lock: Lock) -> ReleaseError:
        doing = f", preparing release {lock.release}" if lock.release else ""
        since = lock.described(self.now).rpartition(" since ")[2]
        return ReleaseError(
            f"The app is being deployed by {lock.holder.described()}: locked since {since}{doing}.",
            hint=f"Wait until it is done. If it is known to be dead, break its lock with "
            f"{self.names('break_lock')}=true; by itself it ends "
            f"{duration(lock.renewed + self.ttl - self.now)} from now ({self.names('lock_ttl')}).",
            reason="locked",
            lock=lock.facts(),
        )

    def check(self, break_lock: bool = False, takeover: str = "") -> None:
        """Refuse when another run holds the lock, unless it may be taken from it."""
        lock = self.foreign()
        if lock is not None and not break_lock and not (takeover and takeover == lock.token):
            raise self.refuse(lock)

    def acquire(
        self,
        break_lock: bool = False,
        takeover: str = "",
        release: str = "",
        virtualenv: str = "",
        request: str = "",
    ) -> Lock:
        self.check(break_lock, takeover)
        found = self.read()
        if found is not None and found.holder.same(self.me):
            lock = replace(found, holder=self.me, renewed=self.now)
        else:
            if found is not None:
                self._warn_takeover(found, break_lock)
            elif os.path.lexists(self.path):
                self.warnings.append(f"The lock {self.path} could not be read and was replaced.")
            lock = Lock(self.me, self.now, self.now)
        lock = replace(lock, release=release, virtualenv=virtualenv, request=request)
        self.write(lock)
        return lock

    def _warn_takeover(self, found: Lock, break_lock: bool) -> None:
        if self.now - found.renewed > self.ttl:
            why = f"it is older than {self.names('lock_ttl')} ({self.ttl:.0f} s)"
        elif break_lock:
            why = f"{self.names('break_lock')} was asked for"
        else:
            why = "the process that held it is gone"
        self.warnings.append(f"Took over the lock of {found.described(self.now)}: {why}.")

    def write(self, lock: Lock) -> None:
        write_json(self.path, asdict(lock))

    def release(self) -> bool:
        """Let go of the lock, if it is ours."""
        if self.mine() is None:
            return False
        self.path.unlink(missing_ok=True)
        return True


def _is_text(record: dict[str, Any], key: str) -> bool:
    return isinstance(record.get(key), str)
