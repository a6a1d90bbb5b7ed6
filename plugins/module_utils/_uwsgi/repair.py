# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Repair what was damaged while the wanted instance serves."""

from __future__ import annotations

import os
import time

from .context import Context
from .instance import Instance
from .pidfile import read_pidfile
from .plan import Plan
from .record import LIVE


def list_damage(context: Context, live: Instance, plan: Plan) -> list[str]:
    """Return the paths that are not as they should be although the instance runs."""
    records, record = context.records, live.record
    damaged = context.links.list_wrong(plan.files, plan.configuration.chdir, plan.entrance)
    if plan.publishes and not _is_published(context, live, plan):
        damaged.append(plan.files.published)
    if records.read_ini(plan.files.id) != plan.ini:
        damaged.append(plan.files.ini)
    if records.read_environment(plan.files.id) != plan.environment:
        damaged.append(plan.files.environment)
    if record is None or record.environment or record.published != plan.publishes:
        damaged.append(plan.files.record)
    if not live.process or read_pidfile(plan.files.pidfile) != live.process.pid:
        damaged.append(plan.files.pidfile)
    if not context.manager(plan.configuration.manager).is_in_place(plan.files.id):
        damaged.append(plan.paths.unit(plan.files.id))
    return damaged


def repair(context: Context, live: Instance, plan: Plan) -> None:
    damaged = list_damage(context, live, plan)
    if not damaged:
        return
    record = live.record or plan.create_record(time.time())
    record.state, record.environment = LIVE, {}
    record.published, record.uid = plan.publishes, plan.account.uid
    if live.process:
        record.pid, record.start = live.process.pid, live.process.start
    context.records.write_plan(plan, record)
    if live.process and plan.files.pidfile in damaged:
        name = os.path.basename(plan.files.pidfile)
        context.runtime.write_new_file(name, f"{live.process.pid}\n", plan.account)
    manager = context.manager(plan.configuration.manager)
    manager.write_service(plan)
    manager.enable(plan.files.id)
    if live.process and plan.files.published in damaged:
        context.publisher.publish(plan.files, plan.account.uid, live.process.has_pid)
    context.links.switch(plan.files, plan.configuration.chdir, plan.entrance)


def _is_published(context: Context, live: Instance, plan: Plan) -> bool:
    process = live.process
    return process is not None and context.publisher.is_published(
        plan.files, plan.account.uid, process.has_pid
    )
