# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module uwsgi_instance_info reports. Nothing is changed."""

from __future__ import annotations

import time
from typing import Any

from .._system.clock import format_time
from .._system.process_memory import measure_memory_kb
from .._system.unix_listener import count_in_flight, count_queued
from .discovery import Discovery
from .instance import FOREIGN, OWN, UNKNOWN, Instance
from .instance_facts import name_service
from .path_state import read_path_state
from .paths import Paths
from .pidfile import read_pidfile
from .record import STOPPED
from .service_managers import find_service_managers
from .statistics import parse_workers, read_statistics, sum_known


def gather_info(paths: Paths) -> dict[str, Any]:
    discovery = Discovery(paths, find_service_managers(paths))
    live = discovery.find_live()
    return {
        "instance": _describe_live(paths, live) if live else None,
        "socket": {"path": paths.socket, "state": _find_socket_state(paths, live)},
        "pidfile": {"path": paths.pidfile, "state": _find_pidfile_state(paths, live)},
        "leftovers": [
            {
                "id": instance.id,
                "state": instance.record.state if instance.record else "unknown",
                "pids": [member.pid for member in instance.members],
            }
            for instance in discovery.find_leftovers(live)
            if instance.members or not (instance.record and instance.record.state == STOPPED)
        ],
    }


def _find_socket_state(paths: Paths, live: Instance | None) -> str:
    kind = read_path_state(paths.socket).kind
    if kind == "missing":
        return "missing"
    if live is None:
        return "dead" if kind in ("link", "socket") else "not a socket"
    if not live.members:
        return "dead"
    own = "live" if live.alive else "orphaned"
    return {OWN: own, FOREIGN: "foreign", UNKNOWN: "stranger"}[live.origin]


def _find_pidfile_state(paths: Paths, live: Instance | None) -> str:
    if read_path_state(paths.pidfile).kind == "missing":
        return "missing"
    pid = read_pidfile(paths.pidfile)
    if pid is None:
        return "junk"
    return "live" if live and live.process and live.alive and live.process.pid == pid else "stale"


def _describe_live(paths: Paths, live: Instance) -> dict[str, Any]:
    record, process = live.record, live.process if live.alive else None
    members = live.members
    statistics = read_statistics(live) if process else None
    workers = parse_workers(statistics, {member.pid for member in members})
    return {
        "id": live.id,
        "running": bool(members),
        "pid": process.pid if process else None,
        "started_at": format_time(process.started_at) if process else None,
        "uptime": int(time.time() - process.started_at) if process else None,
        "chdir": record.chdir if record else None,
        "virtualenv": (record.virtualenv or None) if record else None,
        "published": live.published,
        "user": (record.user or None) if record else None,
        "service": name_service(paths, live.id, live.manager),
        "memory_pss_mb": round(measure_memory_kb(member.pid for member in members) / 1024, 1),
        "listen_queue": count_queued(live.listener) if live.listener else None,
        "in_flight": count_in_flight(live.listener.name) if live.listener else None,
        "requests": sum_known(worker["requests"] for worker in workers) if workers is not None else None,
        "workers": workers or [],
    }
