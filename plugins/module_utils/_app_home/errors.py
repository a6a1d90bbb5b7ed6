# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why the accounts and directories of an app cannot be set up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """One thing that was found in the place of what was wanted, and what to do next."""

    reason: str
    subject: str
    message: str

    def facts(self) -> dict[str, str]:
        return {"reason": self.reason, "subject": self.subject, "message": self.message}


class HomeError(Exception):
    """A failure with a machine-readable reason; refusals are found before anything changes."""

    def __init__(self, message: str, reason: str, refusals: Sequence[Refusal] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
        self.refusals = tuple(refusals)


def refuse(refusals: Sequence[Refusal]) -> None:
    """Raise one error for all refusals, if there are any."""
    if refusals:
        text = "\n".join(refusal.message for refusal in refusals)
        raise HomeError(f"{text}\nNothing was changed.", refusals[0].reason, refusals)
