# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The states `started`, `restarted` and `reloaded`: an instance of the wanted configuration is live."""

from __future__ import annotations

import time

from .._system.unix_socket import NoListener
from .context import Context
from .diff_lines import describe_live_lines, describe_plan_lines
from .directories import create_runtime_directories
from .discovery import Discovery
from .failure_report import explain_failure
from .foreign_process import warn_of_data
from .handover import Handover
from .instance import FOREIGN, OWN, Instance
from .instance_facts import describe_instance, describe_plan
from .leftovers import remove_leftovers
from .plan import Plan
from .planner import Planner
from .preflight import check_before_start
from .record import LIVE
from .repair import list_damage, repair
from .result import Result
from .strategy import choose_strategy
from .uwsgi_protocol import NoAnswer, TimedOut, WrongPeer, encode_request, send_request


class StartState:
    def __init__(
        self, context: Context, planner: Planner, discovery: Discovery, live: Instance | None
    ) -> None:
        self.context = context
        self.options = context.options
        self.progress = context.progress
        self.planner = planner
        self.discovery = discovery
        self.live = live
        self.result = Result()

    def apply(self) -> Result:
        live = self.live
        is_wanted = live is not None and live.origin == OWN and live.config_id == self.planner.config_id
        if live and live.id and is_wanted and live.alive and self.options.state == "started":
            if self._answers(live):
                self._converge(live, self.planner.make_plan(live.id))
                return self.result
            self.progress.warn(f"{live.describe()} runs but does not answer; it is replaced")
        self._make_live(self.planner.make_plan(self._choose_id(live)))
        return self.result

    # The wanted instance is live already

    def _answers(self, live: Instance) -> bool:
        """Any answer counts: another instance of the same configuration would give the same one."""
        check, process = self.options.health, live.process
        if process is None:
            return False
        request = encode_request(check.path, check.host, check.headers)
        deadline = time.monotonic() + check.timeout
        try:
            try:
                answer = send_request(self.context.paths.socket, request, deadline, process.has_pid)
            except (NoListener, WrongPeer):
                # Its published socket is missing or wrong, which can be repaired while it serves.
                answer = send_request(live.socket, request, deadline, process.has_pid)
        except (NoListener, WrongPeer, TimedOut):
            return False
        except NoAnswer as error:
            self.progress.warn(f"the live instance fails on GET {check.path}: {error}")
            return True
        if answer.status not in check.statuses:
            self.progress.warn(
                f"the live instance answers {answer.status} to GET {check.path}, where "
                f"{check.statuses} is expected"
            )
        return True

    def _converge(self, live: Instance, plan: Plan) -> None:
        """Finish what a killed run began, remove what it left, and repair what was damaged."""
        context, check_mode = self.context, self.options.check_mode
        is_unproven = live.record is not None and live.record.state != LIVE
        damage = list_damage(context, live, plan)
        leftovers = self.discovery.find_leftovers(live)
        changed = bool(is_unproven or damage or leftovers)
        if not check_mode:
            changed = create_runtime_directories(context.paths, plan.account) or changed
        if changed and not check_mode:
            if is_unproven:
                self._resume(live, plan)
            remove_leftovers(context, leftovers)
            repair(context, live, plan)
            live = context.find_own(plan.files.id)
        if not check_mode:
            changed = context.links.remove_restore_point() or changed
        self.result.changed = changed
        self.result.instance = describe_instance(live, context.paths)
        self.result.after = describe_plan_lines(plan)
        self.result.before = [f"# {path} is missing or wrong" for path in damage] + self.result.after

    def _resume(self, live: Instance, plan: Plan) -> None:
        """Continue after a run that was killed between the switch and the end of the old instance."""
        if live.record is None:
            return
        previous = self.discovery.find_replaced(live.record)
        if previous is not None and not previous.members:
            previous = None
        handover = Handover(self.context, plan, previous)
        with explain_failure(self.context, plan, is_public_socket_changed=True):
            handover.resume(live.record, live.process)

    # Another instance has to become live

    def _make_live(self, plan: Plan) -> None:
        context, live, result = self.context, self.live, self.result
        configuration = plan.configuration
        result.changed = True
        result.before = describe_live_lines(live, context.records)
        environment = context.records.read_environment(live.id) if live and live.id else None
        result.after = describe_plan_lines(plan, environment)
        if live is not None and live.origin == FOREIGN:
            warn_of_data(context, live, configuration)
        result.previous = describe_instance(live, context.paths)
        result.instance = describe_plan(plan)
        if self.options.check_mode:
            result.strategy, result.capacity = choose_strategy(context, live, configuration.processes)
            return
        check_before_start(context, configuration, plan.account)
        create_runtime_directories(context.paths, plan.account)
        remove_leftovers(context, self.discovery.find_leftovers(live))
        strategy, result.capacity = choose_strategy(context, live, configuration.processes)
        result.strategy = strategy if live and live.members else "start"
        # A dead instance with the same id is started again; it has no predecessor.
        previous = live if live and live.id != plan.files.id else None
        handover = Handover(context, plan, previous)
        with explain_failure(context, plan, is_public_socket_changed=strategy == "restart"):
            if strategy == "restart":
                handover.restart()
            else:
                handover.handover()
        result.instance = describe_instance(context.find_own(plan.files.id), context.paths)

    def _choose_id(self, live: Instance | None) -> str:
        """Return the id of the configuration, with a number if an instance of it runs under that id."""
        taken = live.id if live and live.members else None
        candidate, number = self.planner.config_id, 1
        while candidate == taken:
            number += 1
            candidate = f"{self.planner.config_id}r{number}"
        return candidate
