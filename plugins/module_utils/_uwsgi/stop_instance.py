# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stop an instance: drain it, let it quit gracefully, and report what was lost."""

from __future__ import annotations

import signal
import time

from .._system.process import Process, kill_family, read_owner, read_stat, wait_until_gone
from .._system.unix_listener import count_in_flight
from .drain import drain
from .instance import Instance
from .lost_requests import LostRequests
from .progress import Progress
from .run_options import RunOptions
from .runtime_directory import RuntimeDirectory
from .service_manager import ServiceManager

INTERVAL = 0.012  # seconds
TIMES_IDLE = 3
# A worker this young may not have set up its signal handlers when its master passes the quit on.
YOUNG = 2.0


def stop_instance(
    instance: Instance,
    manager: ServiceManager,
    runtime: RuntimeDirectory,
    options: RunOptions,
    progress: Progress,
) -> LostRequests:
    """Stop an instance whose socket visitors are not sent to any more."""
    lost = LostRequests()
    if instance.members:
        progress.enter("drain")
        with progress.timed("drain"):
            lost.queued = drain(instance.listener, options.drain_timeout)
    progress.enter("quit")
    with progress.timed("quit"):
        if instance.id:
            manager.disable(instance.id)
        lost.add(quit_gracefully(instance, runtime, options.stop_timeout))
        if instance.id:
            wait = lost.killed or options.state in ("stopped", "absent")
            manager.confirm_stopped(instance.id, wait=wait)
    progress.lost.add(lost)
    if lost.killed or lost.queued:
        progress.warn(
            f"{instance.describe()} did not finish within drain_timeout {options.drain_timeout} s and "
            f"stop_timeout {options.stop_timeout} s and was killed; lost: {lost.queued} queued, "
            f"{lost.in_flight} running requests"
        )
    return lost


def quit_gracefully(instance: Instance, runtime: RuntimeDirectory, timeout: float) -> LostRequests:
    """Ask the instance to finish its requests and end; after the timeout it is killed."""
    members = instance.members
    if not members:
        return LostRequests()
    deadline = time.monotonic() + timeout
    interrupted = 0
    if instance.files and instance.process and _ask_to_quit(instance, runtime, instance.process, deadline):
        wait_until_gone(members, 0.5)
    else:
        _wait_until_idle(instance, deadline)
        # SIGINT ends a request: what is in flight now is lost, also where the process is gone at once.
        interrupted = count_in_flight(_listener_name(instance)) or 0
        # The master first, so that it does not replace the workers; without one each gets the signal.
        for process in members:
            process.send_signal(signal.SIGINT)
        wait_until_gone(members, max(0.0, min(5.0, deadline - time.monotonic())))
    remaining = [process for process in members if process.alive]
    if not remaining:
        return LostRequests(0, interrupted, interrupted > 0)
    lost = LostRequests(0, max(interrupted, count_in_flight(_listener_name(instance)) or 0), True)
    for process in remaining:
        kill_family(process)
    wait_until_gone(remaining, 5.0)
    return lost


def _ask_to_quit(instance: Instance, runtime: RuntimeDirectory, master: Process, deadline: float) -> bool:
    """Write `q` into the master's fifo.

    Return False if that was not possible; True when the master has ended or the time is up.
    """
    owner = read_owner(master.pid)
    fifo, uid = f"{instance.id}.fifo", owner[0] if owner else -1
    if not runtime.write_fifo(fifo, b"q", uid):
        return False
    is_young = master.age < YOUNG
    repeat = time.monotonic() + 0.5
    while master.alive and time.monotonic() < deadline:
        time.sleep(INTERVAL)
        # The master looks for ended workers once a second unless something wakes it, as a blank does.
        runtime.write_fifo(fifo, b" ", uid)
        if is_young and time.monotonic() > repeat:
            repeat += 0.5
            for child in _list_children(instance, master):
                child.send_signal(signal.SIGHUP)
    return True


def _list_children(instance: Instance, master: Process) -> list[Process]:
    stats = ((process, read_stat(process.pid)) for process in instance.members)
    return [process for process, stat in stats if stat and stat.parent == master.pid]


def _wait_until_idle(instance: Instance, deadline: float) -> None:
    """Wait until no request is in flight, for an instance without a fifo: then nothing can be lost."""
    idle = 0
    while idle < TIMES_IDLE and time.monotonic() < deadline:
        idle = 0 if count_in_flight(_listener_name(instance)) else idle + 1
        time.sleep(INTERVAL)


def _listener_name(instance: Instance) -> str:
    return instance.listener.name if instance.listener else instance.socket
