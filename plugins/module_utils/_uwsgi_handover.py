# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The way of a candidate to visitors, and of what served before to its end. Order and reasons:

start it on a private socket, wait until it answers there, point the public socket at it by one
rename, let the old one empty its queue, ask it to quit. Until the switch nothing a visitor sees is
touched; until the old one quits the way back is one rename too.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from ansible_collections.masonite.deploy.plugins.module_utils import _uwsgi_protocol as protocol
from ansible_collections.masonite.deploy.plugins.module_utils._system.process import (
    Process,
    kill_family,
    wait_gone,
)
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_check import Readiness, verify
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_context import Context
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_errors import (
    InstanceError,
    cause_in_log,
    describe_os_error,
)
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_files import write_atomically
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_plain import reap
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_plan import new_record, plan_again
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_records import (
    LIVE,
    STOPPED,
    SWITCHED,
    Record,
)
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_retire import Lost, drain, leave
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_service import Handle, Plan
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_survey import FOREIGN, Running
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_unit import unit_environment


class Handover:
    def __init__(self, context: Context, plan: Plan, previous: Running | None) -> None:
        self.context = context
        self.order = context.order
        self.plan = plan
        self.previous = previous
        self.service = context.service(plan.settings.manager)
        self.record: Record = new_record(plan, time.time())
        self.handle: Handle | None = None
        self.process: Process | None = None
        self.vacated = False

    # The two strategies

    def overlapping(self) -> None:
        """Old and new run side by side until the new one has proved itself."""
        self.refuse_occupied()
        try:
            self.start()
            self.wait_healthy()
            self.publish()
        except BaseException as error:
            self.discard(error)
            raise
        self.settle(switch=True)

    def one_at_a_time(self) -> None:
        """For a machine too small for two: visitors find nothing between the old and the new instance."""
        previous = self.previous
        self.refuse_occupied()
        self.context.on_step("vacate")
        if previous and previous.members:
            self.context.links.drop([self.context.paths.socket])
            self.end(previous, keep=True)
            self.vacated = True
        try:
            self.start()
            self.wait_healthy()
            self.publish()
        except BaseException as error:
            self.discard(error)
            if previous and previous.record:
                self.revive(previous)
            raise
        self.settle(switch=True)

    # Steps

    def start(self) -> None:
        self.context.on_step("start")
        plan = self.plan
        write_atomically(plan.files.ini, plan.ini, 0o640, plan.account.gid)
        self.context.records.save_environment(plan.files.id, unit_environment(plan.settings))
        self.context.records.save(self.record)
        self.service.prepare(plan)
        begun = time.monotonic()
        self.handle = self.service.start(plan)
        if self.service.kind == "none":
            self.note_process(self.handle.main_pid())
        self.handle.proceed()
        self.context.timings["start"] += time.monotonic() - begun
        self.context.on_step("started")

    def refuse_occupied(self) -> None:
        """uWSGI silently takes a socket path away from whoever listens there."""
        pid = protocol.peer(self.plan.files.socket)
        if pid is not None:
            raise InstanceError(
                f"{self.plan.files.socket} is already served by process {pid or '?'}, which is not "
                f"known to be an instance of {self.plan.paths.name}",
                stage="start",
            )

    def note_process(self, pid: int | None) -> None:
        self.process = Process.find(pid)
        if self.process:
            self.record.pid, self.record.start = self.process.pid, self.process.start
            self.context.records.save(self.record)

    def wait_healthy(self) -> None:
        self.context.on_step("health")
        if self.handle is None:
            raise AssertionError("start() comes first")
        ready = Readiness(self.handle, self.plan.files.socket, self.order.health, self.order.start_timeout)
        try:
            ready.wait()
        finally:
            loaded = ready.loaded or time.monotonic()
            self.context.timings["start"] += loaded - ready.begun
            self.context.timings["health"] += time.monotonic() - loaded
        if not self.handle.settle(self.order.start_timeout):
            raise InstanceError(
                "systemd does not count it as started", stage="start", rc=self.handle.exited()
            )
        if self.process is None:
            self.note_process(self.handle.main_pid())

    def publish(self) -> None:
        """Put the socket where its user cannot exchange it; systemd has done so when the unit has started."""
        if not self.plan.publishes or self.handle is None:
            return
        self.context.on_step("publish")
        files, uid = self.plan.files, self.plan.account.uid
        with self.context.timed("switch"):
            if not self.context.publisher.is_published(files, uid, self.handle.owns):
                self.context.publisher.publish(files, uid, self.handle.owns)

    def switch(self) -> None:
        context = self.context
        context.on_step("switch")
        with context.timed("switch"):
            self.service.enable(self.plan.files.id)
            self.record.state = SWITCHED
            self.record.way_back = context.links.remember()
            self.record.replaces = self.previous.for_record() if self.previous else {}
            context.records.save(self.record)
            context.links.switch(self.plan.files, self.plan.settings.chdir, self.plan.entrance)
        context.on_step("switched")

    def settle(self, switch: bool = False) -> None:
        """From the switch to the end: prove it to visitors, or go back."""
        try:
            if switch:
                self.switch()
            self.confirm()
            if self.order.verify:
                self.context.on_step("verify")
                with self.context.timed("verify"):
                    verify(self.order.verify)
        except (InstanceError, OSError) as error:
            self.go_back(error)
            raise
        self.record.state = LIVE
        self.record.way_back = {}
        self.context.records.save(self.record)
        self.context.links.settle()
        if self.previous:
            self.end(self.previous)
        self.finish()

    def confirm(self) -> None:
        """The public socket must lead to the process that was checked."""
        pid = self.process.pid if self.process else self.record.pid
        found = protocol.peer(self.context.paths.socket)
        if found not in (pid, 0):
            raise InstanceError(
                f"after the switch {self.context.paths.socket} was answered by process "
                f"{found or 'none'} instead of {pid}",
                stage="switch",
            )

    def end(self, running: Running, keep: bool = False) -> None:
        """Drains and quits an instance; with `keep` its configuration stays for a possible revival."""
        context = self.context
        if self.vacated:
            context.forget(running)
            return
        lost = retire(context, running)
        if running.origin == FOREIGN and running.process:
            self.tell_cost(running, lost)
        if keep:
            if running.record:
                running.record.state = STOPPED
                context.records.save(running.record)
        else:
            context.forget(running)

    def tell_cost(self, running: Running, lost: Lost) -> None:
        self.context.warn(
            f"took over from uWSGI process {running.process.pid if running.process else 0}, which was "
            f"started by somebody else and has ended now; {lost.queued} queued and {lost.in_flight} "
            "running requests were lost"
        )

    def finish(self) -> None:
        context = self.context
        context.on_step("finish")
        if self.record.replaces:
            self.record.replaces = {}
            context.records.save(self.record)
        # A foreign uWSGI with `vacuum` removes its pidfile's path as it goes, whatever lies there by then.
        public = (self.plan.files, self.plan.settings.chdir, self.plan.entrance)
        if context.links.wrong(*public):
            context.links.switch(*public)
        self.confirm()

    # The ways back

    def discard(self, error: BaseException) -> None:
        """The candidate never took a visitor: away with it, but keep what it said."""
        instance_id = self.plan.files.id
        self.service.kill(instance_id)
        if self.process:
            kill_family(self.process)
        if self.handle:
            reap(self.handle)
        if isinstance(error, InstanceError) and self.handle:
            error.log = error.log or self.handle.log()
        candidate = self.context.survey().own(instance_id)
        for member in candidate.members:
            kill_family(member)
        wait_gone(candidate.members, 5)
        self.context.forget(candidate)

    def go_back(self, error: Exception) -> None:
        """What served before serves again; the candidate may finish what visitors asked of it meanwhile."""
        context, step = self.context, self.context.step
        context.links.go_back(self.record.way_back)
        if isinstance(error, InstanceError) and self.handle:
            error.log = error.log or self.handle.log()
        candidate = context.survey().own(self.plan.files.id)
        retire(context, candidate)
        if self.previous and self.previous.record and not self.previous.alive:
            self.revive(self.previous)
        context.forget(candidate)
        context.links.settle()
        context.step = step

    def revive(self, previous: Running) -> None:
        """Starts again what was stopped to make room, exactly as it was."""
        context = self.context
        if previous.record is None or previous.id is None or previous.files is None:
            raise AssertionError("only an instance with a record is started again")
        records, record = context.records, previous.record
        plan = plan_again(context.paths, record, records.ini(previous.id), records.environment(previous.id))
        service = context.service(record.manager)
        try:
            handle = service.start(plan)
            if service.kind == "none":
                note_process(record, handle)
                records.save(record)
            handle.proceed()
            Readiness(handle, plan.files.socket, self.order.health, self.order.start_timeout).wait()
            handle.settle(self.order.start_timeout)
            if plan.publishes and not context.publisher.is_published(
                plan.files, plan.account.uid, handle.owns
            ):
                context.publisher.publish(plan.files, plan.account.uid, handle.owns)
        except InstanceError as error:
            context.warn(f"{previous.name()} could not be started again: {error.message}")
            return
        record.state = LIVE
        note_process(record, handle)
        records.save(record)
        service.enable(previous.id)
        context.links.switch(plan.files, record.chdir, plan.entrance)


