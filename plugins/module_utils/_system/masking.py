# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps values that are not secrets readable in the result of a module.

AnsibleModule masks each value of an option with no_log wherever it appears, so that a variable with the value
1 would make every rc of 1 unreadable. Since ansible-core 2.22 the controller does so in all output.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ansible.module_utils.basic import AnsibleModule

SHORTEST_SECRET = 4  # characters
# A longer number may be a token.
NUMBER = re.compile(r"[+-]?[0-9]{0,6}\.?[0-9]{0,6}")
WORDS = (
    "true",
    "false",
    "none",
    "null",
    "auto",
    "never",
    "always",
    "production",
    "development",
    "c.utf-8",
    "en_us.utf-8",
)


def mask_only(module: AnsibleModule, values: Iterable[str]) -> None:
    """Have these values masked, and of the values of options with no_log no others."""
    module.no_log_values = set(values)
    # What ansible-core 2.22 reports to the controller; there is no public way to take a value back.
    reported = getattr(module, "_new_secrets", None)
    if reported is not None:
        reported.flush()
        vars(reported)["_new_secrets"] = set(module.no_log_values)


def keep_ordinary_text(module: AnsibleModule) -> None:
    """Take from the values that AnsibleModule masks those that are not secrets."""
    mask_only(module, (value for value in module.no_log_values if not is_ordinary(str(value))))


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
