# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of options that may hold secrets: not shown, nor masked so eagerly that a result is unreadable."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
SHORTEST = 4
WORDS = ("true", "false", "null", "none", "yes", "http", "https", "localhost", "production", "development")


def to_mask(found: Iterable[str], params: Mapping[str, Any], secret: Iterable[str]) -> set[str]:
    """What to mask in the output: no word that says nothing, and none that another option has in the open.

    Each value is masked wherever it stands in a result, so a 1 would make an `rc: 1` unreadable, and a path
    would hide where the instance is.
    """
    shown = json.dumps({key: value for key, value in params.items() if key not in secret}, default=str)
    return {value for value in found if not _is_trivial(value) and value not in shown}


def _is_trivial(value: str) -> bool:
    plain = value.strip().lower()
    return len(plain) < SHORTEST or plain in WORDS or plain.replace(".", "", 1).lstrip("-").isdigit()


def hide(value: Any) -> Any:
    """The names of a dictionary with nothing of its values."""
    return dict.fromkeys(value, HIDDEN) if isinstance(value, Mapping) else HIDDEN
