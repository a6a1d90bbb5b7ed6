# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program nginx-safely, which earlier versions of the role nginx installed and this one does not need."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from .._system.regular_file import read_tail

# The program as version 0.1.0, and the versions after it up to this one, installed it.
SUMS = (
    "9550597a171600fcc5fb60b01a02acbdf5bf7f43a78222561cd45e5d137a31e6",
    "c114e1826bf73eee92ffa6d48e431cdb118039de0862027c8cdf23f32c76bb32",
)
LIMIT = 1 << 20


def is_obsolete_program(path: Path) -> bool:
    """Return whether the program is there, and is exactly what an earlier version of the role installed."""
    try:
        content = read_tail(path, LIMIT)
    except OSError:
        return False
    return hashlib.sha256(content).hexdigest() in SUMS


def remove_program(path: Path) -> None:
    """Remove the program."""
    os.unlink(path)
