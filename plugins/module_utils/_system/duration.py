# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Durations as text."""

from __future__ import annotations


def format_duration(seconds: float) -> str:
    """Return a duration such as ``90 s``, ``45 min`` or ``3 h``, rounded down; a negative one is ``0 s``."""
    whole = max(0, int(seconds))
    if whole < 120:
        return f"{whole} s"
    return f"{whole // 60} min" if whole < 7200 else f"{whole // 3600} h"
