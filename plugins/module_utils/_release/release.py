# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One release of an app."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

# States of a release, as in its record and in the results of the modules.
GOOD, BAD, UNFINISHED = "good", "bad", "unfinished"
# The action of a line of the history that is about the database alone.
RESTORE = "restore"
FACTS = (
    "name",
    "path",
    "revision",
    "version",
    "time",
    "state",
    "framework",
    "virtualenv",
    "reason",
    "subject",
)


@dataclass(frozen=True)
class Release:
    """An immutable checkout of one revision. Its state is kept in a record beside it, not in it."""

    name: str
    path: str
    revision: str = ""
    version: str = ""
    time: str = ""
    state: str = UNFINISHED
    framework: str = ""
    connection: str = ""
    """The kind of database that the .env of the revision names; empty if it names none, or SQLite."""
    virtualenv: str = ""
    assets: str = ""
    """The key of the build that its built files are of; empty where nothing is built."""
    shared: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    live_at: float = 0.0
    reason: str = ""
    subject: str = ""

    def facts(self) -> dict[str, Any]:
        """Return what the results of the modules show."""
        return {key: getattr(self, key) for key in FACTS}

    def record(self) -> dict[str, Any]:
        """Return what the record on disk holds; the name is that of the file."""
        record = asdict(self)
        record.update(shared=list(self.shared), links=list(self.links))
        del record["path"], record["name"]
        return record

    def describe(self) -> str:
        version = f" ({self.version})" if self.version and self.version not in self.revision else ""
        return f"{self.name}, revision {self.revision[:12] or 'unknown'}{version}"
