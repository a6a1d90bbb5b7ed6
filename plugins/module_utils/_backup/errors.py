# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one exception of the module app_backup."""

from __future__ import annotations

from typing import Any


class BackupError(Exception):
    """What was wanted and what was found; `hint` says what to do next, `reason` is for machines."""

    def __init__(self, message: str, reason: str, hint: str = "", **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.hint = hint
        self.facts = facts

    def text(self) -> str:
        return f"{self.message} {self.hint}".strip()
