# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program of the app, run as the app's user in its sandbox; its answers are checked here."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from io import FileIO
from typing import Any

from .._system.account import Account
from .._system.command import Command, CommandError, Finished, Runner
from .._system.sandbox import Sandbox
from . import program
from .errors import BackupError
from .streams import Body, Intake, Nothing, received_by

SYSTEM_PYTHON = "/usr/bin/python3"
MIGRATION = re.compile(r"[A-Za-z0-9_]{1,255}")
MOST_MIGRATIONS = 100_000
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[^\n\t -~\u00a0-\U0010ffff]")
REASONS = {program.UNSUPPORTED: "unsupported", program.MISSING: "client_missing", program.DAMAGED: "damaged"}


def source() -> str:
    """The text of the program, also where the module is a zip file."""
    spec = find_spec(program.__name__)
    loader = spec.loader if spec is not None else None
    text = (
        loader.get_source(program.__name__) if loader is not None and hasattr(loader, "get_source") else None
    )
    if not text:
        raise BackupError("The source of the program for the app cannot be read.", reason="internal")
    return str(text)


def clean(text: bytes) -> str:
    """What foreign code printed, as text for a message: its end, without control characters."""
    return ESCAPES.sub("", text.decode("utf-8", "replace")).strip()[-2000:]


@dataclass(frozen=True)
class Database:
    """Which database the app has, as the app says."""

    kind: str
    path: str
    exists: bool


@dataclass(frozen=True)
class Program:
    runner: Runner
    account: Account
    sandbox: Sandbox
    python: str
    chdir: str
    timeout: float
    name: str = ""

    def inspect(self) -> Database:
        return _database(self._run(self._app("inspect")))

    def back_up(self, body: Body) -> Database:
        return _database(self._run(self._app("backup"), body=body))

    def check(self, kind: str, file: FileIO) -> None:
        """By the system's own Python, which the app cannot change, as the app's user all the same."""
        own = os.access(SYSTEM_PYTHON, os.X_OK)
        argv = [SYSTEM_PYTHON if own else sys.executable, "-I"]
        self._run(Call(tuple(argv), ("check", kind), "/"), file=file)

    def restore(self, kind: str, file: FileIO) -> str:
        """Returns where a damaged database was kept, or an empty text."""
        return _text(self._run(self._app("restore", kind), file=file), "kept")

    def remove(self) -> bool:
        return self._run(self._app("remove")).get("removed") is True

    def migrations(self) -> tuple[list[str], list[str]]:
        answer = self._run(self._app("migrations"))
        return _migrations(answer, "applied"), _migrations(answer, "pending")

    def _app(self, *arguments: str) -> Call:
        if not os.path.isdir(self.chdir):
            raise BackupError(f"The release {self.chdir} does not exist.", reason="no_release")
        if not os.path.lexists(self.python):
            raise BackupError(f"The Python {self.python} does not exist.", reason="no_python")
        return Call((self.python,), arguments, self.chdir)

    def _run(self, call: Call, body: Body | None = None, file: FileIO | None = None) -> dict[str, Any]:
        intake = Intake(body or Nothing())
        with received_by(intake) as stdout:
            command = Command(
                # Standard input is the backup, so the program is an argument.
                argv=(*call.python, "-B", "-c", source(), *call.arguments),
                account=self.account,
                sandbox=self.sandbox,
                chdir=call.chdir,
                stdin_file=file.fileno() if file is not None else None,
                stdout_file=stdout,
                timeout=self.timeout,
                name=self.name,
            )
            try:
                finished = self.runner.run(command)
            except CommandError as error:
                raise BackupError(
                    f"The program for the database was not run. {error}", reason=error.reason
                ) from error
        self._refuse(call, finished, intake)
        return _answer(intake.header)

    def _refuse(self, call: Call, finished: Finished, intake: Intake) -> None:
        action = call.arguments[0]
        said = clean(finished.stderr)
        if isinstance(intake.problem, BackupError):
            raise intake.problem
        if intake.problem is not None:
            raise BackupError(f"The backup cannot be written: {intake.problem}.", reason="filesystem")
        if finished.timed_out:
            raise BackupError(
                f"The program for the database (command {action}) did not end within "
                f"{self.timeout:.0f} seconds and was ended. {said}",
                reason="timeout",
            )
        if finished.rc != 0:
            raise BackupError(
                said or f"The program for the database (command {action}) ended with {finished.rc}.",
                reason=REASONS.get(finished.rc, "failed"),
            )


@dataclass(frozen=True)
class Call:
    python: tuple[str, ...]
    arguments: tuple[str, ...]
    chdir: str


def _answer(header: bytes) -> dict[str, Any]:
    try:
        values = json.loads(header)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise BackupError(
            "The program for the database did not print an answer: something in the app's virtualenv "
            "or release ends or replaces it.",
            reason="malformed",
        )
    return values


def _text(values: Mapping[str, Any], key: str) -> str:
    value = values.get(key)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > 4096 or not value.isprintable():
        raise BackupError(f"The program for the database printed a malformed {key}.", reason="malformed")
    return value


def _database(values: Mapping[str, Any]) -> Database:
    kind = _text(values, "kind")
    if kind not in ("sqlite", "postgres"):
        raise BackupError("The program for the database printed a malformed kind.", reason="malformed")
    return Database(kind, _text(values, "database"), values.get("exists") is True)


def _migrations(values: Mapping[str, Any], key: str) -> list[str]:
    found = values.get(key)
    if not isinstance(found, list) or len(found) > MOST_MIGRATIONS:
        raise BackupError("The program for the database printed no list of migrations.", reason="malformed")
    for name in found:
        if not isinstance(name, str) or not MIGRATION.fullmatch(name):
            raise BackupError(
                f"The list of {key} migrations holds what is no name of a migration: {ascii(name)[:100]}.",
                reason="malformed",
                hint="The name of a migration's file consists of letters, digits and _, and ends with .py.",
            )
    return list(found)
