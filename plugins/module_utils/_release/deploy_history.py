# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes how a deploy ended into the history."""

from __future__ import annotations

from typing import Literal

from .._system.clock import format_time
from .history import append_line
from .module_call import ModuleCall
from .release import Release

# Characters. The end of a history is read, and what a failed command printed can be longer than that.
REASON_LIMIT = 10_000


def record_deploy(
    call: ModuleCall, release: Release | None, result: Literal["ok", "failed"], previous: str
) -> None:
    options, holder = call.options, call.options.holder
    started = options.started
    append_line(
        call.paths.history,
        time=format_time(call.now),
        action=options.action,
        user=holder.user,
        host=holder.host,
        job=holder.job,
        release=release.name if release is not None else "",
        revision=release.revision if release is not None else "",
        version=release.version if release is not None else options.version,
        result=result,
        reason=options.reason[:REASON_LIMIT],
        seconds=round(max(0.0, call.now - started), 1) if started else None,
        previous=previous,
    )
