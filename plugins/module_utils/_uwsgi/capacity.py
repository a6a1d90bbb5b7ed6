# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether there is memory for two instances at once, with the figures and where they come from."""

from __future__ import annotations

from dataclasses import dataclass

from .._system.server_memory import read_memory_limits, read_server_memory

MB = 1 << 20


@dataclass(frozen=True)
class Capacity:
    available_mb: int
    needed_mb: int
    reserve_mb: int
    basis: str

    @property
    def is_enough(self) -> bool:
        return self.available_mb - self.needed_mb >= self.reserve_mb

    def describe(self) -> str:
        return (
            f"a second instance needs {self.needed_mb} MB ({self.basis}), {self.available_mb} MB are "
            f"available, and {self.reserve_mb} MB are to be kept free"
        )


def measure_capacity(live_mb: int, processes: int, per_process_mb: int, reserve_percent: int) -> Capacity:
    """Return the figures; where the memory of the live instance is unknown (0), they are an estimate."""
    total, available = read_server_memory()
    for limit, used in read_memory_limits():
        total = min(total, limit)
        available = min(available, max(0, limit - used))
    if live_mb:
        needed, basis = live_mb, "measured on the live instance"
    else:
        needed, basis = processes * per_process_mb, f"{processes} processes of {per_process_mb} MB"
    return Capacity(available // MB, needed, total * reserve_percent // 100 // MB, basis)
