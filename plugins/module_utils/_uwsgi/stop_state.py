# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The states `stopped` and `absent`: no instance serves, and nothing of it is left."""

from __future__ import annotations

import os

from .._system.remove_tree import remove_tree
from .context import Context
from .diff_lines import describe_live_lines
from .discovery import Discovery
from .instance import FOREIGN, Instance
from .instance_facts import describe_instance
from .path_state import read_path_state
from .record import STOPPED
from .result import Result
from .stop_instance import stop_instance


class StopState:
    def __init__(self, context: Context, discovery: Discovery, live: Instance | None) -> None:
        self.context = context
        self.paths = context.paths
        self.discovery = discovery
        self.live = live
        self.is_absent = context.options.state == "absent"

    def apply(self) -> Result:
        live, context = self.live, self.context
        found = self.discovery.find_leftovers(live) + ([live] if live else [])
        # A stopped instance keeps its configuration, which is no reason to stop it again.
        to_stop = [instance for instance in found if self.is_absent or not _is_stopped(instance)]
        public = self._list_public_paths()
        directories = [path for path in self.paths.own_directories if os.path.lexists(path)]
        runs = live is not None and bool(live.members)
        result = Result(
            changed=bool(to_stop or public or (self.is_absent and directories)),
            before=describe_live_lines(live, context.records) if runs else public,
            previous=describe_instance(live, self.paths) if runs else None,
        )
        if result.changed and not context.options.check_mode:
            context.links.remove(public)
            for instance in to_stop:
                self._stop(instance)
            context.links.remove_restore_point()
            if self.is_absent:
                self._remove_everything(to_stop)
        return result

    def _list_public_paths(self) -> list[str]:
        """Return the public paths to remove; while stopped, static files stay reachable through `root`."""
        wanted = [self.paths.socket, self.paths.pidfile]
        wanted += [self.paths.root] if self.is_absent and self.paths.root else []
        return [path for path in wanted if read_path_state(path).kind != "missing"]

    def _stop(self, instance: Instance) -> None:
        context = self.context
        manager = context.manager(instance.manager)
        lost = stop_instance(instance, manager, context.runtime, context.options, context.progress)
        if instance.origin == FOREIGN:
            pid = instance.process.pid if instance.process else "?"
            context.progress.warn(
                f"stopped uWSGI process {pid}, which this module had not started; {lost.queued} queued and "
                f"{lost.in_flight} running requests were lost"
            )
        elif self.is_absent or instance is not self.live or instance.record is None:
            context.remove_files(instance)
        else:
            context.remove_runtime_files(instance)
            context.publisher.remove(instance.id or "")
            manager.remove_service(instance.id or "")
            instance.record.state, instance.record.pid, instance.record.start = STOPPED, 0, 0
            context.records.write_record(instance.record)

    def _remove_everything(self, stopped: list[Instance]) -> None:
        # A foreign uWSGI may have written its own files again while it ended.
        self.context.links.remove(self._list_public_paths())
        for path in self.paths.own_directories:
            remove_tree(path)
        for name in sorted({instance.manager for instance in stopped}):
            self.context.manager(name).reload()


def _is_stopped(instance: Instance) -> bool:
    return not instance.members and instance.record is not None and instance.record.state == STOPPED
