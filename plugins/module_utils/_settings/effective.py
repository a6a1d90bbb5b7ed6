# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a setting comes to: an empty one is not given, and a text where a list belongs is a list of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ansible.module_utils.common.yaml import yaml_load

from .shortcuts import MISSING, find_plain

PREFIX = "masonite_app_"
NAME = "masonite_app_name"
APPS = "masonite_apps"
GIVEN = "__masonite_app_given"
ROLE = Path(__file__).resolve().parents[3] / "roles" / "masonite_app"
# The settings that are lists, without their prefix.
LISTS = frozenset(
    (
        "after_activate",
        "after_finish",
        "after_migrate",
        "after_prepare",
        "before_activate",
        "before_finish",
        "before_migrate",
        "before_prepare",
        "build",
        "denied",
        "domains",
        "health_statuses",
        "known_hosts",
        "nginx_directives",
        "nginx_replaces",
        "nginx_snippets",
        "packages",
        "shared",
        "static",
        "writable_paths",
    )
)
# A text of several lines is several entries, as ssh-keyscan prints them.
LINES = ("known_hosts",)

Template = Callable[[Any], Any]


def is_empty(value: Any) -> bool:
    """Whether a value is none, as the answer to a question of a survey that was left empty."""
    return value is None or (isinstance(value, str) and value == "")


def make_list(noun: str, value: Any) -> Any:
    """A text, where the setting is a list, as a list of one."""
    if noun not in LISTS or not isinstance(value, str):
        return value
    return [line for line in value.splitlines() if line.strip()] if noun in LINES else [value]


@lru_cache(maxsize=1)
def read_defaults() -> dict[str, Any]:
    """The lines of the role's defaults."""
    text = (ROLE / "defaults" / "main.yml").read_text(encoding="utf-8")
    defaults: dict[str, Any] = yaml_load(text)
    return defaults


def replace_empty(variables: Mapping[str, Any], trust: Callable[[str], str]) -> dict[str, Any]:
    """The variables with the role's default for each setting that is set to nothing."""
    empty = [name for name, value in variables.items() if name.startswith(PREFIX) and is_empty(value)]
    replaced = dict(variables)
    for name in empty:
        default = read_defaults().get(name, "")
        if not is_empty(default):
            replaced[name] = trust(default)
    return replaced


@dataclass(frozen=True)
class SettingReader:
    """Reads settings of the app that `masonite_app_name` names. `template` knows the same variables."""

    variables: Mapping[str, Any]
    template: Template
    make_template: Callable[[dict[str, Any]], Template]
    trust: Callable[[str], str]

    def read(self, noun: str) -> Any:
        """The value of a setting."""
        variable = PREFIX + noun
        raw = self.variables.get(variable)
        value = find_plain(raw, self.variables.get(NAME), self.variables.get(APPS), self.variables)
        if value is MISSING:
            value = self.template(raw)
        if is_empty(value):
            value = "" if is_empty(read_defaults().get(variable)) else self._read_next(noun)
        return make_list(noun, value)

    def _read_next(self, noun: str) -> Any:
        """What counts where the value is empty: that of the app in masonite_apps, or else the default."""
        own = self.template(self.variables.get(GIVEN)) or {}
        given = {name: entry for name, entry in own.items() if not is_empty(entry)}
        replaced = {**replace_empty(self.variables, self.trust), GIVEN: given}
        replaced[PREFIX + noun] = self.trust(read_defaults()[PREFIX + noun])
        return self.make_template(replaced)(replaced[PREFIX + noun])
