# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Choose between a handover and a restart."""

from __future__ import annotations

from .._system.process_memory import measure_memory_kb
from .capacity import Capacity, measure_capacity
from .context import Context
from .errors import InstanceError
from .instance import Instance


def choose_strategy(context: Context, live: Instance | None, processes: int) -> tuple[str, Capacity | None]:
    """Return `handover` or `restart`, and the figures if the memory was measured.

    Warns, or refuses, as the options say, if there is no memory for a handover.
    """
    options, warn = context.options, context.progress.warn
    wanted = _select_wanted(options.state, options.strategy)
    if options.state == "restarted":
        return wanted, None
    if live is None or not live.members or (options.memory_check == "ignore" and wanted != "auto"):
        return "handover" if wanted == "auto" else wanted, None
    live_mb = measure_memory_kb(member.pid for member in live.members) // 1024
    capacity = measure_capacity(live_mb, processes, options.memory_per_process, options.memory_reserve)
    if wanted == "restart" or capacity.is_enough:
        return "restart" if wanted == "restart" else "handover", capacity
    if wanted == "auto":
        warn("restarting instead of a handover, because " + capacity.describe())
        return "restart", capacity
    if options.memory_check == "fail":
        raise InstanceError(
            f"there is no room for a handover: {capacity.describe()}. Nothing was changed. Serving "
            f"now: {context.describe_serving()}. Use strategy auto or restart, fewer processes, or a "
            "lower memory_reserve.",
            "capacity",
            options=["strategy", "processes", "memory_check", "memory_reserve"],
        )
    warn("memory may run out during the handover: " + capacity.describe())
    return "handover", capacity


def _select_wanted(state: str, strategy: str) -> str:
    if state == "restarted":
        return "restart"
    return "handover" if state == "reloaded" and strategy == "restart" else strategy
