# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of options that may be secret: not shown, nor masked so often that a result is unreadable."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
SHORTEST = 4
WORDS = ("true", "false", "null", "none", "yes", "http", "https", "localhost", "production", "development")


def select_masked(values: Iterable[str], params: Mapping[str, Any], secret: Iterable[str]) -> set[str]:
    """Return the values to mask in the result: no common word, and none that an option shows openly.

    Ansible masks a value wherever it stands in a result, so a 1 would make an `rc: 1` unreadable, and a path
    would hide where the instance is.
    """
    shown = json.dumps({key: value for key, value in params.items() if key not in secret}, default=str)
    return {value for value in values if not _is_common(value) and value not in shown}


def hide_values(value: Any) -> Any:
    """Return a dictionary with its names and without its values."""
    return dict.fromkeys(value, HIDDEN) if isinstance(value, Mapping) else HIDDEN


def _is_common(value: str) -> bool:
    text = value.strip().lower()
    return len(text) < SHORTEST or text in WORDS or text.replace(".", "", 1).lstrip("-").isdigit()
