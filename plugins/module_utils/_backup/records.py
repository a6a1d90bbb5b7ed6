# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Root's record of the backups: their order, and what each was when it was made."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

ENDINGS = {"sqlite": ".sqlite3", "postgres": ".pgdump"}
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}\.(sqlite3|pgdump)")
# What version 0.1 called its files. A file with another name was put there by a person and is never removed.
FORMER_NAME = re.compile(r"\d{8}T\d{6}Z-[A-Za-z0-9._-]+\.(sqlite3|pgdump)")
CHECKSUM = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Record:
    """One backup. `good` is false for the copy of a database that a failed migration left."""

    name: str
    time: str
    kind: str
    size: int
    sha256: str
    label: str = ""
    release: str = ""
    revision: str = ""
    database: str = ""
    good: bool = True

    def line(self) -> str:
        return json.dumps(asdict(self), sort_keys=True) + "\n"


@dataclass(frozen=True)
class StateBefore:
    """The database before the migrations of a release; `backup` is empty if there was no database."""

    release: str
    kind: str
    database_existed: bool
    backup: str = ""

    def content(self) -> bytes:
        return json.dumps(asdict(self), sort_keys=True).encode() + b"\n"


def read_state_before(content: bytes) -> StateBefore | None:
    try:
        values = json.loads(content)
    except ValueError:
        return None
    if not isinstance(values, dict):
        return None
    texts = [values.get(key) for key in ("release", "kind", "backup")]
    existed = values.get("database_existed")
    if not all(isinstance(text, str) for text in texts) or not isinstance(existed, bool):
        return None
    return StateBefore(str(texts[0]), str(texts[1]), existed, str(texts[2]))


def kind_of_name(name: str) -> str:
    return next(kind for kind, ending in ENDINGS.items() if name.endswith(ending))


def is_name(name: str) -> bool:
    return NAME.fullmatch(name) is not None


def read_records(content: bytes) -> tuple[list[Record], int]:
    """Return the records and how many lines are malformed.

    The records have the order in which they were written, each name once; the last one counts.
    """
    found: dict[str, Record] = {}
    unknown = 0
    for line in content.decode("utf-8", "replace").splitlines():
        record = _read_record(line)
        if record is None:
            unknown += 1
            continue
        found.pop(record.name, None)
        found[record.name] = record
    return list(found.values()), unknown


def _read_record(line: str) -> Record | None:
    try:
        values = json.loads(line)
    except ValueError:
        return None
    if not isinstance(values, dict):
        return None
    texts = {key: values.get(key, "") for key in ("label", "release", "revision", "database", "time")}
    name, kind, size, checksum = (values.get(key) for key in ("name", "kind", "size", "sha256"))
    if not (isinstance(name, str) and is_name(name) and kind == kind_of_name(name)):
        return None
    if not (isinstance(checksum, str) and CHECKSUM.fullmatch(checksum) and isinstance(size, int)):
        return None
    if not all(isinstance(text, str) for text in texts.values()):
        return None
    return Record(
        name=name,
        kind=kind_of_name(name),
        size=size,
        sha256=checksum,
        good=values.get("good") is not False,
        **texts,
    )


def write_records(records: Iterable[Record]) -> bytes:
    return "".join(record.line() for record in records).encode()


def newest_good(records: Sequence[Record]) -> Record | None:
    return next((record for record in reversed(records) if record.good), None)


def choose_backups_to_remove(
    records: Sequence[Record], unrecorded: Sequence[str], keep: int, protected: Collection[str] = ()
) -> list[str]:
    """Return the names of the backups to remove, so that `keep` good ones are left. The oldest come first.

    Files without a record are older than all that have one. Copies of what failed migrations left do not
    count; only the newest of them is kept. The newest good backup and the protected ones always stay.
    """
    good = [record.name for record in records if record.good]
    failed = [record.name for record in records if not record.good]
    order = [*unrecorded, *good]
    spared = {*protected, *order[-1:]}
    removed = [*order[: max(len(order) - keep, 0)], *failed[:-1]]
    return [name for name in removed if name not in spared]


def describe_record(record: Record, path: str) -> dict[str, Any]:
    """Return a backup as the module returns it."""
    return {**asdict(record), "path": f"{path}/{record.name}", "recorded": True}
