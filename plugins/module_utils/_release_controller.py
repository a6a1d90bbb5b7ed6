# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes of the control machine: which one runs the play, and whether another still does."""

from __future__ import annotations

import getpass
import multiprocessing
import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def main_process() -> int:
    """A task runs in a worker process; the run itself is the process that forked it."""
    parent = multiprocessing.parent_process()
    return parent.pid if parent is not None and parent.pid is not None else os.getpid()


def start_of(pid: int) -> str:
    """When a process started, so that a pid used again is not taken for it; nothing when it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        if Path("/proc/self/stat").exists():
            return ""
    except OSError:
        return ""
    else:
        fields = stat.rpartition(")")[2].split()
        return "" if fields[0] in ("Z", "X") else fields[19]
    run = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return " ".join(run.stdout.split())


def machine() -> str:
    """The machine, its boot and its namespace of pids: only within all three does a pid mean one process."""
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


def holder(job: str = "", user: str = "") -> dict[str, Any]:
    pid = main_process()
    return {
        "user": user or _user(),
        "host": platform.node(),
        "machine": machine(),
        "pid": pid,
        "start": start_of(pid),
        "job": job,
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def is_gone(other: Mapping[str, Any]) -> bool:
    """True only when it is certain: the process ran right here and does so no more."""
    pid = other.get("pid")
    if not isinstance(pid, int) or pid <= 0 or other.get("host") != platform.node():
        return False
    here, there = machine().split("/"), str(other.get("machine") or "").split("/")
    if here == there:
        # A run killed before its last task asked for its start left none; then only a free pid is certain.
        return start_of(pid) != other.get("start") if other.get("start") else start_of(pid) == ""
    # The same machine, booted since.
    rebooted = len(there) == 3 and there[0] != "" and there[0] == here[0] and there[1] not in ("", here[1])
    return rebooted and there[2] != "" and there[2] == here[2]
