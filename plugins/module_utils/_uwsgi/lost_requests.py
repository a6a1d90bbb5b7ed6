# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that could not be answered because an instance did not end in time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class LostRequests:
    queued: int = 0
    in_flight: int = 0
    killed: bool = False

    def add(self, other: LostRequests) -> None:
        self.queued += other.queued
        self.in_flight += other.in_flight
        self.killed = self.killed or other.killed
