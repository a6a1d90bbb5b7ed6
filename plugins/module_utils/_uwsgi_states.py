# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a wanted state and what is there to what has to be done."""

from __future__ import annotations

import os
import stat
import time

from ansible_collections.masonite.deploy.plugins.module_utils import _uwsgi_capacity as capacity
from ansible_collections.masonite.deploy.plugins.module_utils import _uwsgi_protocol as protocol
from ansible_collections.masonite.deploy.plugins.module_utils._system.process import command, memory_kb
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_context import Context
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_data import find_data
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_ending import Ending, clean
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_errors import InstanceError
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_files import make_directory
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_handover import Handover, explained
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_keeping import Keeping, make_runtime_dir
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_outcome import (
    Outcome,
    facts,
    promised,
    text,
    text_of,
)
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_plan import Planner
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_records import Lock
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_survey import (
    FOREIGN,
    OWN,
    STRANGER,
    Running,
    Survey,
    supervisor_of,
)
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_systemd import properties


class States:
    """One run of the module, under the lock."""

    def __init__(self, context: Context, planner: Planner | None) -> None:
        self.context = context
        self.order = context.order
        self.paths = context.paths
        self.planner = planner
        self.outcome = Outcome()
        self.survey: Survey
        self.live: Running | None = None

    def run(self) -> Outcome:
        self.context.on_step("prepare")
        self.context.links.check()
        if self.order.check_mode:
            self.act()
        elif self.planner is None and not os.path.isdir(self.paths.config_dir):
            # Nothing of ours has ever been here; only a foreign instance could have to go.
            self.act()
        else:
            with Lock(self.paths.lock, self.order.patience, self.make_config_dir) as lock:
                if lock.waited > 1:
                    self.context.warn(f"waited {lock.waited:.1f} s for another run on this instance")
                self.act()
        self.context.timings["total"] = time.monotonic() - self.context.begun
        return self.outcome

    def make_config_dir(self) -> bool:
        # Others may pass through to read their own configuration, which is all the app's user does here.
        return make_directory(self.paths.config_dir, 0o711, os.geteuid(), os.getegid())

    def act(self) -> None:
        self.context.on_step("survey")
        self.survey = self.context.survey()
        self.live = self.survey.live()
        self.refuse_strangers()
        if self.order.state in ("stopped", "absent"):
            Ending(self.context, self.survey, self.live, self.outcome).run()
        else:
            self.start()

    def refuse_strangers(self) -> None:
        live = self.live
        if live is None or live.origin == OWN:
            return
        if live.origin == STRANGER:
            pid = live.process.pid if live.process else 0
            raise InstanceError(
                f"{self.paths.socket} is served by process {pid or '?'} "
                f"({' '.join(command(pid)) or 'unknown'}), which is not uWSGI. Nothing was changed. "
                "End that program, or choose another socket.",
                stage="survey",
            )
        unit = ""
        if "systemd" in self.context.services:
            unit = supervisor_of(live, lambda name: int(properties(name, "MainPID").get("MainPID") or 0))
        if unit:
            raise InstanceError(
                f"{self.paths.socket} is served by the systemd service {unit}, which would start its "
                f"uWSGI again. Nothing was changed. Run `systemctl disable --now {unit}`, then run "
                "again.",
                stage="survey",
                reason="supervised",
            )

    # started, restarted, reloaded

    def start(self) -> None:
        if self.planner is None:
            raise AssertionError("this state comes with a plan")
        live = self.live
        mine = live is not None and live.origin == OWN and live.config == self.planner.config
        if mine and live is not None and live.alive and self.order.state == "started":
            if self.answers(live):
                Keeping(self.context, self.planner, self.survey, self.outcome).run(live)
                return
            self.context.warn(f"{live.name()} runs but does not answer; it is replaced")
        self.bring()

    def answers(self, live: Running) -> bool:
        """An answer is an answer, whatever it says: the same configuration would give the same one."""
        check, process = self.order.health, live.process
        if process is None:
            return False
        deadline = time.monotonic() + check.timeout
        try:
            try:
                answer = protocol.ask(self.paths.socket, check.packet, deadline, process.is_pid)
            except (protocol.NoListener, protocol.WrongPeer):
                # Its published socket is missing or wrong, which can be repaired while it serves.
                answer = protocol.ask(live.socket, check.packet, deadline, process.is_pid)
        except (protocol.NoListener, protocol.WrongPeer, protocol.TimedOut):
            return False
        except protocol.NoAnswer as error:
            self.context.warn(f"the live instance fails on GET {check.path}: {error}")
            return True
        if answer.status not in check.statuses:
            self.context.warn(
                f"the live instance answers {answer.status} to GET {check.path}, where "
                f"{check.statuses} is expected"
            )
        return True

    def bring(self) -> None:
        """Another instance has to become the live one."""
        if self.planner is None:
            raise AssertionError("this state comes with a plan")
        live = self.live
        plan = self.planner.plan(self.free_id(live))
        self.outcome.changed = True
        self.outcome.before = text_of(live, self.context.records)
        self.outcome.after = text(
            plan, self.context.records.environment(live.id) if live and live.id else None
        )
        if live is not None and live.origin == FOREIGN:
            self.warn_of_data(live)
        self.context.previous = facts(live, self.context)
        self.outcome.instance = promised(plan)
        if self.order.check_mode:
            self.context.strategy = self.choose_strategy(live)
            return
        self.preflight()
        make_runtime_dir(self.context, self.planner.account)
        clean(self.context, self.survey.leftovers(live))
        strategy = self.choose_strategy(live)
        self.context.strategy = strategy if live and live.members else "start"
        # A dead one of the same id is not replaced but revived.
        handover = Handover(self.context, plan, live if live and live.id != plan.files.id else None)
        steps = handover.one_at_a_time if strategy == "restart" else handover.overlapping
        explained(self.context, steps, plan, touched=strategy == "restart")
        self.outcome.instance = facts(self.context.survey().own(plan.files.id), self.context)

    def warn_of_data(self, live: Running) -> None:
        """A uWSGI that a person has set up may have its database in its working directory."""
        if self.planner is None or live.process is None:
            raise AssertionError("a running process is replaced by that of a plan")
        settings = self.planner.settings
        reached = (settings.chdir, *settings.writable_paths, *settings.visible_paths, *settings.watch)
        folder, paths = find_data(live.process.pid, reached)
        if paths:
            self.context.warn(
                f"{live.name()}, which is to be replaced, works in {folder}, and its data stays in "
                f"{', '.join(paths)}: the new instance works in {settings.chdir} and does not use these "
                "files. Copy what it needs to where it looks for it; with the role masonite_app, the option "
                "masonite_app_adopt brings them along"
            )

    def preflight(self) -> None:
        if self.planner is None:
            raise AssertionError("this state comes with a plan")
        try:
            self.planner.preflight()
            self.check_public_dirs()
        except InstanceError as error:
            error.serving = self.context.serving()
            error.message += f" Nothing was changed. Serving now: {error.serving}."
            raise
        mode = os.stat(os.path.dirname(self.paths.socket)).st_mode if self.public_dir_exists() else 0
        if mode & stat.S_IWOTH:
            self.context.warn(
                f"{os.path.dirname(self.paths.socket)} is writable for everybody, so any user can "
                "take the place of the socket: chmod o-w it"
            )
        if os.geteuid() == 0 and self.planner.account.uid == 0:
            self.context.warn("the instance runs as root; give `user` an account of its own")

    def check_public_dirs(self) -> None:
        for path in self.context.links.public:
            folder = os.path.dirname(path)
            if os.path.isdir(folder) and not os.access(folder, os.W_OK):
                raise InstanceError(
                    f"{folder} cannot be written to, and the link {path} belongs there. Run as root, or "
                    "choose another path.",
                    stage="preflight",
                )

    def public_dir_exists(self) -> bool:
        return os.path.isdir(os.path.dirname(self.paths.socket))

    def free_id(self, live: Running | None) -> str:
        """The id of the configuration, or if an instance of it is running, one that tells them apart."""
        if self.planner is None:
            raise AssertionError("this state comes with a plan")
        taken = live.id if live and live.members else None
        candidate, number = self.planner.config, 1
        while candidate == taken:
            number += 1
            candidate = f"{self.planner.config}r{number}"
        return candidate

    def choose_strategy(self, live: Running | None) -> str:
        order = self.order
        if order.state == "restarted":
            return "restart"
        wanted = "handover" if order.state == "reloaded" and order.strategy == "restart" else order.strategy
        if live is None or not live.members or (order.memory_check == "ignore" and wanted != "auto"):
            return "handover" if wanted == "auto" else wanted
        if self.planner is None:
            raise AssertionError("this state comes with a plan")
        live_mb = memory_kb(member.pid for member in live.members) // 1024
        settings = self.planner.settings
        memory = capacity.preflight(
            live_mb, settings.processes, order.memory_per_process, order.memory_reserve
        )
        self.context.memory = memory
        if wanted == "restart" or memory.enough:
            return "restart" if wanted == "restart" else "handover"
        if wanted == "auto":
            self.context.warn("restarting instead of handing over, because " + memory.sentence())
            return "restart"
        if order.memory_check == "fail":
            raise InstanceError(
                f"there is no room for a handover: {memory.sentence()}. Nothing was changed. Serving "
                f"now: {self.context.serving()}. Use strategy auto or restart, fewer processes, or a "
                "lower memory_reserve.",
                stage="capacity",
            )
        self.context.warn("memory may run out during the handover: " + memory.sentence())
        return "handover"
