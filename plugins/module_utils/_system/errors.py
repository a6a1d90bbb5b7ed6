# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The base class of the errors that a module reports."""

from __future__ import annotations

from typing import Any


class ModuleError(Exception):
    """What was wanted and what was found.

    ``reason`` is a word that programs can match, ``hint`` says what to do next, ``facts`` go into the result
    of the module.
    """

    def __init__(self, message: str, *, reason: str, hint: str = "", **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.hint = hint
        self.facts = facts

    def text(self) -> str:
        """Return the message and the hint as one text."""
        return f"{self.message} {self.hint}".strip()
