# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is there room for two instances at once? Figures, and where they come from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from ansible_collections.masonite.deploy.plugins.module_utils._system.process import read_text

MB = 1 << 20
CGROUP_ROOT = "/sys/fs/cgroup"


@dataclass(frozen=True)
class Memory:
    available_mb: int
    needed_mb: int
    reserve_mb: int
    basis: str

    @property
    def enough(self) -> bool:
        return self.available_mb - self.needed_mb >= self.reserve_mb

    def sentence(self) -> str:
        return (
            f"a second instance needs {self.needed_mb} MB ({self.basis}), {self.available_mb} MB are "
            f"available, and {self.reserve_mb} MB are to be kept free"
        )


def preflight(live_mb: int | None, processes: int, per_process_mb: int, reserve_percent: int) -> Memory:
    total, available = machine()
    for limit, used in cgroup_limits():
        total = min(total, limit)
        available = min(available, max(0, limit - used))
    if live_mb:
        needed, basis = live_mb, "measured on the live instance"
    else:
        needed, basis = processes * per_process_mb, f"{processes} processes of {per_process_mb} MB"
    return Memory(available // MB, needed, total * reserve_percent // 100 // MB, basis)


def machine(meminfo: str = "/proc/meminfo") -> tuple[int, int]:
    figures: dict[str, int] = {}
    for line in (read_text(meminfo) or "").splitlines():
        name, _colon, value = line.partition(":")
        if value.strip():
            figures[name] = int(value.split()[0]) * 1024
    return figures.get("MemTotal", 0), figures.get("MemAvailable", figures.get("MemFree", 0))


def cgroup_limits(root: str = CGROUP_ROOT) -> Iterator[tuple[int, int]]:
    """(limit, used) of every limited group above us; in a container /proc/meminfo tells the host's memory."""
    if os.path.exists(os.path.join(root, "cgroup.controllers")):
        base, limit_file, used_file = root, "memory.max", "memory.current"
    else:
        base = os.path.join(root, "memory")
        limit_file, used_file = "memory.limit_in_bytes", "memory.usage_in_bytes"
    for folder in _folders(base):
        limit = _number(os.path.join(folder, limit_file))
        used = _number(os.path.join(folder, used_file))
        if limit is not None and used is not None and limit < 1 << 60:
            yield limit, max(0, used - _reclaimable(folder))


def _folders(base: str) -> Iterator[str]:
    yield base
    for line in (read_text("/proc/self/cgroup") or "").splitlines():
        _number, controllers, path = line.split(":", 2)
        if controllers == "" or "memory" in controllers.split(","):
            parts = [part for part in path.split("/") if part and part != ".."]
            for count in range(1, len(parts) + 1):
                yield os.path.join(base, *parts[:count])


def _number(path: str) -> int | None:
    text = (read_text(path) or "").strip()
    return int(text) if text.isdigit() else None


def _reclaimable(folder: str) -> int:
    """File pages the kernel drops before it kills anything."""
    figures: dict[str, int] = {}
    for line in (read_text(os.path.join(folder, "memory.stat")) or "").splitlines():
        name, _space, value = line.partition(" ")
        if value.isdigit():
            figures[name] = int(value)
    prefix = "total_" if "total_inactive_file" in figures else ""
    return figures.get(prefix + "inactive_file", 0) + figures.get(prefix + "active_file", 0) // 2
