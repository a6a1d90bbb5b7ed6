# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes as /proc shows them. A pid alone is never an identity: a pid and its start time are."""

from __future__ import annotations

import os
import signal
import socket
import struct
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Callable

from .account import Account
from .privileges import run_as

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Stat:
    pid: int
    name: str
    state: str
    parent: int
    group: int
    session: int
    start: int

    @property
    def alive(self) -> bool:
        return self.state not in ("Z", "X", "x")


def read_text(path: str, limit: int = 1 << 20) -> str | None:
    try:
        with open(path, "rb") as stream:
            return stream.read(limit).decode("utf-8", "replace")
    except OSError:
        return None


def stat(pid: int) -> Stat | None:
    if pid <= 0:
        return None
    text = read_text(f"/proc/{pid}/stat")
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
        seen = stat(pid) if pid else None
        return cls(seen.pid, seen.start) if seen and seen.alive else None

    @property
    def alive(self) -> bool:
        seen = stat(self.pid)
        return seen is not None and seen.alive and seen.start == self.start

    def is_pid(self, pid: int) -> bool:
        return self.pid == pid

    @property
    def age(self) -> float:
        uptime = float((read_text("/proc/uptime") or "0").split()[0])
        return max(0.0, uptime - self.start / CLOCK_TICKS)

    @property
    def started_at(self) -> float:
        return time.time() - self.age

    def signal(self, number: int) -> bool:
        """Through a pidfd where the kernel has it: a pid used again meanwhile is never hit."""
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


def pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def table() -> dict[int, Stat]:
    found = (stat(pid) for pid in pids())
    return {seen.pid: seen for seen in found if seen is not None and seen.alive}


def command(pid: int) -> list[str]:
    text = read_text(f"/proc/{pid}/cmdline", 1 << 16)
    return text.rstrip("\0").split("\0") if text else []


def has_children(pid: int) -> bool | None:
    text = read_text(f"/proc/{pid}/task/{pid}/children")
    return None if text is None else bool(text.strip())


def family(root: int, processes: dict[int, Stat] | None = None) -> list[Process]:
    """The process and all that descend from it, itself first."""
    processes = table() if processes is None else processes
    children: dict[int, list[int]] = {}
    for seen in processes.values():
        children.setdefault(seen.parent, []).append(seen.pid)
    order, queue = [], [root]
    while queue:
        pid = queue.pop(0)
        if pid in processes and pid not in order:
            order.append(pid)
            queue += children.get(pid, [])
    return [Process(pid, processes[pid].start) for pid in order]


def kill_family(process: Process) -> int:
    """SIGKILL to a process, its descendants, and its group if it leads one of its own.

    Only processes of the same user are hit: others may be in the group, such as a setuid program's.
    """
    processes = table()
    leader = processes.get(process.pid)
    owner = owner_of(process.pid)
    if leader is None or leader.start != process.start or owner is None:
        return 0
    members = family(process.pid, processes)
    if leader.group == process.pid and leader.group != os.getpgrp():
        group = [Process(seen.pid, seen.start) for seen in processes.values() if seen.group == leader.group]
        members += [other for other in group if other not in members]
    members = of_user(members, owner[0])
    for member in members:
        member.signal(signal.SIGKILL)
    return len(members)


def of_user(processes: Iterable[Process], uid: int | None) -> list[Process]:
    """Those of the processes that run as the user; all of them if it is None."""
    if uid is None:
        return list(processes)
    owners = ((process, owner_of(process.pid)) for process in processes)
    return [process for process, owner in owners if owner is not None and owner[0] == uid]


def wait_gone(processes: Iterable[Process], timeout: float, interval: float = 0.01) -> bool:
    waiting = list(processes)
    deadline = time.monotonic() + timeout
    while True:
        waiting = [process for process in waiting if process.alive]
        if not waiting:
            return True
        if time.monotonic() >= deadline:
            return False
        time.sleep(interval)


def unit_of(pid: int) -> str:
    """The innermost service of the system's systemd that a process runs in, or an empty string."""
    for line in (read_text(f"/proc/{pid}/cgroup") or "").splitlines():
        controllers, path = line.split(":", 2)[1:]
        if controllers in ("", "name=systemd"):
            parts = path.split("/")
            # A user's own service manager can have units of any name below it.
            managers = [number for number, part in enumerate(parts) if part.startswith("user@")]
            parts = parts[: managers[0] + 1] if managers else parts
            services = [part for part in parts if part.endswith(".service")]
            if services:
                return services[-1]
    return ""


def in_unit(pid: int, unit: str) -> bool:
    return unit_of(pid) == unit


def peer_of(connection: socket.socket) -> int:
    """The process that called listen(2) on the other end of a unix connection."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", raw)[0])


def owner_of(pid: int) -> tuple[int, int] | None:
    """Effective user and group, read from a file nobody needs rights for."""
    found: dict[str, int] = {}
    for line in (read_text(f"/proc/{pid}/status") or "").splitlines():
        if line.startswith(("Uid:", "Gid:")):
            found[line[:3]] = int(line.split()[2])
    return (found["Uid"], found["Gid"]) if len(found) == 2 else None


def read_as_owner(pid: int, read: Callable[[], object]) -> object:
    """Runs `read` as the owner of a process: in a container root lacks CAP_SYS_PTRACE, its owner does not."""
    owner = owner_of(pid)
    if owner is None or os.geteuid() != 0 or owner[0] == 0:
        return None
    try:
        return run_as(Account(str(owner[0]), owner[0], owner[1]), read, timeout=2)
    except (OSError, RuntimeError, ValueError):
        return None


def socket_inodes(pid: int) -> set[int] | None:
    """Inodes of the sockets a process holds open; None if nobody may look."""

    def read() -> list[int]:
        found = []
        folder = f"/proc/{pid}/fd"
        for name in os.listdir(folder):
            try:
                target = os.readlink(f"{folder}/{name}")
            except FileNotFoundError:
                continue
            if target.startswith("socket:["):
                found.append(int(target[8:-1]))
        return found

    try:
        return set(read())
    except FileNotFoundError:
        return set()
    except PermissionError:
        answer = read_as_owner(pid, read)
        return set(answer) if isinstance(answer, list) else None


def memory_kb(members: Iterable[int]) -> int:
    """Proportional set size of the processes; where that is hidden, what each has for itself."""
    total = 0
    for pid in members:
        total += _proportional_kb(pid)
    return total


def _proportional_kb(pid: int) -> int:
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
        answer = read_as_owner(pid, read)
        if isinstance(answer, int):
            return answer
    except OSError:
        pass
    for line in (read_text(f"/proc/{pid}/status") or "").splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    return 0


# The name that the function above gets with the next change of this file.
read_stat = stat
