# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of app_home changes, or would change in check mode."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Changes:
    """The changes of a run, as the lines of a diff."""

    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)

    def add(self, subject: str, before: str, after: str) -> None:
        self.before.append(f"{subject}: {before}")
        self.after.append(f"{subject}: {after}")

    def __bool__(self) -> bool:
        return bool(self.before)

    def diff(self) -> dict[str, str]:
        sides = {"before": self.before, "after": self.after}
        return {side: "".join(f"{line}\n" for line in lines) for side, lines in sides.items()}
