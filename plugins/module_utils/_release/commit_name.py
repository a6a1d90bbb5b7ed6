# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of commits."""

from __future__ import annotations

import re

COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?$")
ABBREVIATED = re.compile(r"[0-9a-f]{4,63}$")


def is_commit(version: str) -> bool:
    """Whether it is the full name of a commit, SHA-1 or SHA-256."""
    return COMMIT.match(version.lower()) is not None


def may_be_commit(version: str) -> bool:
    """Whether it may be the abbreviated name of a commit."""
    return ABBREVIATED.match(version.lower()) is not None
