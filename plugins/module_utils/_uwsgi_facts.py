# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be told about the instances of one name without touching them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Collection, Iterable
from typing import Any

from ansible_collections.masonite.deploy.plugins.module_utils import _uwsgi_links as links
from ansible_collections.masonite.deploy.plugins.module_utils import _uwsgi_listeners as listeners
from ansible_collections.masonite.deploy.plugins.module_utils import _uwsgi_protocol as protocol
from ansible_collections.masonite.deploy.plugins.module_utils._system.process import memory_kb, peer_of
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_config import Paths
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_context import services_here
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_files import read_pidfile
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_outcome import published_by, stamp
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_records import STOPPED, Records
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_survey import Running, Survey

MOST_OF_STATS = 1 << 22
STATS_SECONDS = 2.0
MOST_WORKERS = 1024
LARGEST = (1 << 63) - 1
WORD = re.compile(r"\A[A-Za-z0-9_.:-]{1,40}\Z")


def gather(paths: Paths) -> dict[str, Any]:
    survey = Survey(paths, Records(paths), services_here(paths))
    live = survey.live()
    return {
        "instance": _instance(paths, live) if live else None,
        "socket": {"path": paths.socket, "state": socket_state(paths, live)},
        "pidfile": {"path": paths.pidfile, "state": pidfile_state(paths, live)},
        "leftovers": [
            {
                "id": running.id,
                "state": running.record.state if running.record else "unknown",
                "pids": [member.pid for member in running.members],
            }
            for running in survey.leftovers(live)
            if running.members or not (running.record and running.record.state == STOPPED)
        ],
    }


def socket_state(paths: Paths, live: Running | None) -> str:
    place = links.look(paths.socket)
    if place.kind == "missing":
        return "missing"
    if live is None:
        return "dead" if place.kind in ("link", "socket") else "not a socket"
    if not live.members:
        return "dead"
    return {"own": "live" if live.alive else "orphaned", "foreign": "foreign", "stranger": "stranger"}[
        live.origin
    ]


def pidfile_state(paths: Paths, live: Running | None) -> str:
    if links.look(paths.pidfile).kind == "missing":
        return "missing"
    pid = read_pidfile(paths.pidfile)
    if pid is None:
        return "junk"
    if live and live.process and live.alive and live.process.pid == pid:
        return "live"
    return "stale"


def _instance(paths: Paths, live: Running) -> dict[str, Any]:
    record, process = live.record, live.process if live.alive else None
    members = live.members
    workers = workers_of(read_stats(live) if process else None, {member.pid for member in members})
    return {
        "id": live.id,
        "running": bool(members),
        "pid": process.pid if process else None,
        "started_at": stamp(process.started_at) if process else None,
        "uptime": int(time.time() - process.started_at) if process else None,
        "chdir": record.chdir if record else None,
        "virtualenv": (record.virtualenv or None) if record else None,
        "published": published_by(live),
        "user": (record.user or None) if record else None,
        "service": paths.unit(live.id) if live.id and live.manager == "systemd" else live.manager,
        "memory_pss_mb": round(memory_kb(member.pid for member in members) / 1024, 1),
        "listen_queue": listeners.queued(live.listener) if live.listener else None,
        "in_flight": listeners.in_flight(live.listener.name) if live.listener else None,
        "requests": total(worker["requests"] for worker in workers) if workers is not None else None,
        "workers": workers or [],
    }


# The statistics come from the application: each value is unknown until it has proved to be possible.


def workers_of(stats: Any, members: Collection[int]) -> list[dict[str, Any]] | None:
    """The workers in uWSGI's statistics; None if it told nothing. One without a pid does not run."""
    if not isinstance(stats, dict):
        return None
    told = stats.get("workers")
    dictionaries = [worker for worker in told if isinstance(worker, dict)] if isinstance(told, list) else []
    return [_worker(worker, members) for worker in dictionaries[:MOST_WORKERS] if worker.get("pid") != 0]


def _worker(told: dict[str, Any], members: Collection[int]) -> dict[str, Any]:
    pid, average = whole(told.get("pid")), whole(told.get("avg_rt"))
    pid = pid if pid in members else None
    return {
        "id": whole(told.get("id")),
        "pid": pid,
        "status": word(told.get("status")),
        "requests": whole(told.get("requests")),
        "exceptions": whole(told.get("exceptions")),
        "average_ms": round(average / 1000, 1) if average is not None else None,
        "memory_mb": round(memory_kb([pid]) / 1024, 1) if pid else None,
    }


def whole(value: Any) -> int | None:
    """A count that is possible."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST:
        return None
    return value


def word(value: Any) -> str | None:
    """One printable word."""
    return value if isinstance(value, str) and WORD.match(value) else None


def total(values: Iterable[int | None]) -> int | None:
    """The sum; unknown if a part of it is."""
    known = list(values)
    return None if None in known else sum(value for value in known if value is not None)


def read_stats(live: Running) -> dict[str, Any] | None:
    """uWSGI's own figures; None if it does not tell in time, or if it is not the instance that tells."""
    if live.files is None or live.process is None:
        return None
    deadline = time.monotonic() + STATS_SECONDS
    content = bytearray()
    try:
        with protocol.open_connection(live.files.stats, 0, lambda: None) as connection:
            if peer_of(connection) != live.process.pid:
                return None
            while len(content) < MOST_OF_STATS:
                left = deadline - time.monotonic()
                if left <= 0:
                    return None
                connection.settimeout(left)
                chunk = connection.recv(1 << 16)
                if not chunk:
                    break
                content += chunk
        stats = json.loads(bytes(content))
    except (OSError, ValueError, RecursionError, protocol.NoListener, protocol.NoAnswer):
        return None
    return stats if isinstance(stats, dict) else None
