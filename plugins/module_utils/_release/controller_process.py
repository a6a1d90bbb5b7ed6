# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The run of ansible-playbook on the control node: which process it is, and whether it has ended."""

from __future__ import annotations

import getpass
import multiprocessing
import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .._system.process import read_stat

OWN_STAT = Path("/proc/self/stat")


def find_main_process() -> int:
    """Return the pid of the run: a task runs in a worker process that the run has forked."""
    parent = multiprocessing.parent_process()
    return parent.pid if parent is not None and parent.pid is not None else os.getpid()


def read_start(pid: int) -> str:
    """Return when a process started, to tell it from a later one of the same pid; empty if it has ended."""
    stat = read_stat(pid)
    if stat is not None:
        return str(stat.start) if stat.alive else ""
    if OWN_STAT.exists():
        return ""
    # A control node without /proc, such as macOS.
    run = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return " ".join(run.stdout.split())


def identify_machine() -> str:
    """Return the host, its boot and its namespace of pids: only within all three a pid names one process."""
    parts = []
    for path in ("/etc/machine-id", "/proc/sys/kernel/random/boot_id"):
        try:
            parts.append(Path(path).read_text(encoding="ascii").strip())
        except (OSError, ValueError):
            parts.append("")
    try:
        parts.append(os.readlink("/proc/self/ns/pid"))
    except OSError:
        parts.append("")
    return "/".join(parts)


def describe_run(job: str = "", user: str = "") -> dict[str, Any]:
    """Return this run in the form of the option ``holder``."""
    pid = find_main_process()
    return {
        "user": user or _read_user(),
        "host": platform.node(),
        "machine": identify_machine(),
        "pid": pid,
        "start": read_start(pid),
        "job": job,
    }


def _read_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def has_ended(holder: Mapping[str, Any]) -> bool:
    """Whether a run has certainly ended: its process ran on this control node and does not run any more."""
    pid = holder.get("pid")
    if not isinstance(pid, int) or pid <= 0 or holder.get("host") != platform.node():
        return False
    here, there = identify_machine().split("/"), str(holder.get("machine") or "").split("/")
    if here == there:
        # A run that was killed before its last task asked for its start has none: then only a pid that is
        # not in use is certain.
        start = read_start(pid)
        return start != holder.get("start") if holder.get("start") else start == ""
    # The same host, booted since.
    is_other_boot = (
        len(there) == 3 and there[0] != "" and there[0] == here[0] and there[1] not in ("", here[1])
    )
    return is_other_boot and there[2] != "" and there[2] == here[2]
