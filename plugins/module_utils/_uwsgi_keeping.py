# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wanted instance is live already: finish what a killed run began, repair what was damaged."""

from __future__ import annotations

import os
import time

from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_context import Context
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_ending import clean
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_files import (
    Account,
    make_directory,
    read_pidfile,
    write_atomically,
)
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_handover import Handover, explained
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_outcome import Outcome, facts, text
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_plan import Planner, new_record
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_records import LIVE, Record
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_service import Plan
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_survey import Running, Survey
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_systemd import SystemdService
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_unit import unit_environment


def make_runtime_dir(context: Context, who: Account) -> bool:
    """Setgid, so that sockets get the web server's group while the process itself does not have it."""
    for path in context.links.public:
        os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
    changed = make_directory(context.paths.runtime_dir, 0o2750, who.uid, who.socket_gid)
    return (who.needs_publishing and context.publisher.prepare(who)) or changed


class Keeping:
    def __init__(self, context: Context, planner: Planner, survey: Survey, outcome: Outcome) -> None:
        self.context = context
        self.order = context.order
        self.paths = context.paths
        self.planner = planner
        self.survey = survey
        self.outcome = outcome

    def run(self, live: Running) -> None:
        """It is what it should be; finish or clean up what a killed run left behind."""
        if live.id is None:
            raise AssertionError("only an instance of a plan is kept")
        plan = self.planner.plan(live.id)
        unproven = live.record is not None and live.record.state != LIVE
        repairs = self.repairs(live, plan)
        leftovers = self.survey.leftovers(live)
        changed = bool(unproven or repairs or leftovers)
        if not self.order.check_mode:
            changed = make_runtime_dir(self.context, plan.account) or changed
        if changed and not self.order.check_mode:
            if unproven and live.record is not None:
                self.resume(live, live.record, plan)
            clean(self.context, leftovers)
            self.repair(live, plan)
            live = self.context.survey().own(live.id)
        if not self.order.check_mode:
            changed = self.context.links.settle() or changed
        self.outcome.changed = changed
        self.outcome.instance = facts(live, self.context)
        same = text(plan)
        self.outcome.before = self.outcome.after = same
        if repairs:
            self.outcome.before = [f"# {path} is missing or wrong" for path in repairs] + same

    def resume(self, live: Running, record: Record, plan: Plan) -> None:
        """A run was killed between the switch and the end of the old instance: take it from there."""
        previous = self.survey.replaced(record)
        if previous is not None and not previous.members:
            previous = None
        handover = Handover(self.context, plan, previous)
        handover.record, handover.process = record, live.process
        handover.service.enable(plan.files.id)
        explained(self.context, handover.settle, plan, touched=True)

    def repairs(self, live: Running, plan: Plan) -> list[str]:
        """Paths that are not as they should be although the instance runs."""
        wrong = self.context.links.wrong(plan.files, plan.settings.chdir, plan.entrance)
        if plan.publishes and not self.is_published(live, plan):
            wrong.append(plan.files.published)
        if self.context.records.ini(plan.files.id) != plan.ini:
            wrong.append(plan.files.ini)
        if self.context.records.environment(plan.files.id) != unit_environment(plan.settings):
            wrong.append(plan.files.environment)
        record = live.record
        if record is None or record.environment or record.published != plan.publishes:
            wrong.append(plan.files.record)
        if not live.process or read_pidfile(plan.files.pidfile) != live.process.pid:
            wrong.append(plan.files.pidfile)
        service = self.context.service(plan.settings.manager)
        if isinstance(service, SystemdService) and not service.in_place(plan.files.id):
            wrong.append(self.paths.unit(plan.files.id))
        return wrong

    def is_published(self, live: Running, plan: Plan) -> bool:
        process = live.process
        return process is not None and self.context.publisher.is_published(
            plan.files, plan.account.uid, process.is_pid
        )

    def repair(self, live: Running, plan: Plan) -> None:
        wrong = self.repairs(live, plan)
        if not wrong:
            return
        record = live.record or new_record(plan, time.time())
        record.state, record.environment = LIVE, {}
        record.published, record.uid = plan.publishes, plan.account.uid
        if live.process:
            record.pid, record.start = live.process.pid, live.process.start
        self.write_config(plan, record)
        if live.process and plan.files.pidfile in wrong:
            name = os.path.basename(plan.files.pidfile)
            self.context.runtime.write_new(name, f"{live.process.pid}\n", plan.account)
        service = self.context.service(plan.settings.manager)
        service.prepare(plan)
        service.enable(plan.files.id)
        if live.process and plan.files.published in wrong:
            self.context.publisher.publish(plan.files, plan.account.uid, live.process.is_pid)
        self.context.links.switch(plan.files, plan.settings.chdir, plan.entrance)

    def write_config(self, plan: Plan, record: Record) -> None:
        write_atomically(plan.files.ini, plan.ini, 0o640, plan.account.gid)
        self.context.records.save_environment(plan.files.id, unit_environment(plan.settings))
        self.context.records.save(record)
