# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why the accounts and directories of an app cannot be set up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .._system.errors import ModuleError


@dataclass(frozen=True)
class Refusal:
    """One thing that is not as it has to be, and what to do next."""

    reason: str
    subject: str
    message: str
    options: tuple[str, ...] = ()

    def facts(self) -> dict[str, Any]:
        return {**asdict(self), "options": list(self.options)}


class HomeError(ModuleError):
    """A failure; refusals are found before anything changes, and name the options that they are about."""

    def __init__(
        self, message: str, *, reason: str, hint: str = "", refusals: Sequence[Refusal] = ()
    ) -> None:
        options = list(dict.fromkeys(option for refusal in refusals for option in refusal.options))
        super().__init__(
            message,
            reason=reason,
            hint=hint,
            options=options,
            refusals=[refusal.facts() for refusal in refusals],
        )
        self.refusals = tuple(refusals)


def refuse(refusals: Sequence[Refusal]) -> None:
    """Raise one error for all refusals, if there are any."""
    if refusals:
        text = "\n".join(refusal.message for refusal in refusals)
        raise HomeError(f"{text}\nNothing was changed.", reason=refusals[0].reason, refusals=refusals)
