# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The running NGINX: its master process, its workers, and whether it starts at boot."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

from .._system.process import list_pids, read_command, read_stat
from .shadow import NGINX_CONF

DEFAULT_PIDFILE = "/run/nginx.pid"


@dataclass(frozen=True)
class Worker:
    """A worker process of the running NGINX."""

    pid: int
    started_at: float
    # It takes no new requests, and ends when it has answered those it has.
    is_draining: bool


def find_master(config: Path) -> int | None:
    """Return the pid of the master process. A pidfile is not trusted alone."""
    try:
        text = (config / NGINX_CONF).read_text(errors="replace")
    except OSError:
        text = ""
    match = re.search(r"(?m)^\s*pid\s+([^;\s]+)\s*;", text)
    try:
        pid = int(Path(match.group(1) if match else DEFAULT_PIDFILE).read_text())
        return pid if Path(f"/proc/{pid}/comm").read_text().strip() == "nginx" else None
    except (OSError, ValueError):
        return None


def find_workers(master: int) -> list[Worker]:
    """Return the workers of a master process."""
    ticks = os.sysconf("SC_CLK_TCK")
    booted_at = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    workers = []
    for pid in list_pids():
        status = read_stat(pid)
        if status is None or status.parent != master:
            continue
        title = " ".join(read_command(pid))
        if "worker process" in title:
            is_draining = "shutting down" in title or not status.alive
            workers.append(Worker(pid, booted_at + status.start / ticks, is_draining))
    return workers


def find_serving_workers(master: int) -> list[Worker]:
    """Return the workers that take new requests."""
    return [worker for worker in find_workers(master) if not worker.is_draining]


def starts_at_boot(root: Path = Path("/etc")) -> bool:
    """Return whether the service nginx is enabled, with systemd or with init scripts."""
    if Path("/run/systemd/system").is_dir():
        return any(root.glob("systemd/system/*.wants/nginx.service"))
    return any(root.glob("rc[2345].d/S[0-9][0-9]nginx"))
