# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes as /proc shows them. A pid alone identifies no process: a pid and its start time do."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass

from .kernel_file import read_kernel_file

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Stat:
    """What /proc/<pid>/stat says; ``start`` is in clock ticks since the server was booted."""

    pid: int
    name: str
    state: str
    parent: int
    group: int
    session: int
    start: int

    @property
    def alive(self) -> bool:
        """False for a process that has ended and that its parent has not collected yet."""
        return self.state not in ("Z", "X", "x")


def read_stat(pid: int) -> Stat | None:
    """Return what the kernel says about a process; None where there is no such process."""
    if pid <= 0:
        return None
    text = read_kernel_file(f"/proc/{pid}/stat")
    if not text or ")" not in text:
        return None
    name = text[text.index("(") + 1 : text.rindex(")")]
    fields = text[text.rindex(")") + 2 :].split()
    parent, group, session, start = (int(fields[number]) for number in (1, 2, 3, 19))
    return Stat(pid, name, fields[0], parent, group, session, start)


@dataclass(frozen=True)
class Process:
    """One process for as long as it lives; a later process with the same pid is another one."""

    pid: int
    start: int

    @classmethod
    def find(cls, pid: int | None) -> Process | None:
        """Return the living process that has this pid now."""
        stat = read_stat(pid) if pid else None
        return cls(stat.pid, stat.start) if stat and stat.alive else None

    @property
    def alive(self) -> bool:
        stat = read_stat(self.pid)
        return stat is not None and stat.alive and stat.start == self.start

    def has_pid(self, pid: int) -> bool:
        return self.pid == pid

    @property
    def age(self) -> float:
        """Seconds since its start."""
        uptime = float((read_kernel_file("/proc/uptime") or "0").split()[0])
        return max(0.0, uptime - self.start / CLOCK_TICKS)

    @property
    def started_at(self) -> float:
        """Time of its start in seconds since 1970."""
        return time.time() - self.age

    def send_signal(self, number: int) -> bool:
        """Send a signal, through a pidfd where the kernel has it: a later process is never hit."""
        try:
            descriptor = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return False
        except OSError:
            return self._signal_pid(number)
        try:
            if not self.alive:
                return False
            signal.pidfd_send_signal(descriptor, number)
        except ProcessLookupError:
            return False
        except PermissionError:
            return self._signal_pid(number)
        finally:
            os.close(descriptor)
        return True

    def _signal_pid(self, number: int) -> bool:
        if not self.alive:
            return False
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return False
        return True


def list_pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def read_command(pid: int) -> list[str]:
    """Return the words of a command line. Every process chooses its own, so they prove nothing."""
    text = read_kernel_file(f"/proc/{pid}/cmdline", 1 << 16)
    return text.rstrip("\0").split("\0") if text else []


def read_owner(pid: int) -> tuple[int, int] | None:
    """Return the effective user and group, from a file that every user can read."""
    found: dict[str, int] = {}
    for line in (read_kernel_file(f"/proc/{pid}/status") or "").splitlines():
        if line.startswith(("Uid:", "Gid:")):
            found[line[:3]] = int(line.split()[2])
    return (found["Uid"], found["Gid"]) if len(found) == 2 else None


def has_children(pid: int) -> bool | None:
    """Return whether a process has children; None where the kernel does not say."""
    text = read_kernel_file(f"/proc/{pid}/task/{pid}/children")
    return None if text is None else bool(text.strip())


def list_family(root: int) -> list[Process]:
    """Return the process and all that descend from it, itself first."""
    return _select_family(root, _read_all_stats())


def kill_family(process: Process) -> int:
    """Send SIGKILL to a process, its descendants, and its group if it leads one; return how many there were.

    Only processes of the same user are hit: there may be others in the group, such as a setuid program's.
    """
    stats = _read_all_stats()
    leader = stats.get(process.pid)
    owner = read_owner(process.pid)
    if leader is None or leader.start != process.start or owner is None:
        return 0
    members = _select_family(process.pid, stats)
    if leader.group == process.pid and leader.group != os.getpgrp():
        group = [Process(stat.pid, stat.start) for stat in stats.values() if stat.group == leader.group]
        members += [other for other in group if other not in members]
    members = select_user(members, owner[0])
    for member in members:
        member.send_signal(signal.SIGKILL)
    return len(members)


def select_user(processes: Iterable[Process], uid: int | None) -> list[Process]:
    """Return those of the processes that run as the user; all of them if ``uid`` is None."""
    if uid is None:
        return list(processes)
    owners = ((process, read_owner(process.pid)) for process in processes)
    return [process for process, owner in owners if owner is not None and owner[0] == uid]


def wait_until_gone(processes: Iterable[Process], timeout: float, interval: float = 0.01) -> bool:
    """Return whether all of the processes ended within ``timeout`` seconds."""
    remaining = list(processes)
    deadline = time.monotonic() + timeout
    while True:
        remaining = [process for process in remaining if process.alive]
        if not remaining:
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(interval)


def _read_all_stats() -> dict[int, Stat]:
    found = (read_stat(pid) for pid in list_pids())
    return {stat.pid: stat for stat in found if stat is not None and stat.alive}


def _select_family(root: int, stats: dict[int, Stat]) -> list[Process]:
    children: dict[int, list[int]] = {}
    for stat in stats.values():
        children.setdefault(stat.parent, []).append(stat.pid)
    members, queue = [], [root]
    while queue:
        pid = queue.pop(0)
        if pid in stats and pid not in members:
            members.append(pid)
            queue += children.get(pid, [])
    return [Process(pid, stats[pid].start) for pid in members]
