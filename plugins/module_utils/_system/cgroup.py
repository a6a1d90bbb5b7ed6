# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control groups: the systemd service of a process, and the groups that limit this one's memory."""

from __future__ import annotations

import os
from collections.abc import Iterator

from .kernel_file import read_kernel_file

CGROUP_ROOT = "/sys/fs/cgroup"


def find_service(pid: int) -> str:
    """Return the innermost service of the server's systemd that a process runs in, or an empty string."""
    for line in (read_kernel_file(f"/proc/{pid}/cgroup") or "").splitlines():
        controllers, path = line.split(":", 2)[1:]
        if controllers in ("", "name=systemd"):
            parts = path.split("/")
            # Below a user's own service manager, units can have any name.
            managers = [number for number, part in enumerate(parts) if part.startswith("user@")]
            parts = parts[: managers[0] + 1] if managers else parts
            services = [part for part in parts if part.endswith(".service")]
            if services:
                return services[-1]
    return ""


def is_in_service(pid: int, service: str) -> bool:
    return find_service(pid) == service


def list_memory_groups(base: str) -> Iterator[str]:
    """Yield the directories of the memory groups that this process is in, the outermost first."""
    yield base
    for line in (read_kernel_file("/proc/self/cgroup") or "").splitlines():
        _number, controllers, path = line.split(":", 2)
        if controllers == "" or "memory" in controllers.split(","):
            parts = [part for part in path.split("/") if part and part != ".."]
            for count in range(1, len(parts) + 1):
                yield os.path.join(base, *parts[:count])
