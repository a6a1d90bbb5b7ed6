# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of an instance on disk."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

CANDIDATE, SWITCHED, LIVE, STOPPED = "candidate", "switched", "live", "stopped"
STATES = (CANDIDATE, SWITCHED, LIVE, STOPPED)
MANAGERS = ("systemd", "none")
# Keys of earlier versions, and what they are called now.
FORMER_KEYS = {"way_back": "previous_links"}


@dataclass
class Record:
    """What is known of an instance. Nothing in it proves anything about a process."""

    id: str
    state: str
    manager: str
    chdir: str = ""
    virtualenv: str = ""
    binary: str = ""
    user: str = ""
    uid: int = -1
    group: str = ""
    umask: str = "0027"
    # Only in records of version 0.1; later versions have the values in a file of their own.
    environment: dict[str, str] = field(default_factory=dict)
    published: bool = False
    processes: int = 0
    threads: int = 1
    log: str = ""
    pid: int = 0
    start: int = 0
    created: float = 0.0
    watched: dict[str, str] = field(default_factory=dict)
    # During a switch: where the public links led before, and the process that has to be stopped afterwards.
    previous_links: dict[str, str] = field(default_factory=dict)
    replaces: dict[str, Any] = field(default_factory=dict)


def parse_record(instance_id: str, data: object) -> Record | None:
    """Return the record that a JSON document holds; None for one that makes no sense."""
    if not isinstance(data, dict):
        return None
    data = {FORMER_KEYS.get(key, key): value for key, value in data.items()}
    record = Record(id=instance_id, state="", manager="")
    for known in fields(Record):
        default = getattr(record, known.name)
        value = data.get(known.name, default)
        if not _has_type_of(default, value):
            return None
        setattr(record, known.name, value)
    sound = record.id == instance_id and record.state in STATES and record.manager in MANAGERS
    return record if sound else None


def _has_type_of(default: object, value: object) -> bool:
    if isinstance(value, type(default)) and isinstance(value, bool) == isinstance(default, bool):
        return True
    numbers = isinstance(default, (int, float)) and isinstance(value, (int, float))
    return numbers and not isinstance(default, bool) and not isinstance(value, bool)
