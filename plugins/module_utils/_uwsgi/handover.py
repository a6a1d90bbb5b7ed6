# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make a candidate live, and stop what was live before.

Start the candidate on a private socket, wait until it answers there, let the public socket lead to it by one
rename, drain the old instance, let it quit. Until the switch nothing that a visitor reaches is changed; until
the old instance quits, one rename brings it back.
"""

from __future__ import annotations

import time

from .._system.process import Process, kill_family, wait_until_gone
from .._system.unix_socket import find_listening_pid
from .context import Context
from .errors import InstanceError
from .exit_code import APP_NOT_LOADED
from .instance import FOREIGN, Instance
from .log_cause import is_about_module
from .lost_requests import LostRequests
from .plan import Plan
from .planner import make_plan_of_record
from .readiness import Readiness
from .record import LIVE, STOPPED, SWITCHED, Record
from .service_manager import StartedInstance
from .stop_instance import stop_instance
from .verification import verify


class Handover:
    """``previous`` is what was live before; None where nothing was, or nothing that has to be stopped."""

    def __init__(self, context: Context, plan: Plan, previous: Instance | None) -> None:
        self.context = context
        self.options = context.options
        self.progress = context.progress
        self.plan = plan
        self.previous = previous
        self.manager = context.manager(plan.configuration.manager)
        self.record: Record = plan.create_record(time.time())
        self.started: StartedInstance | None = None
        self.process: Process | None = None
        self.is_previous_stopped = False

    # The strategies

    def handover(self) -> None:
        """Let the old and the new instance run side by side until the new one has passed its checks."""
        self._refuse_taken_socket()
        try:
            self._start_candidate()
        except BaseException as error:
            self._discard_candidate(error)
            raise
        self._verify_or_restore(switch=True)

    def restart(self) -> None:
        """Stop the old instance first: for a server too small for two. Visitors notice the gap."""
        previous = self.previous
        self._refuse_taken_socket()
        self.progress.enter("stop_previous")
        if previous and previous.members:
            self.context.links.remove([self.context.paths.socket])
            self._stop(previous)
            if previous.record:
                # Its configuration stays, to start it again if the candidate fails.
                previous.record.state = STOPPED
                self.context.records.write_record(previous.record)
            self.is_previous_stopped = True
        try:
            self._start_candidate()
        except BaseException as error:
            self._discard_candidate(error)
            if previous and previous.record:
                self._start_again(previous)
            raise
        self._verify_or_restore(switch=True)

    def resume(self, record: Record, process: Process | None) -> None:
        """Continue after a run that was killed between the switch and the end of the old instance."""
        self.record, self.process = record, process
        self.manager.enable(self.plan.files.id)
        self._verify_or_restore(switch=False)

    # Until the switch

    def _refuse_taken_socket(self) -> None:
        """uWSGI silently takes a socket path away from a process that listens there."""
        pid = find_listening_pid(self.plan.files.socket)
        if pid is not None:
            raise InstanceError(
                f"{self.plan.files.socket} is already served by process {pid or '?'}, which is not "
                f"known to be an instance of {self.plan.paths.name}",
                "start",
                options=["runtime_dir"],
            )

    def _start_candidate(self) -> None:
        self._start()
        self._wait_until_healthy()
        self._publish()

    def _start(self) -> None:
        self.progress.enter("start")
        self.context.records.write_plan(self.plan, self.record)
        self.manager.write_service(self.plan)
        started = time.monotonic()
        self.started = self.manager.start(self.plan)
        held = self.started.held_pid()
        if held is not None:
            self._record_process(held)
        self.started.proceed()
        self.progress.timings["start"] += time.monotonic() - started
        self.progress.enter("started")

    def _record_process(self, pid: int | None) -> None:
        self.process = Process.find(pid)
        if self.process:
            self.record.pid, self.record.start = self.process.pid, self.process.start
            self.context.records.write_record(self.record)

    def _wait_until_healthy(self) -> None:
        self.progress.enter("health")
        started, options = self._started(), self.options
        readiness = Readiness(started, self.plan.files.socket, options.health, options.start_timeout)
        try:
            readiness.wait()
        finally:
            loaded = readiness.loaded or time.monotonic()
            self.progress.timings["start"] += loaded - readiness.started
            self.progress.timings["health"] += time.monotonic() - loaded
        if not started.wait_until_started(options.start_timeout):
            raise InstanceError(
                "systemd does not count it as started",
                "start",
                options=["start_timeout"],
                rc=started.exit_code(),
            )
        if self.process is None:
            self._record_process(started.main_pid())

    def _started(self) -> StartedInstance:
        if self.started is None:
            raise RuntimeError("the candidate has not been started")
        return self.started

    def _publish(self) -> None:
        """Publish the socket where systemd has not done so when it started the unit."""
        if self.plan.publishes:
            self.progress.enter("publish")
            with self.progress.timed("switch"):
                self._publish_socket(self.plan, self._started())

    def _publish_socket(self, plan: Plan, started: StartedInstance) -> None:
        publisher, uid = self.context.publisher, plan.account.uid
        if not publisher.is_published(plan.files, uid, started.owns):
            publisher.publish(plan.files, uid, started.owns)

    # From the switch to the end

    def _verify_or_restore(self, switch: bool) -> None:
        try:
            if switch:
                self._switch()
            self._confirm_switch()
            if self.options.verify:
                self.progress.enter("verify")
                with self.progress.timed("verify"):
                    verify(self.options.verify)
        except (InstanceError, OSError) as error:
            self._restore_previous(error)
            raise
        self.record.state = LIVE
        self.record.previous_links = {}
        self.context.records.write_record(self.record)
        self.context.links.remove_restore_point()
        if self.previous:
            self._stop_previous(self.previous)
        self._finish()

    def _switch(self) -> None:
        context = self.context
        self.progress.enter("switch")
        with self.progress.timed("switch"):
            self.manager.enable(self.plan.files.id)
            self.record.state = SWITCHED
            self.record.previous_links = context.links.create_restore_point()
            self.record.replaces = self.previous.to_record() if self.previous else {}
            context.records.write_record(self.record)
            context.links.switch(self.plan.files, self.plan.configuration.chdir, self.plan.entrance)
        self.progress.enter("switched")

    def _confirm_switch(self) -> None:
        """The public socket must lead to the process that was checked."""
        pid = self.process.pid if self.process else self.record.pid
        found = find_listening_pid(self.context.paths.socket)
        if found not in (pid, 0):
            raise InstanceError(
                f"after the switch {self.context.paths.socket} was answered by process "
                f"{found or 'none'} instead of {pid}",
                "switch",
            )

    def _stop_previous(self, previous: Instance) -> None:
        if not self.is_previous_stopped:
            self._stop(previous)
        self.context.remove_files(previous)

    def _stop(self, instance: Instance) -> LostRequests:
        context = self.context
        manager = context.manager(instance.manager)
        lost = stop_instance(instance, manager, context.runtime, self.options, self.progress)
        if instance.origin == FOREIGN and instance.process and instance is self.previous:
            self.progress.warn(
                f"took over from uWSGI process {instance.process.pid}, which this module had not started and "
                f"which has ended now; {lost.queued} queued and {lost.in_flight} running requests were lost"
            )
        return lost

    def _finish(self) -> None:
        context = self.context
        self.progress.enter("finish")
        if self.record.replaces:
            self.record.replaces = {}
            context.records.write_record(self.record)
        # A foreign uWSGI with `vacuum` removes the path of its pidfile as it ends, whatever is there by then.
        targets = (self.plan.files, self.plan.configuration.chdir, self.plan.entrance)
        if context.links.list_wrong(*targets):
            context.links.switch(*targets)
        self._confirm_switch()

    # After a failure

    def _add_log(self, error: BaseException) -> None:
        """Give an error the log of the candidate, and say if the log is about the option `module`."""
        if isinstance(error, InstanceError) and self.started:
            error.log = error.log or self.started.read_log()
            module = self.plan.configuration.module
            if error.rc == APP_NOT_LOADED and is_about_module(error.log, module):
                error.options.append("module")

    def _discard_candidate(self, error: BaseException) -> None:
        """Kill the candidate, which no visitor has reached, and remove its files."""
        instance_id = self.plan.files.id
        self.manager.kill(instance_id)
        if self.process:
            kill_family(self.process)
        if self.started:
            self.started.collect()
        self._add_log(error)
        candidate = self.context.find_own(instance_id)
        for member in candidate.members:
            kill_family(member)
        wait_until_gone(candidate.members, 5)
        self.context.remove_files(candidate)

    def _restore_previous(self, error: Exception) -> None:
        """Let the previous instance serve again; the candidate finishes what visitors asked it meanwhile."""
        context, stage = self.context, self.progress.stage
        context.links.restore(self.record.previous_links)
        self._add_log(error)
        candidate = context.find_own(self.plan.files.id)
        self._stop(candidate)
        if self.previous and self.previous.record and not self.previous.alive:
            self._start_again(self.previous)
        context.remove_files(candidate)
        context.links.remove_restore_point()
        self.progress.stage = stage

    def _start_again(self, previous: Instance) -> None:
        """Start the previous instance, which was stopped first, exactly as it was."""
        context, options, record = self.context, self.options, previous.record
        if record is None:
            return
        plan = make_plan_of_record(
            context.paths,
            record,
            context.records.read_ini(record.id),
            context.records.read_environment(record.id),
        )
        manager = context.manager(record.manager)
        try:
            started = manager.start(plan)
            if started.held_pid() is not None:
                _note_process(record, started)
                context.records.write_record(record)
            started.proceed()
            Readiness(started, plan.files.socket, options.health, options.start_timeout).wait()
            started.wait_until_started(options.start_timeout)
            if plan.publishes:
                self._publish_socket(plan, started)
        except InstanceError as error:
            self.progress.warn(f"{previous.describe()} could not be started again: {error.message}")
            return
        record.state = LIVE
        _note_process(record, started)
        context.records.write_record(record)
        manager.enable(record.id)
        context.links.switch(plan.files, record.chdir, plan.entrance)


def _note_process(record: Record, started: StartedInstance) -> None:
    process = Process.find(started.main_pid())
    record.pid, record.start = (process.pid, process.start) if process else (0, 0)
