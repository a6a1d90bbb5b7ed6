# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An instance as text, for a diff that a person reads. Of the environment it has no values."""

from __future__ import annotations

from collections.abc import Mapping

from .._system.process import read_command
from .environment_file import describe_environment
from .instance import FOREIGN, Instance
from .plan import Plan
from .record_store import RecordStore


def describe_plan_lines(plan: Plan, before: Mapping[str, str] | None = None) -> list[str]:
    """Return the wanted instance; ``before`` is the environment of the live one, to mark changed values."""
    return _describe(plan.ini, plan.watched, plan.environment, before or {})


def describe_live_lines(live: Instance | None, records: RecordStore) -> list[str]:
    if live is None:
        return []
    if live.origin == FOREIGN or live.id is None:
        pid = live.process.pid if live.process else 0
        return [f"# uWSGI process {pid}, not started by this module: {' '.join(read_command(pid))}"]
    watched = live.record.watched if live.record else {}
    lines = _describe(records.read_ini(live.id), watched, records.read_environment(live.id), {})
    return lines if live.members else [f"# {live.describe()} does not run", *lines]


def _describe(
    ini: str, watched: Mapping[str, str], environment: Mapping[str, str], before: Mapping[str, str]
) -> list[str]:
    lines = ini.splitlines()
    lines += describe_environment(environment, before)
    lines += ["# watched {}: {}".format(*pair) for pair in sorted(watched.items())]
    return lines
