# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run has to tell: the instance as it is or will be, and the text a diff is made of."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.masonite.deploy.plugins.module_utils._system.process import command
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_context import Context
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_plan import describe
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_records import Records
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_service import Plan
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_survey import FOREIGN, Running
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_unit import unit_environment


@dataclass
class Outcome:
    changed: bool = False
    instance: dict[str, Any] | None = None
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)


def facts(running: Running | None, context: Context) -> dict[str, Any] | None:
    """What is told about an instance."""
    if running is None:
        return None
    record, process = running.record, running.process if running.alive else None
    return {
        "id": running.id,
        "pid": process.pid if process else None,
        "socket": running.socket,
        "published": published_by(running),
        "pidfile": running.files.pidfile if running.files else None,
        "chdir": record.chdir if record else None,
        "virtualenv": record.virtualenv or None if record else None,
        "processes": record.processes if record else None,
        "service": context.paths.unit(running.id)
        if running.id and running.manager == "systemd"
        else running.manager,
        "started_at": stamp(process.started_at) if process else None,
    }


def published_by(running: Running) -> str | None:
    record, files = running.record, running.files
    return files.published if record and files and record.published else None


def stamp(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def promised(plan: Plan) -> dict[str, Any]:
    """The instance as it will be; in check mode that is all there is to tell."""
    settings = plan.settings
    return {
        "id": plan.files.id,
        "pid": None,
        "socket": plan.files.socket,
        "published": plan.files.published if plan.publishes else None,
        "pidfile": plan.files.pidfile,
        "chdir": settings.chdir,
        "virtualenv": settings.virtualenv,
        "processes": settings.processes,
        "service": plan.paths.unit(plan.files.id) if settings.manager == "systemd" else "none",
        "started_at": None,
    }


def text(plan: Plan, before: Mapping[str, str] | None = None) -> list[str]:
    """The wanted instance; with the environment of the one before it, changes of values are named."""
    return describe(plan.ini, plan.watched, unit_environment(plan.settings), before)


def text_of(live: Running | None, records: Records) -> list[str]:
    if live is None:
        return []
    if live.origin == FOREIGN or live.id is None:
        pid = live.process.pid if live.process else 0
        return [f"# uWSGI process {pid}, started by somebody else: {' '.join(command(pid))}"]
    record = live.record
    lines = describe(
        records.ini(live.id),
        record.watched if record else {},
        records.environment(live.id),
    )
    return lines if live.members else [f"# {live.name()} does not run", *lines]
