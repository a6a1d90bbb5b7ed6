# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times and durations as text. All times are seconds since 1970, shown in UTC."""

from __future__ import annotations

import time


def format_time(seconds: float) -> str:
    """Return a time such as ``2026-01-31T09:30:00Z``."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def format_compact_time(seconds: float) -> str:
    """Return a time that can be part of a file name, such as ``20260131T093000Z``."""
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(seconds))
