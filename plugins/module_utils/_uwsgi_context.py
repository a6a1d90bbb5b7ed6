# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the steps of one run share: the order, the places, the clock, and what there is to tell afterwards."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Callable

from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_capacity import Memory
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_check import Check
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_config import Paths
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_files import RuntimeDir
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_links import Links
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_plain import PlainService
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_publish import Publisher
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_records import Records
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_retire import Lost
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_service import Service
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_survey import Running, Survey
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_systemd import SystemdService, booted

PHASES = ("start", "health", "switch", "verify", "drain", "quit", "total")


@dataclass(frozen=True)
class Order:
    """What is asked for, apart from what the instance is."""

    state: str
    strategy: str
    health: Check
    verify: Check | None
    start_timeout: int
    drain_timeout: int
    stop_timeout: int
    memory_check: str
    memory_per_process: int
    memory_reserve: int
    check_mode: bool = False

    @property
    def patience(self) -> float:
        """How long a second run waits for a first one that may be using up each of its time-outs."""
        verify = self.verify.timeout if self.verify else 0
        return 60 + 2 * (
            self.start_timeout + self.health.timeout + verify + self.drain_timeout + self.stop_timeout
        )


def services_here(paths: Paths) -> dict[str, Service]:
    found: dict[str, Service] = {"none": PlainService()}
    if booted() and os.geteuid() == 0:
        found["systemd"] = SystemdService(paths)
    return found


@dataclass
class Context:
    paths: Paths
    order: Order
    services: Mapping[str, Service]
    # Called with the name of each step before it is taken.
    observer: Callable[[str], None] = lambda _step: None
    step: str = "configure"
    warnings: list[str] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=lambda: dict.fromkeys(PHASES, 0.0))
    lost: Lost = field(default_factory=Lost)
    memory: Memory | None = None
    strategy: str | None = None
    previous: dict[str, Any] | None = None
    begun: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.records = Records(self.paths)
        self.links = Links(self.paths)
        self.runtime = RuntimeDir(self.paths.runtime_dir)
        self.publisher = Publisher(self.paths)

    def on_step(self, step: str) -> None:
        self.step = step
        self.observer(step)

    def survey(self) -> Survey:
        return Survey(self.paths, self.records, self.services)

    def service(self, kind: str) -> Service:
        return self.services.get(kind) or self.services["none"]

    @contextmanager
    def timed(self, phase: str) -> Iterator[None]:
        begun = time.monotonic()
        try:
            yield
        finally:
            self.timings[phase] += time.monotonic() - begun

    def warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)

    def forget(self, running: Running) -> bool:
        """Removes every file of an instance whose processes are gone."""
        if running.id is None or running.files is None:
            return False
        gone = [self.service("systemd").forget(running.id), self.records.forget(running.id)]
        gone.append(self.publisher.forget(running.id))
        gone += [self.runtime.remove(os.path.basename(path)) for path in running.files.runtime]
        return any(gone)

    def serving(self) -> str:
        """What a visitor gets at this moment, for the end of an error message."""
        try:
            live = self.survey().live()
        except OSError as error:
            return f"unknown: {error}"
        if live is None:
            return f"nothing ({self.paths.socket} leads nowhere)"
        if not live.members:
            return f"nothing ({self.paths.socket} leads to {live.name()}, which does not run)"
        detail = [f"pid {live.members[0].pid}"]
        if live.record and live.record.chdir:
            detail.append(live.record.chdir)
        return f"{live.name()} ({', '.join(detail)})"
