# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of one app, as its rules read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .problem import Problem


@dataclass(frozen=True)
class App:
    """An app's settings by noun (`user` for `masonite_app_user`). A setting whose type is wrong is absent."""

    name: str
    values: Mapping[str, Any]
    labels: Mapping[str, str] = field(default_factory=dict)
    """What the user called a setting, where this is not `masonite_app_<noun>`."""
    is_listed: bool = False
    """Whether masonite_apps has it."""

    def label(self, noun: str) -> str:
        return self.labels.get(noun, f"masonite_app_{noun}")

    def has(self, noun: str) -> bool:
        return self.values.get(noun) is not None

    def text(self, noun: str) -> str:
        return str(self.values.get(noun) or "")

    def number(self, noun: str) -> int:
        return int(self.values.get(noun) or 0)

    def texts(self, noun: str) -> list[str]:
        return [str(value) for value in self.values.get(noun) or []]

    def entries(self, noun: str) -> list[Mapping[str, Any]]:
        return [entry for entry in self.values.get(noun) or [] if isinstance(entry, Mapping)]

    def mapping(self, noun: str) -> Mapping[Any, Any]:
        value = self.values.get(noun)
        return value if isinstance(value, Mapping) else {}

    def refuse(self, noun: str, reason: str, found: str, allowed: str) -> Problem:
        """A problem of this app. `noun` may go on below the setting: `environment.APP_KEY`."""
        setting, dot, rest = noun.partition(".")
        return Problem(self.name, self.label(setting) + dot + rest, reason, found, allowed)
