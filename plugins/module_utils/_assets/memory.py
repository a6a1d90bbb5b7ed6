# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether there is memory for a build."""

from __future__ import annotations

from .._system.server_memory import read_memory_limits, read_server_memory

# Measured with the app that `masonite new` makes: 240 MB for npm, 200 MB for Vite, one after the other.
NEEDED = 300 << 20

MEMORY_HINT = "Give the server swap, or build elsewhere: commit the built files and set build: []."


def describe_low_memory(meminfo: str = "/proc/meminfo") -> str:
    """Return a sentence for a person if there is less memory than a small build needs; or else nothing."""
    _total, available = read_server_memory(meminfo)
    free = [available + read_free_swap(meminfo), *(limit - used for limit, used in read_memory_limits())]
    least = min(free)
    if least >= NEEDED:
        return ""
    return (
        f"A build with npm needs {NEEDED >> 20} MB of memory or more, and {max(0, least) >> 20} MB are free. "
        f"If it is killed: {MEMORY_HINT}"
    )


def read_free_swap(meminfo: str = "/proc/meminfo") -> int:
    """Return free swap in bytes."""
    try:
        with open(meminfo, encoding="ascii") as stream:
            for line in stream:
                if line.startswith("SwapFree:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return 0
