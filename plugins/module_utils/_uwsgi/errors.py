# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The error that the modules report when they cannot do what was asked for."""

from __future__ import annotations

from collections.abc import Sequence

from .._system.errors import ModuleError

# The reason that a failure in each stage has unless it has one of its own.
STAGE_REASONS = {
    "configure": "invalid_option",
    "lock": "locked",
    "discover": "occupied",
    "preflight": "not_possible",
    "capacity": "no_memory",
    "prepare": "not_prepared",
    "start": "not_started",
    "started": "not_started",
    "health": "unhealthy",
    "publish": "not_published",
    "switch": "not_switched",
    "switched": "not_switched",
    "verify": "verify_failed",
}


class InstanceError(ModuleError):
    """A stage that failed.

    ``options`` are the options of the module that the failure is about, with a dot before a suboption. ``rc``
    and ``log`` are of the new instance. ``serving`` says what answers visitors now; ``warnings`` are those of
    the run. Both are filled in where the error is caught.
    """

    def __init__(
        self,
        message: str,
        stage: str,
        *,
        options: Sequence[str] = (),
        reason: str = "",
        rc: int | None = None,
        log: Sequence[str] = (),
    ) -> None:
        super().__init__(message, reason=reason or STAGE_REASONS.get(stage, "failed"))
        self.stage = stage
        self.options = list(options)
        self.rc = rc
        self.log = list(log)
        self.serving = ""
        self.warnings: list[str] = []


def describe_os_error(error: OSError) -> str:
    """Return what the system said, such as that a disk is full, and about which path."""
    return f"{error.strerror or error}: {error.filename}" if error.filename else str(error.strerror or error)
