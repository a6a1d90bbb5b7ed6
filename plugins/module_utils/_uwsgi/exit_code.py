# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the exit codes of uWSGI and of systemd mean."""

from __future__ import annotations

import signal

APP_NOT_LOADED = 22
MEANINGS = {
    0: "it ended by itself without an error",
    1: "uWSGI refused to start: configuration, rights, or the socket could not be bound",
    17: "uWSGI asked to be started again",
    APP_NOT_LOADED: "the application did not load",
    30: "a worker ended to be started again",
    127: "the uWSGI binary or its interpreter was not found",
    200: "the working directory (chdir) cannot be entered",
    203: "the uWSGI binary cannot be executed",
    216: "the group does not exist",
    217: "the user does not exist",
    226: "a path of writable_paths, visible_paths or runtime_dir does not exist, or systemd cannot isolate "
    "the service here",
}


def describe_exit_code(code: int) -> str:
    """Return a sentence about an exit code; a negative one is the signal that ended the process."""
    if code < 0:
        return _describe_signal(-code)
    return f"it exited with code {code}: {MEANINGS.get(code, 'an exit code that uWSGI gives no meaning to')}"


def _describe_signal(number: int) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    killed = f"it was killed by {name}"
    return killed + (", which is what running out of memory looks like" if number == signal.SIGKILL else "")
