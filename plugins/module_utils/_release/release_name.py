# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of releases: the time in UTC and the first digits of the revision, ``20250301T120000Z-1a2b3c4``."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .._system.clock import format_compact_time

NAME = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{7}$")
# Seconds. A release whose name is further ahead of the clock says nothing about the next release's name.
CLOCK_SKEW = 300


def is_release_name(name: str) -> bool:
    return NAME.match(name) is not None


def read_time(name: str) -> str:
    """Return the time in the name of a release, such as ``2025-03-01T12:00:00Z``."""
    return f"{name[0:4]}-{name[4:6]}-{name[6:8]}T{name[9:11]}:{name[11:13]}:{name[13:15]}Z"


def make_release_name(revision: str, now: float, others: Iterable[str]) -> str:
    """Return a name that sorts after the other ones: two releases of one second are a second apart."""
    short = (revision or "0" * 7)[:7]
    taken = {name.partition("-")[0] for name in others}
    limit = format_compact_time(now + CLOCK_SKEW)
    latest = max((time for time in taken if time < limit), default="")
    while format_compact_time(now) <= latest or format_compact_time(now) in taken:
        now += 1
    return f"{format_compact_time(now)}-{short}"
