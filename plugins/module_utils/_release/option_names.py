# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names under which messages speak of options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class OptionNames:
    """Options as the reader of a message knows them: a role sets them from variables of its own."""

    mapping: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, values: Mapping[str, Any] | None) -> OptionNames:
        return cls({str(option): str(name) for option, name in (values or {}).items() if name})

    def display(self, option: str) -> str:
        """Return the name to show for an option: its own where no other is known."""
        return self.mapping.get(option, option)
