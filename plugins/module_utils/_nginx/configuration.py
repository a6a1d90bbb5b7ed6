# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make NGINX's configuration what is wanted."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from pathlib import Path

from .._system.atomic_file import write_atomically
from .._system.symlink import replace_symlink
from .complaint import UNCHANGED
from .difference import file_difference, link_difference, mode_difference
from .duplicates import leave_out_duplicate
from .errors import NginxError
from .layout import find_user
from .log_files import MODE, close_log, find_open_mode
from .master import find_master, starts_at_boot
from .obsolete_program import is_obsolete_program, remove_program
from .options import Options
from .plan import Plan
from .planner import Planner
from .records import Records, sum_of
from .refusal import foreign_file_error
from .reload import is_reload_needed, reload_configuration
from .result import Result
from .step import Step
from .syntax_check import SyntaxCheck

FILE_MODE = 0o644


class Configuration:
    """NGINX's configuration on one server."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.config = options.config
        self.check = SyntaxCheck(options.config, options.executable)
        self.records = Records(options.records, options.config)
        self.planner = Planner(options.config, self.records, options.packages)
        self.result = Result()
        self.wanted = options.wanted

    def converge(self) -> Result:
        """Test the wanted configuration, write and load it. ``result`` has what was done, also on errors."""
        self._leave_out_waiting()
        plan = self._make_tested_plan()
        self._write_pages()
        self._execute(plan)
        # Before NGINX opens them: it would make them readable for all users.
        for site in self.wanted.sites:
            for log in site.logs:
                self._close_log(log)
        self._reload(has_changes=bool(plan.steps))
        self._remove_obsolete_program()
        self.result.running = find_master(self.config) is not None
        self.result.enabled = starts_at_boot()
        return self.result

    def _leave_out_waiting(self) -> None:
        """Leave out virtual hosts whose app does not serve yet, in whose place another one does."""
        if self.options.changes_nothing:
            return
        waiting = [
            site
            for site in self.wanted.sites
            if site.waits_for is not None
            and not os.path.lexists(site.waits_for)
            and self.planner.takes_place(site)
        ]
        self.result.waiting = [site.file.name.name for site in waiting]
        sites = tuple(site for site in self.wanted.sites if site not in waiting)
        self.wanted = replace(self.wanted, sites=sites)

    def _refuse_other_user(self) -> None:
        """The sockets of the apps, and the logs, are opened for NGINX's user."""
        found, wanted = find_user(self.config), self.options.user
        if found and wanted and found != wanted:
            raise NginxError(
                f"{self.config}/nginx.conf runs NGINX as user {found}, but nginx_user is {wanted}, who is "
                f"let into the sockets of the apps. Set nginx_user: {found} in the inventory. {UNCHANGED}",
                reason="other_user",
                options=["user"],
            )

    def _make_tested_plan(self) -> Plan:
        self._refuse_other_user()
        plan = self.planner.make_plan(self.wanted, self.options.assumed)
        if plan.foreign:
            raise foreign_file_error(plan.foreign, self.records.copies)
        if not plan.steps:
            return plan
        if self.check.is_possible():
            return self._leave_out_duplicates(plan)
        if self.options.changes_nothing:
            return plan
        raise NginxError(
            f"NGINX is not installed: {self.check.executable} or {self.config}/nginx.conf is missing. "
            "Run the role masonite.deploy.nginx on this server first.",
            reason="not_installed",
        )

    def _leave_out_duplicates(self, plan: Plan) -> Plan:
        """Return the plan without the directives that the server's owner has set in other files."""
        for _attempt in range(50):
            overlay = plan.overlay(plan.steps)
            found = leave_out_duplicate(self.check.find_complaints(overlay), overlay)
            if found is None:
                self.check.refuse_invalid(overlay)
                break
            name, content = found
            plan.assumed = {key: content if key == name else value for key, value in plan.assumed.items()}
            plan.groups = [
                [replace(step, content=content) if step.name == name else step for step in group]
                for group in plan.groups
            ]
        plan.groups = [[step for step in group if self.planner.is_change(step)] for group in plan.groups]
        return plan

    def _execute(self, plan: Plan) -> None:
        if self.options.changes_nothing:
            for name in plan.copied:
                self.result.add_copy(self.config / name, None)
            for step in plan.steps:
                self._report(step, self._difference(step))
            return
        for file in plan.unchanged:
            if self.records.read(file.name) != {sum_of(file.content)}:
                self.records.save(file.name, [file.content])
        steps = self._sort_safely(plan)
        for name in plan.copied:
            self.result.add_copy(self.config / name, self.records.keep_copy(name))
        for step in steps:
            difference = self._difference(step)
            self._make(step)
            self._report(step, difference)
        for name in plan.removed:
            self.records.remove(name)

    def _sort_safely(self, plan: Plan) -> list[Step]:
        """Return the steps in an order in which NGINX could start after each of them."""
        done: list[Step] = []
        for group in plan.groups:
            done += next((order for order in (group, group[::-1]) if self._is_safe(plan, done, order)), group)
        return done

    def _is_safe(self, plan: Plan, done: list[Step], order: list[Step]) -> bool:
        parts = [[*done, *order[:count]] for count in range(1, len(order))]
        return not any(
            "[warn]" not in line for part in parts for line in self.check.find_complaints(plan.overlay(part))
        )

    def _make(self, step: Step) -> None:
        path = self.config / step.name
        if step.target is not None:
            replace_symlink(path, str(step.target))
        elif step.content is None:
            path.unlink()
        else:
            found = self.planner.read(step.name)
            self.records.save(step.name, [*([found] if found is not None else []), step.content])
            self._write(path, step.content)
            self.records.save(step.name, [step.content])

    def _difference(self, step: Step) -> dict[str, str]:
        path = self.config / step.name
        if step.target is not None:
            return link_difference(path, step.target)
        return file_difference(path, self.planner.read(step.name), step.content)

    def _report(self, step: Step, difference: dict[str, str]) -> None:
        self.result.changes.append(step.describe(self.config))
        self.result.diff.append(difference)

    def _write_pages(self) -> None:
        for page in self.options.pages:
            found = page.path.read_bytes() if page.path.exists() else None
            if found == page.content and stat.S_IMODE(page.path.stat().st_mode) == FILE_MODE:
                continue
            if not self.options.changes_nothing:
                self._write(page.path, page.content)
            self.result.changes.append(f"wrote {page.path}")
            self.result.diff.append(file_difference(page.path, found, page.content))

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content, FILE_MODE)

    def _close_log(self, path: Path) -> None:
        is_open, mode = find_open_mode(path)
        if not is_open:
            return
        if not self.options.changes_nothing:
            close_log(path, self.options.log_user, self.options.log_group, exists=mode is not None)
        self.result.changes.append(f"closed {path} to other users")
        self.result.diff.append(mode_difference(path, mode, MODE))

    def _reload(self, *, has_changes: bool) -> None:
        if not is_reload_needed(self.config, has_changes=has_changes):
            return
        if not self.options.changes_nothing:
            reload_configuration(self.check)
            self.result.reloaded = True
        self.result.changes.append("loaded the configuration")
        self.result.diff.append({"prepared": "loaded the configuration\n"})

    def _remove_obsolete_program(self) -> None:
        path = self.options.obsolete_program
        if path is None or not is_obsolete_program(path):
            return
        if not self.options.changes_nothing:
            remove_program(path)
        self.result.changes.append(f"removed {path}")
