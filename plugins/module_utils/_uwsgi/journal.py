# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read what a unit wrote to the journal."""

from __future__ import annotations

import subprocess


def read_journal(unit: str, since: float, lines: int) -> list[str]:
    """Return the last lines of a unit since a time in seconds since 1970."""
    # The journal is written asynchronously: a sync lets the last lines arrive.
    _run(["journalctl", "--sync"])
    return _run(journal_command(unit, since)).splitlines()[-lines:]


def journal_command(unit: str, since: float) -> list[str]:
    """Return the command that prints everything since a time.

    Without `--lines`, which together with `--since` prints the first lines instead of the last on Debian 12.
    """
    selection = ["--unit", unit, "--since", f"@{since:.6f}"]
    return ["journalctl", *selection, "--output", "cat", "--no-pager", "--quiet"]


def _run(command: list[str]) -> str:
    """Return the output; an empty text where the command fails: its output only explains another failure."""
    try:
        finished = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            errors="replace",
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return finished.stdout
