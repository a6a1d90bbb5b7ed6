# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run returns."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from .capacity import Capacity
from .context import Context


@dataclass
class Result:
    """``before`` and ``after`` are the lines of the diff."""

    changed: bool = False
    instance: dict[str, Any] | None = None
    previous: dict[str, Any] | None = None
    strategy: str | None = None
    capacity: Capacity | None = None
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)

    def to_dict(self, context: Context) -> dict[str, Any]:
        """Return the values that the module documents, and `warnings`."""
        name, progress = context.paths.name, context.progress
        values: dict[str, Any] = {
            "changed": self.changed,
            "previous": self.previous,
            "strategy": self.strategy,
            "timings": {name: round(seconds, 3) for name, seconds in progress.timings.items()},
            "lost": {"queued": progress.lost.queued, "in_flight": progress.lost.in_flight},
            "diff": {
                "before_header": f"{name} (live)",
                "after_header": f"{name} ({context.options.state})",
                "before": _join_lines(self.before),
                "after": _join_lines(self.after),
            },
            "warnings": progress.warnings,
        }
        if self.instance is not None:
            values["instance"] = self.instance
        if self.capacity is not None:
            values["memory"] = asdict(self.capacity)
        return values


def _join_lines(lines: list[str]) -> str:
    return "".join(line + "\n" for line in lines)
