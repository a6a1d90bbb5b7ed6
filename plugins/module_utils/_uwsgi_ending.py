# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The states `stopped` and `absent`, and the clearing away of what killed runs left."""

from __future__ import annotations

import os
import shutil

from ansible_collections.masonite.deploy.plugins.module_utils import _uwsgi_links as links
from ansible_collections.masonite.deploy.plugins.module_utils._system.process import kill_family, wait_gone
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_context import Context
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_handover import retire
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_outcome import Outcome, facts, text_of
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_records import CANDIDATE, STOPPED
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_survey import (
    FOREIGN,
    OWN,
    Running,
    Survey,
)
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_systemd import SystemdService


class Ending:
    def __init__(self, context: Context, survey: Survey, live: Running | None, outcome: Outcome) -> None:
        self.context = context
        self.order = context.order
        self.paths = context.paths
        self.survey = survey
        self.live = live
        self.outcome = outcome

    def run(self) -> None:
        live = self.live
        found = self.survey.leftovers(live) + ([live] if live else [])
        absent = self.order.state == "absent"
        # A stopped instance keeps its configuration, which is no reason to stop it again.
        active = [running for running in found if absent or not self.at_rest(running)]
        public = self.public_left(absent)
        traces = [path for path in self.own_directories() if os.path.lexists(path)] if absent else []
        self.outcome.changed = bool(active or public or traces)
        self.outcome.before = text_of(live, self.context.records) if live and live.members else public
        self.context.previous = facts(live, self.context) if live and live.members else None
        if self.order.check_mode or not self.outcome.changed:
            return
        units = any(running.manager == "systemd" for running in active)
        self.context.links.drop(public)
        for running in active:
            self.retire_one(running, forget=absent or running is not live)
        self.context.links.settle()
        if absent:
            # A foreign uWSGI may have written its own again while it went.
            self.context.links.drop(self.public_left(True))
            for path in self.own_directories():
                shutil.rmtree(path, ignore_errors=True)
            service = self.context.service("systemd")
            if units and isinstance(service, SystemdService):
                service.reload()

    def at_rest(self, running: Running) -> bool:
        return not running.members and running.record is not None and running.record.state == STOPPED

    def public_left(self, absent: bool) -> list[str]:
        """Public paths to remove: while stopped, the files of the release stay reachable."""
        wanted = [self.paths.socket, self.paths.pidfile] + ([self.paths.root or ""] if absent else [])
        return [path for path in wanted if path and links.look(path).kind != "missing"]

    def own_directories(self) -> list[str]:
        return [self.paths.runtime_dir, self.paths.public_dir, self.paths.config_dir]

    def retire_one(self, running: Running, forget: bool) -> None:
        lost = retire(self.context, running)
        if running.origin == FOREIGN:
            self.context.warn(
                f"ended uWSGI process {running.process.pid if running.process else '?'}, which was "
                f"started by somebody else; {lost.queued} queued and {lost.in_flight} running "
                "requests were lost"
            )
            return
        if forget or running.record is None:
            self.context.forget(running)
            return
        for path in running.files.runtime if running.files else ():
            self.context.runtime.remove(os.path.basename(path))
        self.context.publisher.forget(running.id or "")
        running.record.state, running.record.pid, running.record.start = STOPPED, 0, 0
        self.context.service(running.manager).forget(running.id or "")
        self.context.records.save(running.record)


def clean(context: Context, leftovers: list[Running]) -> None:
    """What a killed run left: a candidate never had visitors, anything else may have."""
    for running in leftovers:
        state = running.record.state if running.record else ""
        if running.origin == OWN and state == CANDIDATE:
            context.service(running.manager).kill(running.id or "")
            members = running.members
            for member in members:
                kill_family(member)
            wait_gone(members, 5)
        else:
            retire(context, running)
        context.forget(running)
