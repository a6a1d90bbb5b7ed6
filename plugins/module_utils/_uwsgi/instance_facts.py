# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a result says about an instance."""

from __future__ import annotations

from typing import Any

from .._system.clock import format_time
from .instance import Instance
from .paths import Paths
from .plan import Plan


def describe_instance(instance: Instance | None, paths: Paths) -> dict[str, Any] | None:
    if instance is None:
        return None
    record, process = instance.record, instance.process if instance.alive else None
    return {
        "id": instance.id,
        "pid": process.pid if process else None,
        "socket": instance.socket,
        "published": instance.published,
        "pidfile": instance.files.pidfile if instance.files else None,
        "chdir": record.chdir if record else None,
        "virtualenv": record.virtualenv or None if record else None,
        "processes": record.processes if record else None,
        "service": name_service(paths, instance.id, instance.manager),
        "started_at": format_time(process.started_at) if process else None,
    }


def describe_plan(plan: Plan) -> dict[str, Any]:
    """Return what `describe_instance` will return once the instance runs, as far as that is known."""
    configuration = plan.configuration
    return {
        "id": plan.files.id,
        "pid": None,
        "socket": plan.files.socket,
        "published": plan.files.published if plan.publishes else None,
        "pidfile": plan.files.pidfile,
        "chdir": configuration.chdir,
        "virtualenv": configuration.virtualenv,
        "processes": configuration.processes,
        "service": name_service(plan.paths, plan.files.id, configuration.manager),
        "started_at": None,
    }


def name_service(paths: Paths, instance_id: str | None, manager: str) -> str:
    """Return the systemd unit of an instance, or the word `none`."""
    return paths.unit(instance_id) if instance_id and manager == "systemd" else manager
