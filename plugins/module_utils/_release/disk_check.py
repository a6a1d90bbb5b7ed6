# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that there is room for one more release and its virtualenv."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .._system.disk import MB, DiskNeed, check_room, estimate_size, measure_directory
from .errors import ReleaseError
from .options import ReleaseOptions
from .release import Release
from .revision_entry import RevisionEntry
from .virtualenv import Virtualenv

# The virtualenv of a Masonite app, until there is one to measure.
TYPICAL_VIRTUALENV = 150 * MB


@dataclass(frozen=True)
class DiskRoom:
    """``facts`` are the figures, None where nothing was checked; ``warning`` is empty if there is room."""

    facts: dict[str, Any] | None = None
    warning: str = ""


def check_disk(
    options: ReleaseOptions,
    releases: Path,
    entries: Sequence[RevisionEntry],
    virtualenv: Virtualenv | None,
    live: Release | None,
) -> DiskRoom:
    """Measure what a new release needs; refuse it if there is no room and the options say so."""
    if options.disk_check == "ignore":
        return DiskRoom()
    size, files = estimate_size((entry.name, entry.size) for entry in entries)
    needs = [DiskNeed("one more release", releases, size, files)]
    if virtualenv is not None and not virtualenv.ready:
        known = measure_directory(Path(live.virtualenv)) if live is not None and live.virtualenv else (0, 0)
        directory = Path(options.virtualenvs)
        needs.append(DiskNeed("its virtualenv", directory, known[0] or TYPICAL_VIRTUALENV, known[1]))
    figures, problems = check_room(needs, options.disk_reserve)
    facts = {"filesystems": figures, "enough": not problems}
    if not problems:
        return DiskRoom(facts)
    text = f"The disk is too small: {'; '.join(problems)}."
    if options.disk_check == "fail":
        display = options.names.display
        raise ReleaseError(
            text,
            reason="disk",
            options=["disk_check", "disk_reserve", "keep"],
            hint=f"Free some space, keep fewer releases ({display('keep')}), or lower "
            f"{display('disk_reserve')}; {display('disk_check')}=warn goes on all the same.",
            disk=facts,
        )
    return DiskRoom(facts, text)
