# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lock file of an app says."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass, field
from typing import Any

from .._system.clock import format_time
from .._system.duration import format_duration
from .lock_holder import LockHolder


@dataclass(frozen=True)
class LockRecord:
    """Who deploys the app, since when, and the release that is prepared.

    ``request`` is a hash of what is asked for; ``token`` identifies this lock among all locks of the app.
    """

    holder: LockHolder
    since: float
    renewed: float
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    release: str = ""
    virtualenv: str = ""
    request: str = ""

    def facts(self) -> dict[str, Any]:
        return {
            "holder": asdict(self.holder),
            "since": format_time(self.since),
            "release": self.release,
            "virtualenv": self.virtualenv,
            "token": self.token,
        }

    def describe(self, now: float) -> str:
        return f"{self.holder.describe()} since {self.describe_start(now)}"

    def describe_start(self, now: float) -> str:
        day, _letter, time = format_time(self.since).rstrip("Z").partition("T")
        return f"{day} {time} UTC ({format_duration(now - self.since)} ago)"
