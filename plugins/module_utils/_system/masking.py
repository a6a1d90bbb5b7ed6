# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps values that are not secrets readable in the result of a module.

AnsibleModule masks each value of an option with no_log wherever it appears, so that a variable with the value
1 would make every rc of 1 unreadable.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

SHORTEST_SECRET = 4  # characters
# A longer number may be a token.
NUMBER = re.compile(r"[+-]?[0-9]{0,6}\.?[0-9]{0,6}")
WORDS = ("true", "false", "none", "null", "auto", "production", "development", "c.utf-8", "en_us.utf-8")


def keep_ordinary_text(module: AnsibleModule) -> None:
    """Take from the values that AnsibleModule masks those that are not secrets."""
    module.no_log_values = {value for value in module.no_log_values if not is_ordinary(str(value))}


def is_ordinary(value: str) -> bool:
    """Return whether a value is too short, too common or too well known to be a secret."""
    text = value.strip()
    return (
        len(text) < SHORTEST_SECRET
        or NUMBER.fullmatch(text) is not None
        or text.lower() in WORDS
        or _is_path_here(text)
    )


def _is_path_here(text: str) -> bool:
    if not text.startswith("/") or "\0" in text:
        return False
    parent = os.path.dirname(text)
    return os.path.lexists(text) or (parent != "/" and os.path.isdir(parent))
