# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends an instance without losing what visitors have already asked of it."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass

from ansible_collections.masonite.deploy.plugins.module_utils import _uwsgi_listeners as listeners
from ansible_collections.masonite.deploy.plugins.module_utils._system.process import (
    Process,
    kill_family,
    stat,
    wait_gone,
)
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_files import RuntimeDir
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_survey import Running, uid_of

INTERVAL = 0.012
TIMES_EMPTY = 3
# A worker this young may not have set up its signal handlers when its master passes the quit on.
YOUNG = 2.0


@dataclass
class Lost:
    queued: int = 0
    in_flight: int = 0
    killed: bool = False

    def add(self, other: Lost) -> None:
        self.queued += other.queued
        self.in_flight += other.in_flight
        self.killed = self.killed or other.killed


def drain(running: Running, timeout: float) -> int:
    """Waits until no connection waits on the old listener; returns how many still do at the deadline."""
    if running.listener is None:
        return 0
    deadline = time.monotonic() + timeout
    empty = 0
    while True:
        waiting = listeners.queued(running.listener)
        if waiting is None:
            time.sleep(10 * INTERVAL)
            return 0
        empty = 0 if waiting else empty + 1
        if empty >= TIMES_EMPTY:
            return 0
        if waiting and time.monotonic() >= deadline:
            return waiting
        time.sleep(INTERVAL)


def leave(running: Running, runtime: RuntimeDir, timeout: float) -> Lost:
    """Asks the instance to finish its requests and go; after the deadline it is killed."""
    members = running.members
    if not members:
        return Lost()
    deadline = time.monotonic() + timeout
    if running.files and running.process and _ask_to_quit(running, runtime, running.process, deadline):
        wait_gone(members, 0.5)
    else:
        _wait_idle(running, deadline)
        # A master first, so that it does not replace the workers; without one each has to be told.
        for process in members:
            process.signal(signal.SIGINT)
        wait_gone(members, max(0.0, min(5.0, deadline - time.monotonic())))
    left = [process for process in members if process.alive]
    if not left:
        return Lost()
    name = running.listener.name if running.listener else running.socket
    lost = Lost(0, listeners.in_flight(name) or 0, True)
    for process in left:
        kill_family(process)
    wait_gone(left, 5.0)
    return lost


def _ask_to_quit(running: Running, runtime: RuntimeDir, master: Process, deadline: float) -> bool:
    """`q` into the master's fifo. False if it could not be asked; True once it has gone or time is up."""
    fifo, uid = f"{running.id}.fifo", uid_of(master)
    if not runtime.write_fifo(fifo, b"q", uid):
        return False
    young = master.age < YOUNG
    repeat = time.monotonic() + 0.5
    while master.alive and time.monotonic() < deadline:
        time.sleep(INTERVAL)
        # The master looks for ended workers once a second unless something wakes it, as a blank does.
        runtime.write_fifo(fifo, b" ", uid)
        if young and time.monotonic() > repeat:
            repeat += 0.5
            for child in _children(running, master):
                child.signal(signal.SIGHUP)
    return True


def _children(running: Running, master: Process) -> list[Process]:
    parents = ((process, stat(process.pid)) for process in running.members)
    return [process for process, seen in parents if seen and seen.parent == master.pid]


def _wait_idle(running: Running, deadline: float) -> None:
    """For one that cannot be asked: until no request is in flight, there is nothing to lose then."""
    name = running.listener.name if running.listener else running.socket
    idle = 0
    while idle < TIMES_EMPTY and time.monotonic() < deadline:
        idle = 0 if listeners.in_flight(name) else idle + 1
        time.sleep(INTERVAL)
