# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files in the configuration directory: records, uWSGI configurations, environments."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict

from .._system.atomic_file import write_atomically
from .environment_file import parse_environment, render_environment
from .errors import InstanceError
from .instance_id import ID_PATTERN
from .paths import Paths
from .plan import Plan
from .record import Record, parse_record
from .remove_file import remove_file

FILE = re.compile(r"\A([^.]+)\.(?:json|ini|env)(?:\.new)?\Z")
# What a run left that was killed while it wrote a file; the name with .new is one of version 0.1.
TEMPORARY = re.compile(r"\A(?:\.[^.]+\.(?:json|ini|env)\..+\.tmp|[^.]+\.(?:json|ini|env)\.new)\Z")


class RecordStore:
    def __init__(self, paths: Paths) -> None:
        self.paths = paths

    def list_ids(self) -> list[str]:
        """Return every id that has a file."""
        matches = (FILE.match(name) for name in self._names())
        return sorted({match.group(1) for match in matches if match and ID_PATTERN.match(match.group(1))})

    def _names(self) -> list[str]:
        try:
            return os.listdir(self.paths.config_dir)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except PermissionError as error:
            raise InstanceError(
                f"config_dir {self.paths.config_dir} cannot be read: {error.strerror}. Run as root, "
                "or give a config_dir of your own.",
                "discover",
                options=["config_dir"],
            ) from error

    def read_record(self, instance_id: str) -> Record | None:
        """Return the record of an instance; None if it is missing or makes no sense."""
        try:
            with open(self.paths.files(instance_id).record, encoding="utf-8") as stream:
                data = json.load(stream)
        except (OSError, ValueError, RecursionError):
            return None
        return parse_record(instance_id, data)

    def write_record(self, record: Record) -> None:
        text = json.dumps(asdict(record), indent=1, sort_keys=True) + "\n"
        write_atomically(self.paths.files(record.id).record, text, 0o600)

    def read_ini(self, instance_id: str) -> str:
        """Return the uWSGI configuration of an instance; an empty text if there is none."""
        try:
            with open(self.paths.files(instance_id).ini, encoding="utf-8", errors="replace") as stream:
                return stream.read()
        except OSError:
            return ""

    def read_environment(self, instance_id: str) -> dict[str, str]:
        """Return the environment of an instance, from its file or from a record of version 0.1."""
        try:
            with open(self.paths.files(instance_id).environment, encoding="utf-8") as stream:
                return parse_environment(stream.read())
        except (OSError, ValueError):
            record = self.read_record(instance_id)
            values = record.environment if record else {}
            return {key: value for key, value in values.items() if isinstance(value, str)}

    def write_plan(self, plan: Plan, record: Record) -> None:
        """Write the configuration, the environment and the record of an instance."""
        write_atomically(plan.files.ini, plan.ini, 0o640, plan.account.gid)
        if plan.environment:
            write_atomically(plan.files.environment, render_environment(plan.environment), 0o600)
        else:
            remove_file(plan.files.environment)
        self.write_record(record)

    def remove(self, instance_id: str) -> bool:
        """Remove the files of an instance; return whether there were any."""
        files = self.paths.files(instance_id)
        removed = [
            remove_file(path + suffix)
            for path in (files.ini, files.record, files.environment)
            for suffix in ("", ".new")
        ]
        return any(removed)

    def remove_temporary_files(self) -> None:
        """Remove what killed runs left. Only for the run that holds the lock."""
        for name in self._names():
            if TEMPORARY.match(name):
                remove_file(os.path.join(self.paths.config_dir, name))
