# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things of an app are on a server."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class AppPaths:
    """Paths below the directory of an app; ``live_link`` is what the web server follows."""

    path: Path
    live_link: Path

    @classmethod
    def below(cls, path: Path, live_link: Path | None = None) -> AppPaths:
        return cls(path, live_link or path / "current")

    @property
    def releases(self) -> Path:
        return self.path / "releases"

    @property
    def shared(self) -> Path:
        return self.path / "shared"

    @property
    def mirror(self) -> Path:
        return self.path / "repo.git"

    @property
    def current(self) -> Path:
        return self.path / "current"

    @property
    def history(self) -> Path:
        return self.path / "history.jsonl"

    @property
    def records(self) -> Path:
        return self.path / ".state"

    @property
    def lock(self) -> Path:
        """The lock of a deploy, which lasts from the first task of a run to the last."""
        return self.records / "lock"

    @property
    def file_lock(self) -> Path:
        """The file lock of one call of the module."""
        return self.records / "mutex"

    @property
    def pending_migrations(self) -> Path:
        """What a restored database lacks; there only until these migrations are applied again."""
        return self.records / "pending-migrations"

    def record(self, release: str) -> Path:
        return self.records / f"{release}.json"
