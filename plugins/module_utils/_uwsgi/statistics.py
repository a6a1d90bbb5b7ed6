# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""uWSGI's own statistics. They come from the application: a value that is impossible is unknown."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Collection, Iterable
from typing import Any

from .._system.process_memory import measure_memory_kb
from .._system.unix_socket import NoListener, QueueFull, connect, read_peer_pid
from .instance import Instance

MOST_BYTES = 1 << 22
TIMEOUT = 2.0  # seconds
MOST_WORKERS = 1024
LARGEST = (1 << 63) - 1
WORD = re.compile(r"\A[A-Za-z0-9_.:-]{1,40}\Z")


def read_statistics(instance: Instance) -> dict[str, Any] | None:
    """Return the figures; None if they do not come in time, or from another process than the master."""
    if instance.files is None or instance.process is None:
        return None
    deadline = time.monotonic() + TIMEOUT
    content = bytearray()
    try:
        with connect(instance.files.stats, 0, lambda: None) as connection:
            if read_peer_pid(connection) != instance.process.pid:
                return None
            while len(content) < MOST_BYTES:
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    return None
                connection.settimeout(remaining)
                chunk = connection.recv(1 << 16)
                if not chunk:
                    break
                content += chunk
        statistics = json.loads(bytes(content))
    except (OSError, ValueError, RecursionError, NoListener, QueueFull):
        return None
    return statistics if isinstance(statistics, dict) else None


def parse_workers(statistics: Any, members: Collection[int]) -> list[dict[str, Any]] | None:
    """Return the workers; None if the statistics do not say. A worker without a pid does not run."""
    if not isinstance(statistics, dict):
        return None
    listed = statistics.get("workers")
    workers = [worker for worker in listed if isinstance(worker, dict)] if isinstance(listed, list) else []
    return [_parse_worker(worker, members) for worker in workers[:MOST_WORKERS] if worker.get("pid") != 0]


def sum_known(values: Iterable[int | None]) -> int | None:
    """Return the sum; None if a part of it is unknown."""
    numbers = list(values)
    return None if None in numbers else sum(value for value in numbers if value is not None)


def _parse_worker(worker: dict[str, Any], members: Collection[int]) -> dict[str, Any]:
    pid, average = _parse_count(worker.get("pid")), _parse_count(worker.get("avg_rt"))
    pid = pid if pid in members else None
    return {
        "id": _parse_count(worker.get("id")),
        "pid": pid,
        "status": _parse_word(worker.get("status")),
        "requests": _parse_count(worker.get("requests")),
        "exceptions": _parse_count(worker.get("exceptions")),
        "average_ms": round(average / 1000, 1) if average is not None else None,
        "memory_mb": round(measure_memory_kb([pid]) / 1024, 1) if pid else None,
    }


def _parse_count(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST:
        return None
    return value


def _parse_word(value: Any) -> str | None:
    return value if isinstance(value, str) and WORD.match(value) else None
