# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of distributions."""

from __future__ import annotations

import re


def normalize_name(name: str) -> str:
    """Return the name of a distribution in the form that is equal for all ways to write it."""
    return re.sub(r"[-_.]+", "-", name).lower()