def note_process(record: Record, handle: Handle) -> None:
    process = Process.find(handle.main_pid())
    record.pid, record.start = (process.pid, process.start) if process else (0, 0)


def retire(context: Context, running: Running) -> Lost:
    """Drains and ends one instance; what could not be saved is counted, never dropped silently."""
    order = context.order
    lost = Lost()
    if running.members:
        context.on_step("drain")
        with context.timed("drain"):
            lost.queued = drain(running, order.drain_timeout)
    context.on_step("quit")
    with context.timed("quit"):
        service = context.service(running.manager)
        if running.id:
            service.disable(running.id)
        lost.add(leave(running, context.runtime, order.stop_timeout))
        if running.id:
            service.stopped(running.id, thorough=lost.killed or order.state in ("stopped", "absent"))
    context.lost.add(lost)
    if lost.killed or lost.queued:
        context.warn(
            f"{running.name()} did not finish within drain_timeout {order.drain_timeout} s and "
            f"stop_timeout {order.stop_timeout} s and was killed; lost: {lost.queued} queued, "
            f"{lost.in_flight} running requests"
        )
    return lost


def explain(error: InstanceError, plan: Plan, serving: str, touched: bool) -> None:
    """Turns a failed step into what an operator needs: wanted, found, serving now, what to do."""
    cause = cause_in_log(error.log)
    said: list[str] = [error.message.rstrip(".") + "."]
    if cause:
        ending = " | ".join(line.strip() for line in cause).rstrip(".")
        said.append(f"Its log ends with: {ending}.")
    where, untouched = "did not come up", "" if touched else "The public socket was not touched. "
    if error.stage in ("switch", "switched", "verify"):
        where, untouched = "was switched back", ""
    elif error.stage in ("drain", "quit", "finish"):
        where, untouched = "serves, but what it replaced could not be cleared away", ""
    error.serving = serving
    error.message = (
        f"Instance {plan.files.id} of {plan.paths.name} ({plan.settings.chdir}) {where}: {' '.join(said)} "
        f"Serving now: {serving}. {untouched}Correct the cause and run again."
    )


def explained(context: Context, steps: Callable[[], None], plan: Plan, touched: bool) -> None:
    try:
        steps()
    except InstanceError as error:
        explain(error, plan, context.serving(), touched)
        raise
    except OSError as error:
        wrapped = InstanceError(describe_os_error(error), stage=context.step)
        explain(wrapped, plan, context.serving(), touched)
        raise wrapped from error
