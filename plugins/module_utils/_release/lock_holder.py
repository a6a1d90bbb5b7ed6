# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which run of ansible-playbook holds the lock of a deploy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LockHolder:
    """A run of ansible-playbook: its process on the control node, or its job in AWX."""

    user: str = ""
    host: str = ""
    pid: int = 0
    start: str = ""
    job: str = ""
    machine: str = ""

    @classmethod
    def read(cls, values: Mapping[str, Any] | None) -> LockHolder:
        """Read a holder from an option or a record; what is missing or of another type is empty."""
        values = values or {}
        pid = values.get("pid")
        texts = {key: str(values.get(key) or "") for key in ("user", "host", "start", "job", "machine")}
        return cls(pid=pid if isinstance(pid, int) and not isinstance(pid, bool) else 0, **texts)

    def is_same_run(self, other: LockHolder) -> bool:
        """Compare jobs where one of the two is a job, or else processes."""
        if self.job or other.job:
            return self.job == other.job
        return self._process() == other._process()

    def _process(self) -> tuple[str, str, int, str]:
        return self.host, self.machine, self.pid, self.start

    def describe(self) -> str:
        text = f"{self.user or 'an unknown user'} on {self.host or 'an unknown host'}"
        if self.job:
            return f"{text} (job {self.job})"
        return f"{text} (process {self.pid})" if self.pid else text
