# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of an app: which accounts and directories are its own. Root writes it, all may read it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from .._system.directory import Directory
from .errors import HomeError
from .options import Options


@dataclass(frozen=True)
class Record:
    """What belongs to one app.

    Numbers are None until the account has been made. `former` are the user ids of the common account of
    version 0.1 while its directories are being converted. `adopted` is the progress of the option adopt.
    `kept` is where the app's data is moved to while the app is being removed.
    """

    name: str
    path: str
    venvs: str = ""
    runtime_dir: str = ""
    socket: str = ""
    live_link: str = ""
    user: str = ""
    group: str = ""
    build_user: str = ""
    build_group: str = ""
    uid: int | None = None
    gid: int | None = None
    build_uid: int | None = None
    build_gid: int | None = None
    database: str = ""
    writable_paths: tuple[str, ...] = ()
    former: tuple[int, ...] | None = None
    adopted: Mapping[str, Any] | None = None
    kept: str = ""

    @classmethod
    def of(cls, options: Options) -> Record:
        return cls(options.name, options.path).with_options(options)

    def with_options(self, options: Options) -> Record:
        """Return the record with the paths and names of the options; numbers stay."""
        return replace(
            self,
            path=options.path,
            venvs=options.venvs,
            runtime_dir=options.runtime_dir,
            socket=options.socket,
            live_link=options.live_link,
            user=options.user,
            group=options.group,
            build_user=options.build_user,
            build_group=options.build_group,
            database=options.database,
            writable_paths=options.writable_paths,
        )

    @property
    def former_users(self) -> list[int]:
        """Return user ids that may write in shared/ until the handover from an app set up by hand."""
        return list((self.adopted or {}).get("users") or [])

    @property
    def restores_wal(self) -> bool:
        """Return whether the database gets its WAL mode back after the handover."""
        return bool((self.adopted or {}).get("wal"))

    def facts(self) -> dict[str, Any]:
        return asdict(self)


class Records:
    """The records of all apps of this server."""

    def __init__(self, directory: str) -> None:
        self.directory = directory

    def read(self, name: str) -> Record | None:
        try:
            with Directory(self.directory) as directory:
                content = directory.read(f"{name}.json")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise HomeError(
                f"The record {self.path(name)} cannot be read: {error.strerror}. Wanted is a regular file of "
                "root's.",
                reason="record",
            ) from None
        record = _parse(content)
        if record is None or record.name != name:
            raise HomeError(
                f"The record {self.path(name)} is not what this collection writes. It says which accounts "
                "and directories belong to the app; put it back from a backup.",
                reason="record",
            )
        return record

    def others(self, name: str) -> list[Record]:
        """Return the records of the other apps that can be read."""
        try:
            with Directory(self.directory) as directory:
                names = [entry for entry in directory.names() if entry.endswith(".json") and entry[:1] != "."]
                found = [_parse(directory.read(entry)) for entry in names if entry != f"{name}.json"]
        except OSError:
            return []
        return [record for record in found if record is not None]

    def write(self, record: Record) -> None:
        os.makedirs(self.directory, 0o755, exist_ok=True)
        content = json.dumps(record.facts(), indent=2, sort_keys=True) + "\n"
        with Directory(self.directory) as directory:
            directory.write(f"{record.name}.json", content.encode(), 0o644)

    def remove(self, name: str) -> None:
        with Directory(self.directory) as directory:
            directory.remove(f"{name}.json")

    def path(self, name: str) -> str:
        return os.path.join(self.directory, f"{name}.json")


def _parse(content: bytes) -> Record | None:
    try:
        data = json.loads(content)
        known = {field.name for field in fields(Record)}
        record = Record(**{key: value for key, value in data.items() if key in known})
        record = replace(record, writable_paths=tuple(record.writable_paths))
        return replace(record, former=tuple(record.former)) if record.former is not None else record
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None
