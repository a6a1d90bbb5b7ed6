# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a call came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Result:
    """The changes that were made, or would be made in check mode, in their order."""

    changes: list[str] = field(default_factory=list)
    copies: list[dict[str, str]] = field(default_factory=list)
    diff: list[dict[str, str]] = field(default_factory=list)
    # The virtual hosts that wait for their apps.
    waiting: list[str] = field(default_factory=list)
    reloaded: bool = False
    running: bool = False
    enabled: bool = False

    def add_copy(self, path: Path, copy: Path | None) -> None:
        """Report a copy; it has no name in check mode."""
        self.changes.append(f"kept a copy of {path}" + (f" in {copy}" if copy else ""))
        if copy:
            self.copies.append({"path": str(path), "copy": str(copy)})

    def facts(self) -> dict[str, Any]:
        return {
            "changes": self.changes,
            "copies": self.copies,
            "waiting": self.waiting,
            "reloaded": self.reloaded,
            "running": self.running,
            "enabled": self.enabled,
        }
