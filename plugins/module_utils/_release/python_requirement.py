# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Pythons a project allows, as pyproject.toml, Poetry and Pipfile.lock say it."""

from __future__ import annotations

import re
from typing import Callable

Version = tuple[int, ...]

CLAUSE = re.compile(r"(\^|~=|~|===|==|!=|<=|>=|<|>|=|)\s*v?(\d+(?:\.\d+)*)(\.\*)?\s*")
VERSION = re.compile(r"\d+(?:\.\d+)*")


def allows_python(requirement: str, version: str) -> bool:
    """Whether a requirement such as ``>=3.10,<4`` allows a version; one that is not understood does."""
    found = VERSION.match(version)
    if found is None:
        return True
    wanted = _parse(found.group())
    results = [_allows(alternative, wanted) for alternative in requirement.split("||")]
    return any(results) or not requirement.strip()


def _allows(clauses: str, version: Version) -> bool:
    position, text = 0, clauses.strip()
    if text in ("", "*"):
        return True
    allowed = True
    while position < len(text):
        if text[position] in ", ":
            position += 1
            continue
        found = CLAUSE.match(text, position)
        if found is None:
            return True
        operator, number, wildcard = found.groups()
        allowed = allowed and _compare(operator, _parse(number), bool(wildcard), version)
        position = found.end()
    return allowed


def _compare(operator: str, number: Version, wildcard: bool, version: Version) -> bool:
    if operator == "^":
        return _pad(number) <= _pad(version) < _pad(_next(number, 1))
    if operator == "~":
        return _pad(number) <= _pad(version) < _pad(_next(number, min(len(number), 2)))
    if operator == "~=":
        return _pad(number) <= _pad(version) < _pad(_next(number, max(len(number) - 1, 1)))
    same = version[: len(number)] == number if wildcard else _pad(version) == _pad(number)
    # Poetry and Pipfile write 3.11 for every 3.11.x.
    if operator in ("", "="):
        same = version[: len(number)] == number
    comparisons: dict[str, Callable[[], bool]] = {
        ">=": lambda: _pad(version) >= _pad(number),
        "<=": lambda: _pad(version) <= _pad(number),
        ">": lambda: _pad(version) > _pad(number),
        "<": lambda: _pad(version) < _pad(number),
        "!=": lambda: not same,
    }
    return comparisons.get(operator, lambda: same)()


def _parse(text: str) -> Version:
    return tuple(int(part) for part in text.split(".")[:4])


def _pad(version: Version) -> Version:
    return (*version, 0, 0, 0, 0)[:4]


def _next(version: Version, places: int) -> Version:
    """Return the first version after all that begin with the first places of this one."""
    return (*version[: places - 1], version[places - 1] + 1)
