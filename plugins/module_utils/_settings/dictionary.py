# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of masonite_apps: names, and settings below each name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .problem import Problem, show

DICTIONARY = "masonite_apps"
EXAMPLE = 'masonite_apps: {blog: {repository: "https://…"}}'
ADDRESS = re.compile(r"(?:[a-z+]+://|[\w.-]+@[\w.-]+:|/)\S+|\S+\.git")


def check_form(dictionary: Any, nouns: Iterable[str]) -> Iterator[Problem]:
    """What is wrong with masonite_apps as a whole."""
    if not isinstance(dictionary, Mapping):
        allowed = f"allowed is a name for each app, with its settings below it: {EXAMPLE}"
        yield Problem("", DICTIONARY, "type", _describe(dictionary), allowed)
        return
    known = set(nouns)
    lost = [name for name, entry in dictionary.items() if name in known and not _is_app(entry, known)]
    apps = [str(name) for name in dictionary if name not in lost]
    for name in lost:
        if apps:
            before = list(dictionary)[: list(dictionary).index(name)]
            owner = next((str(one) for one in reversed(before) if one not in lost), apps[0])
            found, allowed = "stands beside the apps", f"indent it below {owner}"
        else:
            found, allowed = "stands where the name of an app belongs", f"write {EXAMPLE}"
        setting = f"{DICTIONARY}.{name}"
        yield Problem("", setting, "lost_indentation", f"is a setting of an app and {found}", allowed)


def check_entry(name: str, entry: Any) -> Problem | None:
    """What is wrong with the settings of an app as a whole."""
    label = f"{DICTIONARY}.{name}"
    if isinstance(entry, Mapping) or not entry:
        return None
    if isinstance(entry, str) and ADDRESS.fullmatch(entry):
        return Problem(
            name, label, "type", _describe(entry), f"write {label}.repository: {show(entry)[1:-1]}"
        )
    allowed = "allowed are the settings of the app, each on a line of its own"
    if isinstance(entry, (list, tuple)):
        allowed += ", without a dash"
    return Problem(name, label, "type", _describe(entry), allowed)


def describe_missing(variables: Mapping[str, Any], nouns: Iterable[str]) -> tuple[str, str]:
    """What was found where masonite_apps is empty, and what to do; two empty texts if nothing was."""
    known = set(nouns)
    for name, value in variables.items():
        if name.startswith(("ansible_", "_")) or not isinstance(value, Mapping) or name == DICTIONARY:
            continue
        if difflib.get_close_matches(name.lower().replace("-", "_"), [DICTIONARY], 1, 0.85):
            return f", and there is a variable {name}", f'did you mean "{DICTIONARY}"?'
        if "repository" in value and _is_app(value, known):
            return "", f"indent {name} below {DICTIONARY}"
    return "", ""


def _is_app(entry: Any, nouns: set[str]) -> bool:
    return isinstance(entry, Mapping) and (not entry or any(name in nouns for name in entry))


def _describe(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "is a list"
    return f"is the text {show(value)}" if isinstance(value, str) else f"is {show(value)}"
