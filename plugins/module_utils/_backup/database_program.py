# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the program for the database as the app's user in its sandbox."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import FileIO
from typing import Any

from .._system.account import Account
from .._system.command import Command, CommandError, Finished, Runner
from .._system.program_source import join_sources
from .._system.sandbox import Sandbox
from .errors import BackupError
from .output_reader import NoOutput, OutputReader, Sink, output_read_by
from .program import (
    app_settings,
    channel,
    database_url,
    django_settings,
    main,
    migrations,
    postgres,
    sqlite,
)
from .program_answers import Database, read_answer, read_database, read_migrations, read_text

SYSTEM_PYTHON = "/usr/bin/python3"
PROGRAM = (channel, database_url, django_settings, app_settings, sqlite, postgres, migrations, main)
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[^\n\t -~\u00a0-\U0010ffff]")
REASONS = {channel.UNSUPPORTED: "unsupported", channel.MISSING: "client_missing", channel.DAMAGED: "damaged"}


@dataclass(frozen=True)
class Call:
    python: tuple[str, ...]
    arguments: tuple[str, ...]
    chdir: str


def clean_output(text: bytes) -> str:
    """Return the end of what code of the app printed, without control characters."""
    return ESCAPES.sub("", text.decode("utf-8", "replace")).strip()[-2000:]


@dataclass(frozen=True)
class DatabaseProgram:
    """The commands of the program."""

    runner: Runner
    account: Account
    sandbox: Sandbox
    python: str
    chdir: str
    timeout: float
    name: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)

    def inspect(self) -> Database:
        return read_database(self._run(self._make_call("inspect")))

    def back_up(self, sink: Sink) -> Database:
        return read_database(self._run(self._make_call("backup"), sink=sink))

    def check(self, kind: str, file: FileIO) -> None:
        """Check a backup by the Python of the system, which the app cannot change, as the app's user."""
        usable = os.access(SYSTEM_PYTHON, os.X_OK)
        argv = [SYSTEM_PYTHON if usable else sys.executable, "-I"]
        self._run(Call(tuple(argv), ("check", kind), "/"), file=file)

    def restore(self, kind: str, file: FileIO) -> str:
        """Restore a backup; return where a damaged database was kept, or an empty text."""
        return read_text(self._run(self._make_call("restore", kind), file=file), "kept")

    def remove(self) -> bool:
        return self._run(self._make_call("remove")).get("removed") is True

    def migrations(self) -> tuple[list[str], list[str]]:
        answer = self._run(self._make_call("migrations"))
        return read_migrations(answer, "applied"), read_migrations(answer, "pending")

    def _make_call(self, *arguments: str) -> Call:
        if not os.path.isdir(self.chdir):
            raise BackupError(
                f"The release {self.chdir} does not exist.", reason="no_release", options=["chdir"]
            )
        if not os.path.lexists(self.python):
            raise BackupError(
                f"The Python {self.python} does not exist.", reason="no_python", options=["python"]
            )
        return Call((self.python,), arguments, self.chdir)

    def _run(self, call: Call, sink: Sink | None = None, file: FileIO | None = None) -> dict[str, Any]:
        reader = OutputReader(sink or NoOutput())
        with output_read_by(reader) as stdout:
            command = Command(
                # Standard input is the backup, so the program is an argument.
                argv=(*call.python, "-B", "-c", join_sources(*PROGRAM), *call.arguments),
                account=self.account,
                sandbox=self.sandbox,
                chdir=call.chdir,
                # A backup is checked without anything of the app.
                environment=dict(self.environment) if call.chdir == self.chdir else {},
                stdin_file=file.fileno() if file is not None else None,
                stdout_file=stdout,
                timeout=self.timeout,
                name=self.name,
            )
            try:
                finished = self.runner.run(command)
            except CommandError as error:
                raise BackupError(
                    f"The program for the database was not run. {error.message}",
                    reason=error.reason,
                    hint=error.hint,
                    options=[{"argv": "python"}.get(name, name) for name in error.facts.get("options", ())],
                ) from error
        self._check(call, finished, reader)
        return read_answer(reader.header)

    def _check(self, call: Call, finished: Finished, reader: OutputReader) -> None:
        """Raise an error if the program failed."""
        action = call.arguments[0]
        output = clean_output(finished.stderr)
        if isinstance(reader.problem, BackupError):
            raise reader.problem
        if reader.problem is not None:
            raise BackupError(f"The backup cannot be written: {reader.problem}.", reason="filesystem")
        if finished.timed_out:
            raise BackupError(
                f"The program for the database (command {action}) did not end within "
                f"{self.timeout:.0f} seconds and was killed. {output}",
                reason="timeout",
                options=["timeout"],
            )
        if finished.rc != 0:
            raise BackupError(
                output or f"The program for the database (command {action}) ended with {finished.rc}.",
                reason=REASONS.get(finished.rc, "failed"),
            )
