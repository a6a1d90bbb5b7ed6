# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps from the configuration on disk to the one that is wanted."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from .options import ConfigFile
from .step import Step

# What a foreign file is in the place of; its owner's choices depend on it.
FILE, SITE, REMOVED_SITE = "file", "site", "removed_site"


@dataclass(frozen=True)
class Foreign:
    """A file that a person or another program wrote or edited, and which may not be replaced."""

    description: str
    # One of FILE, SITE and REMOVED_SITE.
    kind: str


@dataclass
class Plan:
    """What to change, and what stands against it."""

    # The steps of the server's files, then those of each site, in their order.
    groups: list[list[Step]] = field(default_factory=lambda: [[]])
    # Files of which a copy is kept before they are replaced.
    copied: list[Path] = field(default_factory=list)
    foreign: list[Foreign] = field(default_factory=list)
    # Files that are as they have to be: they are recorded, also if an earlier version did not record them.
    unchanged: list[ConfigFile] = field(default_factory=list)
    # Files whose records are removed with them.
    removed: list[Path] = field(default_factory=list)
    assumed: dict[Path, bytes | None] = field(default_factory=dict)

    @property
    def steps(self) -> list[Step]:
        return [step for group in self.groups for step in group]

    def add(self, *steps: Step) -> None:
        """Add steps to the newest group."""
        self.groups[-1] += steps

    def begin_group(self) -> None:
        self.groups.append([])

    def overlay(self, steps: list[Step]) -> dict[Path, bytes | None]:
        """Return what NGINX would read after these steps."""
        return {**self.assumed, **{step.name: step.content for step in steps}}
