# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a run is, and what it reports afterwards."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Callable

from .lost_requests import LostRequests

TIMINGS = ("start", "health", "switch", "verify", "drain", "quit", "total")


@dataclass
class Progress:
    """``observe`` is called with the name of each stage before it begins; ``timings`` are in seconds."""

    observe: Callable[[str], None] = lambda _stage: None
    stage: str = "configure"
    warnings: list[str] = field(default_factory=list)
    timings: dict[str, float] = field(default_factory=lambda: dict.fromkeys(TIMINGS, 0.0))
    lost: LostRequests = field(default_factory=LostRequests)
    started: float = field(default_factory=time.monotonic)

    def enter(self, stage: str) -> None:
        self.stage = stage
        self.observe(stage)

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            self.timings[name] += time.monotonic() - started

    def warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)

    def finish(self) -> None:
        self.timings["total"] = time.monotonic() - self.started
