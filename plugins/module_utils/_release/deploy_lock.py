# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock of an app: one run at a time deploys it, for as long as the deploy takes and not only one task."""

from __future__ import annotations

import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from .._system.duration import format_duration
from .errors import ReleaseError
from .json_file import read_json, write_json
from .lock_holder import LockHolder
from .lock_record import LockRecord
from .option_names import OptionNames

CLOCK_SKEW = 300  # seconds that the time of a record may be ahead of this server's clock


class DeployLock:
    """The file that carries the lock; each change of it is made under the file lock of the app.

    ``ttl`` is the number of seconds after which a lock that was not renewed no longer counts.
    """

    def __init__(self, path: Path, me: LockHolder, ttl: float, names: OptionNames, now: float) -> None:
        self.path = path
        self.me = me
        self.ttl = ttl
        self.names = names
        self.now = now
        self.warnings: list[str] = []

    def read(self) -> LockRecord | None:
        """Return the lock, whoever holds it and however old it is."""
        record = read_json(self.path)
        holder = record.get("holder")
        if not isinstance(holder, dict):
            return None
        since, renewed = self._read_time(record.get("since")), self._read_time(record.get("renewed"))
        texts = {
            key: record[key]
            for key in ("token", "release", "virtualenv", "request")
            if isinstance(record.get(key), str)
        }
        texts.setdefault("token", "unknown")
        return LockRecord(LockHolder.read(holder), since, renewed, **texts)

    def _read_time(self, value: Any) -> float:
        """Return the time of a record, or the file's where that is no number or lies in the future."""
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return float(value) if is_number and 0 <= value <= self.now + CLOCK_SKEW else self._file_time()

    def _file_time(self) -> float:
        try:
            return min(self.path.stat().st_mtime, self.now)
        except OSError:
            return self.now

    def read_own(self) -> LockRecord | None:
        """Return the lock if this run holds it."""
        lock = self.read()
        return lock if lock is not None and lock.holder.is_same_run(self.me) else None

    def read_foreign(self) -> LockRecord | None:
        """Return the lock if another run holds it and it still counts."""
        lock = self.read()
        if lock is None or lock.holder.is_same_run(self.me) or self.is_expired(lock):
            return None
        return lock

    def is_expired(self, lock: LockRecord) -> bool:
        return self.now - lock.renewed > self.ttl

    def refuse_foreign(self, break_lock: bool = False, takeover: str = "") -> None:
        """Refuse when another run holds the lock, unless it may be taken over.

        ``takeover`` is the token of a lock whose run is known to have ended.
        """
        lock = self.read_foreign()
        if lock is not None and not break_lock and not (takeover and takeover == lock.token):
            raise self.locked_error(lock)

    def locked_error(self, lock: LockRecord) -> ReleaseError:
        """Return the error that names the run that holds the lock."""
        prepared = f", preparing release {lock.release}" if lock.release else ""
        break_lock, lock_ttl = self.names.display("break_lock"), self.names.display("lock_ttl")
        left = format_duration(lock.renewed + self.ttl - self.now)
        return ReleaseError(
            f"The app is being deployed by {lock.holder.describe()}: locked since "
            f"{lock.describe_start(self.now)}{prepared}.",
            reason="locked",
            options=("break_lock", "lock_ttl"),
            hint=f"Wait until that run has ended. If you know that it has, take the lock over with "
            f"{break_lock}=true; without that the lock expires {left} from now ({lock_ttl}).",
            lock=lock.facts(),
        )

    def acquire(
        self,
        break_lock: bool = False,
        takeover: str = "",
        release: str = "",
        virtualenv: str = "",
        request: str = "",
    ) -> LockRecord:
        """Take the lock or renew it, with what is being prepared."""
        self.refuse_foreign(break_lock, takeover)
        found = self.read()
        if found is not None and found.holder.is_same_run(self.me):
            lock = replace(found, holder=self.me, renewed=self.now)
        else:
            if found is not None:
                self._warn_of_takeover(found, break_lock)
            elif os.path.lexists(self.path):
                self.warnings.append(f"The lock {self.path} could not be read and was replaced.")
            lock = LockRecord(self.me, self.now, self.now)
        lock = replace(lock, release=release, virtualenv=virtualenv, request=request)
        self._write(lock)
        return lock

    def renew(self, lock: LockRecord) -> None:
        """Count the age of a lock that this run holds from now on."""
        self._write(replace(lock, renewed=self.now))

    def _warn_of_takeover(self, found: LockRecord, break_lock: bool) -> None:
        if self.is_expired(found):
            why = f"it is older than {self.names.display('lock_ttl')} ({self.ttl:.0f} s)"
        elif break_lock:
            why = f"{self.names.display('break_lock')} was asked for"
        else:
            why = "the process that held it is gone"
        self.warnings.append(f"Took over the lock of {found.describe(self.now)}: {why}.")

    def _write(self, lock: LockRecord) -> None:
        write_json(self.path, asdict(lock))

    def remove_own(self) -> bool:
        """Unlock the app if this run holds the lock; returns whether it did."""
        if self.read_own() is None:
            return False
        self.path.unlink(missing_ok=True)
        return True
