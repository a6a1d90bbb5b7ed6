# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records: JSON files that hold one dictionary."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .._system.atomic_file import write_atomically
from .._system.regular_file import read_tail

LIMIT = 1024 * 1024  # bytes


def read_json(path: Path) -> dict[str, Any]:
    """Return the dictionary of the file; an empty one when the file is missing or holds anything else."""
    try:
        content = json.loads(read_tail(path, LIMIT))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Replace the file in one step."""
    write_atomically(path, json.dumps(content, sort_keys=True) + "\n", 0o644)
