# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one exception of the module release, and the names under which its messages speak of options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ReleaseError(Exception):
    """What was wanted and what was found; `hint` says what to do next."""

    def __init__(self, message: str, hint: str = "", **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.facts = facts


class Names:
    """Options as the reader of a message knows them: a role sets them under variables of its own."""

    def __init__(self, mapping: Mapping[str, Any] | None = None) -> None:
        self._mapping = dict(mapping or {})

    def __call__(self, option: str) -> str:
        return str(self._mapping.get(option) or option)
