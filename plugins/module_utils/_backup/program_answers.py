# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the answers of the program, which code of the app can have changed: each is checked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import BackupError

MIGRATION = re.compile(r"[A-Za-z0-9_]{1,255}")
MIGRATIONS_LIMIT = 100_000
TEXT_LIMIT = 4096  # characters


@dataclass(frozen=True)
class Database:
    """The database that the app says it has."""

    kind: str
    path: str
    exists: bool


def read_answer(header: bytes) -> dict[str, Any]:
    """Return the first line of output."""
    try:
        values = json.loads(header)
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, dict):
        raise BackupError(
            "The program for the database did not print an answer: something in the app's virtualenv "
            "or release ends or replaces it.",
            reason="malformed",
        )
    return values


def read_text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > TEXT_LIMIT or not value.isprintable():
        raise BackupError(f"The program for the database printed a malformed {key}.", reason="malformed")
    return value


def read_database(values: Mapping[str, Any]) -> Database:
    kind = read_text(values, "kind")
    if kind not in ("sqlite", "postgres"):
        raise BackupError("The program for the database printed a malformed kind.", reason="malformed")
    return Database(kind, read_text(values, "database"), values.get("exists") is True)


def read_migrations(values: Mapping[str, Any], key: str) -> list[str]:
    found = values.get(key)
    if not isinstance(found, list) or len(found) > MIGRATIONS_LIMIT:
        raise BackupError("The program for the database printed no list of migrations.", reason="malformed")
    for name in found:
        if not isinstance(name, str) or not MIGRATION.fullmatch(name):
            raise BackupError(
                f"The list of {key} migrations holds what is no name of a migration: {ascii(name)[:100]}.",
                reason="malformed",
                hint="The name of a migration's file consists of letters, digits and _, and ends with .py.",
            )
    return list(found)
