# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A check: requests that have to be answered with an expected status."""

from __future__ import annotations

from dataclasses import dataclass, field

from .http_statuses import HttpStatuses

# An app that answers 500 will go on doing so; one that answers 503 says itself that it is not ready.
BAD_ANSWERS_ALLOWED = 3
NOT_READY = (502, 503, 504)


@dataclass(frozen=True)
class Check:
    """``url`` is set for the check through the web server, ``path`` for the health check."""

    statuses: HttpStatuses
    timeout: int
    successes: int
    host: str
    path: str = "/"
    headers: dict[str, str] = field(default_factory=dict)
    url: str = ""
    validate_certs: bool = False
    accepts_login: bool = False
    """Whether a web server that asks for a login counts: the app itself has answered without one."""


class CheckProgress:
    """Counts good answers in a row, and decides when a bad one is final."""

    def __init__(self, check: Check) -> None:
        self.check = check
        self.good = 0
        self.bad = 0
        self.is_wrong_status = False
        self.problem = ""

    @property
    def passed(self) -> bool:
        return self.good >= self.check.successes

    @property
    def failed(self) -> bool:
        return self.bad >= BAD_ANSWERS_ALLOWED

    def count_answer(self, status: int) -> None:
        self.is_wrong_status = True
        self.problem = f"it answered {status} where {self.check.statuses} was expected"
        if status in self.check.statuses:
            self.good += 1
            return
        self.good = 0
        if status not in NOT_READY:
            self.bad += 1

    def count_failure(self, problem: str, final: bool = False) -> None:
        """Count a request without an HTTP answer; one that is not final is no reason to give up early."""
        self.is_wrong_status = False
        self.problem = problem
        self.good = 0
        self.bad += 1 if final else 0
