# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remove what killed runs left."""

from __future__ import annotations

from .._system.process import kill_family, wait_until_gone
from .context import Context
from .instance import OWN, Instance
from .record import CANDIDATE
from .stop_instance import stop_instance


def remove_leftovers(context: Context, leftovers: list[Instance]) -> None:
    """Kill candidates, which no visitor has reached; stop everything else gracefully."""
    for instance in leftovers:
        manager = context.manager(instance.manager)
        state = instance.record.state if instance.record else ""
        if instance.origin == OWN and state == CANDIDATE:
            manager.kill(instance.id or "")
            members = instance.members
            for member in members:
                kill_family(member)
            wait_until_gone(members, 5)
        else:
            stop_instance(instance, manager, context.runtime, context.options, context.progress)
        context.remove_files(instance)
