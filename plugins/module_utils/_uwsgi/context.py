# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the parts of one run share."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Callable

from .instance import Instance
from .paths import Paths
from .progress import Progress
from .public_links import PublicLinks
from .record_store import RecordStore
from .run_options import RunOptions
from .runtime_directory import RuntimeDirectory
from .service_manager import ServiceManager
from .socket_publisher import SocketPublisher


@dataclass
class Context:
    """``find_live`` and ``find_own`` look at the processes of the server at each call."""

    paths: Paths
    options: RunOptions
    managers: Mapping[str, ServiceManager]
    progress: Progress
    find_live: Callable[[], Instance | None]
    find_own: Callable[[str], Instance]

    def __post_init__(self) -> None:
        self.records = RecordStore(self.paths)
        self.links = PublicLinks(self.paths)
        self.runtime = RuntimeDirectory(self.paths.runtime_dir)
        self.publisher = SocketPublisher(self.paths)

    def manager(self, name: str) -> ServiceManager:
        """Return a service manager; where this server does not have it, the one that is always there."""
        return self.managers.get(name) or self.managers["none"]

    def remove_files(self, instance: Instance) -> bool:
        """Remove every file of an instance whose processes have ended; return whether there was any."""
        if instance.id is None or instance.files is None:
            return False
        removed = [manager.remove_service(instance.id) for manager in self.managers.values()]
        removed += [self.records.remove(instance.id), self.publisher.remove(instance.id)]
        return self.remove_runtime_files(instance) or any(removed)

    def remove_runtime_files(self, instance: Instance) -> bool:
        """Remove the files that exist only while an instance runs; return whether there was any."""
        paths = instance.files.runtime if instance.files else ()
        removed = [self.runtime.remove(os.path.basename(path)) for path in paths]
        return any(removed)

    def describe_serving(self) -> str:
        """Return what a visitor gets at this moment, for the end of an error message."""
        try:
            live = self.find_live()
        except OSError as error:
            return f"unknown: {error}"
        if live is None:
            return f"nothing ({self.paths.socket} leads nowhere)"
        if not live.members:
            return f"nothing ({self.paths.socket} leads to {live.describe()}, which does not run)"
        details = [f"pid {live.members[0].pid}"]
        if live.record and live.record.chdir:
            details.append(live.record.chdir)
        return f"{live.describe()} ({', '.join(details)})"
