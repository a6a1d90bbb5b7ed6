# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that are known without Jinja, which takes a thousand times as long for each."""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

MISSING = object()
# A line of the role's defaults: what an app or another role says, or else a constant.
DEFAULT = re.compile(r"\s*\{\{ (__masonite_app_given\.)?(\w+) \| default\((.*)\) \}\}\s*")
CONSTANTS = {"true": True, "false": False}


@lru_cache(maxsize=256)
def parse_default(text: str) -> tuple[bool, str, Any] | None:
    """Whether a default asks an app, for which name, and its constant; None if it is another expression."""
    found = DEFAULT.fullmatch(text)
    if found is None:
        return None
    constant = found.group(3)
    try:
        value = CONSTANTS[constant] if constant in CONSTANTS else ast.literal_eval(constant)
    except (ValueError, SyntaxError):
        return None
    return found.group(1) is not None, found.group(2), value


def find_constant(raw: Any, given: Mapping[str, Any], variables: Mapping[str, Any]) -> Any:
    """Return the constant of a default; MISSING if the default has another value or is not known."""
    parsed = parse_default(str(raw)) if isinstance(raw, str) else None
    if parsed is None:
        return MISSING
    of_app, name, constant = parsed
    return MISSING if name in (given if of_app else variables) else constant


def find_plain(raw: Any, app: Any, apps: Any, variables: Mapping[str, Any]) -> Any:
    """Return the value of a setting of an app in `masonite_apps`; MISSING if it takes Jinja to know it."""
    if is_plain(raw):
        return raw
    parsed = parse_default(str(raw)) if isinstance(raw, str) else None
    if parsed is None:
        return MISSING
    of_app, name, constant = parsed
    source: Any = variables
    if of_app:
        if not is_plain(app) or not (apps is None or apps == "" or isinstance(apps, dict)):
            return MISSING
        source = (apps or {}).get(app) or {}
    if not isinstance(source, Mapping):
        return MISSING
    if name not in source:
        return copy.deepcopy(constant)
    return source[name] if is_plain(source[name]) else MISSING


def is_plain(value: Any) -> bool:
    """Whether no part of a value can be a template or has to be decrypted."""
    if isinstance(value, str):
        return "{" not in value
    if isinstance(value, dict):
        return all(is_plain(key) and is_plain(entry) for key, entry in value.items())
    if isinstance(value, list):
        return all(is_plain(entry) for entry in value)
    return value is None or isinstance(value, (bool, int, float))
