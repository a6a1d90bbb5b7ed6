# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run systemctl."""

from __future__ import annotations

import os
import subprocess

SYSTEMCTL = ["systemctl", "--no-ask-password"]


def is_systemd_running() -> bool:
    return os.path.isdir("/run/systemd/system")


def run_systemctl(*arguments: str, timeout: float = 90) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SYSTEMCTL, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def read_properties(unit: str, *names: str) -> dict[str, str]:
    text = run_systemctl("show", unit, *("--property=" + name for name in names)).stdout
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def read_main_pid(unit: str) -> int:
    """Return the main process of a unit; 0 if it has none."""
    return int(read_properties(unit, "MainPID").get("MainPID") or 0)


def start_unit(unit: str) -> subprocess.Popen[str]:
    """Start a unit; the returned process ends when systemd counts it as started or failed."""
    return subprocess.Popen(
        [*SYSTEMCTL, "start", unit],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
