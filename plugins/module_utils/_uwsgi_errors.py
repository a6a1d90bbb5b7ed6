# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong with an instance, in words an operator can act on."""

from __future__ import annotations

import signal
from collections.abc import Sequence

EXIT_MEANINGS = {
    0: "it ended by itself without an error",
    1: "uWSGI refused to start: configuration, rights, or the socket could not be bound",
    17: "uWSGI asked to be started anew",
    22: "the application did not load",
    30: "a worker ended to be started anew",
    127: "the uWSGI binary or its interpreter was not found",
    200: "the working directory (chdir) cannot be entered",
    203: "the uWSGI binary cannot be executed",
    216: "the group does not exist",
    217: "the user does not exist",
    226: "a path of writable_paths, visible_paths or runtime_dir does not exist, or systemd cannot isolate "
    "the service here",
}


# What a program can tell failures apart by, where a step has no reason of its own.
REASONS = {
    "configure": "invalid_option",
    "lock": "locked",
    "survey": "occupied",
    "preflight": "not_possible",
    "capacity": "no_memory",
    "prepare": "not_prepared",
    "start": "not_started",
    "health": "unhealthy",
    "publish": "not_published",
    "switch": "not_switched",
    "switched": "not_switched",
    "verify": "verify_failed",
}


class InstanceError(Exception):
    """A step that did not succeed; `serving` is filled in by whoever knows what still answers."""

    def __init__(
        self,
        message: str,
        stage: str,
        rc: int | None = None,
        log: Sequence[str] = (),
        reason: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.stage = stage
        self.reason = reason or REASONS.get(stage, "failed")
        self.rc = rc
        self.log: list[str] = list(log)
        self.serving = ""
        self.notes: list[str] = []


def describe_exit(code: int) -> str:
    """The meaning of an exit code; a negative one is the signal that ended the process."""
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        killed = f"it was killed by {name}"
        return killed + (", which is what running out of memory looks like" if -code == 9 else "")
    return EXIT_MEANINGS.get(code, "an exit code uWSGI gives no meaning to")


def describe_os_error(error: OSError) -> str:
    """Such as a full disk: what the system said, and about which path."""
    return f"{error.strerror or error}: {error.filename}" if error.filename else str(error.strerror or error)


def describe_death(code: int) -> str:
    if code < 0:
        return describe_exit(code)
    return f"it exited with code {code}: {describe_exit(code)}"


def cause_in_log(lines: Sequence[str], limit: int = 4) -> list[str]:
    """The last lines of the last traceback, or else the last lines that read like an error."""
    start = None
    verdicts = [number for number, line in enumerate(lines) if line.startswith("unable to load app")]
    lines = lines[: verdicts[-1]] if verdicts else lines
    for number, line in enumerate(lines):
        if line.startswith("Traceback (most recent call last)"):
            start = number
    if start is not None:
        end = start + 1
        while end < len(lines) and (lines[end].startswith((" ", "\t")) or not lines[end].strip()):
            end += 1
        end = min(end + 1, len(lines))
        return [line.rstrip() for line in lines[max(start, end - limit) : end] if line.strip()]
    marks = ("error", "failed", "cannot", "can't", "unable", "denied", "invalid", "no such", "not found")
    hits = [line.strip() for line in lines if any(mark in line.lower() for mark in marks)]
    return hits[-limit:]
