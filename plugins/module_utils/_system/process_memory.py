# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The memory that processes use."""

from __future__ import annotations

from collections.abc import Iterable

from .kernel_file import read_kernel_file
from .process_owner import run_as_owner


def measure_memory_kb(pids: Iterable[int]) -> int:
    """Return the proportional set size (PSS) of the processes; where it is hidden, their anonymous memory."""
    return sum(_measure_kb(pid) for pid in pids)


def _measure_kb(pid: int) -> int:
    def read() -> int:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii", errors="replace") as stream:
            for line in stream:
                if line.startswith("Pss:"):
                    return int(line.split()[1])
        return 0

    try:
        return read()
    except FileNotFoundError:
        pass
    except PermissionError:
        answer = run_as_owner(pid, read)
        if isinstance(answer, int):
            return answer
    except OSError:
        pass
    for line in (read_kernel_file(f"/proc/{pid}/status") or "").splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    return 0
