# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be told about the instances of one name without touching them."""

from __future__ import annotations

import json
import time
from typing import Any

from ansible_collections.masonite.deploy.plugins.module_utils import _uwsgi_links as links
from ansible_collections.masonite.deploy.plugins.module_utils import _uwsgi_listeners as listeners
from ansible_collections.masonite.deploy.plugins.module_utils import _uwsgi_protocol as protocol
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_config import Paths
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_context import services_here
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_files import read_pidfile
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_outcome import stamp
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_process import memory_kb, peer_of
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_records import STOPPED, Records
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_survey import Running, Survey

MOST_OF_STATS = 1 << 22


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
    stats = read_stats(live) if process else {}
    workers = [_worker(worker) for worker in stats.get("workers", []) if worker.get("pid")]
    return {
        "id": live.id,
        "running": bool(members),
        "pid": process.pid if process else None,
        "started_at": stamp(process.started_at) if process else None,
        "uptime": int(time.time() - process.started_at) if process else None,
        "chdir": record.chdir if record else None,
        "virtualenv": (record.virtualenv or None) if record else None,
        "user": (record.user or None) if record else None,
        "service": paths.unit(live.id) if live.id and live.manager == "systemd" else live.manager,
        "memory_pss_mb": round(memory_kb(member.pid for member in members) / 1024, 1),
        "listen_queue": listeners.queued(live.listener) if live.listener else None,
        "in_flight": listeners.in_flight(live.listener.name) if live.listener else None,
        "requests": sum(worker["requests"] for worker in workers) if stats else None,
        "workers": workers,
    }


def _worker(told: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": told.get("id"),
        "pid": told.get("pid"),
        "status": told.get("status"),
        "requests": int(told.get("requests") or 0),
        "exceptions": int(told.get("exceptions") or 0),
        "average_ms": round(int(told.get("avg_rt") or 0) / 1000, 1),
        "memory_mb": round(memory_kb([int(told.get("pid") or 0)]) / 1024, 1),
    }


def read_stats(live: Running) -> dict[str, Any]:
    """uWSGI's own figures; empty if it does not tell, or if it is not the instance that tells."""
    if live.files is None or live.process is None:
        return {}
    chunks: list[bytes] = []
    try:
        with protocol.open_connection(live.files.stats, 0, lambda: None) as connection:
            if peer_of(connection) != live.process.pid:
                return {}
            connection.settimeout(2)
            while sum(map(len, chunks)) < MOST_OF_STATS:
                chunk = connection.recv(1 << 16)
                if not chunk:
                    break
                chunks.append(chunk)
        stats = json.loads(b"".join(chunks))
    except (OSError, ValueError, protocol.NoListener, protocol.NoAnswer):
        return {}
    return stats if isinstance(stats, dict) else {}
