# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment of a command, from an option of a module."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def read_environment(values: Mapping[Any, Any]) -> dict[str, str]:
    """Return names and values as text."""
    return {str(name): to_text(value) for name, value in values.items()}


def to_text(value: object) -> str:
    """Return a value of YAML as the text of an environment variable; lists and dicts become JSON."""
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, (list, dict)) else str(value)
