# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An instance, or something else, as it was found at a socket path."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .._system.process import Process, list_family, select_user
from .._system.unix_listener import Listener
from .instance_id import remove_number
from .paths import InstanceFiles
from .record import Record

# Who started it: this module; a person or another program, and it is uWSGI; unknown, and it is not uWSGI.
OWN, FOREIGN, UNKNOWN = "own", "foreign", "unknown"


@dataclass
class Instance:
    """With neither a process nor orphans, only files of it are left.

    ``process`` is the master; ``orphans`` are workers without one. ``uid`` is the user whose processes count;
    None means every user's.
    """

    origin: str
    socket: str
    id: str | None = None
    files: InstanceFiles | None = None
    record: Record | None = None
    manager: str = "none"
    process: Process | None = None
    orphans: list[Process] = field(default_factory=list)
    listener: Listener | None = None
    uid: int | None = None

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.alive

    @property
    def members(self) -> list[Process]:
        """Its living processes, the master first."""
        found = []
        if self.process and self.alive:
            found = select_user(list_family(self.process.pid), self.uid)
        return found + [orphan for orphan in self.orphans if orphan.alive and orphan not in found]

    @property
    def config_id(self) -> str:
        return remove_number(self.id) if self.id else ""

    @property
    def published(self) -> str | None:
        """The hard link to its socket that visitors are sent to."""
        return self.files.published if self.record and self.files and self.record.published else None

    def describe(self) -> str:
        if self.origin == OWN:
            return f"instance {self.id}"
        return f"the uWSGI process {self.process.pid if self.process else '?'}"

    def to_record(self) -> dict[str, Any]:
        """Return what the record of its successor says about it."""
        process = self.process
        return {
            "id": self.id or "",
            "socket": self.socket,
            "pid": process.pid if process else 0,
            "start": process.start if process else 0,
        }
