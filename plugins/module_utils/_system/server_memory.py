# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The memory of the server, and the limits of the control groups that this process is in."""

from __future__ import annotations

import os
from collections.abc import Iterator

from .cgroup import CGROUP_ROOT, list_memory_groups
from .kernel_file import read_kernel_file


def read_server_memory(meminfo: str = "/proc/meminfo") -> tuple[int, int]:
    """Return total and available memory in bytes. In a container these are the figures of its host."""
    figures: dict[str, int] = {}
    for line in (read_kernel_file(meminfo) or "").splitlines():
        name, _colon, value = line.partition(":")
        if value.strip():
            figures[name] = int(value.split()[0]) * 1024
    return figures.get("MemTotal", 0), figures.get("MemAvailable", figures.get("MemFree", 0))


def read_memory_limits(root: str = CGROUP_ROOT) -> Iterator[tuple[int, int]]:
    """Yield limit and use in bytes of every limited control group that this process is in."""
    if os.path.exists(os.path.join(root, "cgroup.controllers")):
        base, limit_file, used_file = root, "memory.max", "memory.current"
    else:
        base = os.path.join(root, "memory")
        limit_file, used_file = "memory.limit_in_bytes", "memory.usage_in_bytes"
    for directory in list_memory_groups(base):
        limit = _read_number(os.path.join(directory, limit_file))
        used = _read_number(os.path.join(directory, used_file))
        if limit is not None and used is not None and limit < 1 << 60:
            yield limit, max(0, used - _read_reclaimable(directory))


def _read_number(path: str) -> int | None:
    text = (read_kernel_file(path) or "").strip()
    return int(text) if text.isdigit() else None


def _read_reclaimable(directory: str) -> int:
    """Return the file pages that the kernel drops before it kills anything."""
    figures: dict[str, int] = {}
    for line in (read_kernel_file(os.path.join(directory, "memory.stat")) or "").splitlines():
        name, _space, value = line.partition(" ")
        if value.isdigit():
            figures[name] = int(value)
    prefix = "total_" if "total_inactive_file" in figures else ""
    return figures.get(prefix + "inactive_file", 0) + figures.get(prefix + "active_file", 0) // 2
