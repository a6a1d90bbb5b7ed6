# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of the module env_file: names and checksums, and values only where they are asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Result:
    changed: bool = False
    names: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    generated: list[str] = field(default_factory=list)
    checksums: dict[str, str] = field(default_factory=dict)
    kept_previous: bool = False
    secrets: dict[str, str] = field(default_factory=dict)
    new_secrets: dict[str, str] = field(default_factory=dict)
    diff: dict[str, str] | None = None
    warnings: list[str] = field(default_factory=list)

    def facts(self, state: str) -> dict[str, Any]:
        """Return what a task returns in this state."""
        facts: dict[str, Any] = {"changed": self.changed, "kept_previous": self.kept_previous}
        if state in ("present", "read"):
            facts.update(names=self.names, missing=self.missing, checksums=self.checksums)
        if state == "present":
            facts["generated"] = self.generated
        if state == "read":
            facts.update(secrets=self.secrets, new_secrets=self.new_secrets)
        return facts
