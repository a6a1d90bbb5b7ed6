# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One command run as an account in a sandbox: what it needs, how it ended, and what can run it."""

from __future__ import annotations

import os
import re
import shutil
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field

from .account import Account
from .errors import ModuleError
from .sandbox import Sandbox

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# systemd passes on tabs and line ends, and drops a variable with any other control character.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class CommandError(ModuleError):
    """A command that could not be started, or whose processes could not be killed.

    ``options`` names the options that the error is about, as the module app_command calls them.
    """


@dataclass(frozen=True)
class Command:
    """What to run, as whom, and in which sandbox.

    The environment may hold secrets: it appears in no command line, no property of a unit and no log.
    A command with a name is the only one of that name; one that a killed run has left is stopped first.
    """

    argv: tuple[str, ...]
    account: Account
    sandbox: Sandbox
    chdir: str = "/"
    environment: Mapping[str, str] = field(default_factory=dict)
    stdin: bytes = b""
    stdin_file: int | None = None
    stdout_file: int | None = None
    timeout: float | None = None
    name: str = ""

    def check(self) -> None:
        """Raise a CommandError for what no runner can run."""
        if not self.argv or not self.argv[0]:
            raise CommandError("There is no command: argv is empty.", reason="argv", options=["argv"])
        if any("\0" in word for word in self.argv):
            raise CommandError(
                "An argument of the command holds a NUL character.", reason="argv", options=["argv"]
            )
        if not self.chdir.startswith("/"):
            raise CommandError(
                f"The working directory {self.chdir!r} is not an absolute path.",
                reason="chdir",
                options=["chdir"],
            )
        if self.name and not NAME.fullmatch(self.name):
            raise CommandError(
                f"{self.name!r} is not a name of a command.",
                reason="name",
                hint="Use letters, digits, '_', '.', ':' and '-'.",
                options=["name"],
            )
        for name, value in self.environment.items():
            if not VARIABLE.fullmatch(name):
                raise CommandError(
                    f"{name!r} is not a name of an environment variable.",
                    reason="environment",
                    options=["environment"],
                )
            if CONTROL.search(value) or not _is_utf8(value):
                raise CommandError(
                    f"The environment variable {name} holds a control character or a byte that is not UTF-8, "
                    "which cannot be passed on.",
                    reason="environment",
                    options=["environment"],
                )

    def variables(self) -> dict[str, str]:
        """The whole environment of the command."""
        return {
            "PATH": PATH,
            "LANG": "C.UTF-8",
            "HOME": self.account.home,
            "USER": self.account.name,
            "LOGNAME": self.account.name,
            **self.environment,
        }

    def program(self) -> str:
        """The absolute path of the program: a relative one is below the working directory."""
        first = self.argv[0]
        if "/" in first:
            return os.path.join(self.chdir, first)
        found = shutil.which(first, path=self.variables()["PATH"])
        if found is None:
            raise CommandError(
                f"The program {first} was not found on this server.",
                reason="missing_program",
                options=["argv"],
            )
        return found


@dataclass(frozen=True)
class Finished:
    """How a command ended. A negative rc is a signal's number; `out_of_memory` is known with systemd only."""

    rc: int
    stdout: bytes
    stderr: bytes
    seconds: float
    timed_out: bool
    out_of_memory: bool = False


class Runner(ABC):
    """Runs commands. When a method returns, only `start` can have left processes of the command."""

    @abstractmethod
    def run(self, command: Command) -> Finished:
        """Run the command to its end and kill every process that it started."""

    @abstractmethod
    def start(self, command: Command) -> Finished | None:
        """Start the command without waiting; where that is impossible, run it and return how it ended."""


def choose_runner(service_manager: str) -> Runner:
    """The runner for `systemd`, for `none`, or for what this server has (`auto`)."""
    booted = os.path.isdir("/run/systemd/system")
    if service_manager == "systemd" or (service_manager == "auto" and booted and os.geteuid() == 0):
        if os.geteuid() != 0:
            raise CommandError(
                "A sandbox of systemd needs root.",
                reason="needs_root",
                hint="Run this with become, or choose service_manager none.",
                options=["service_manager"],
            )
        if not booted:
            raise CommandError(
                "systemd does not run this server.",
                reason="no_systemd",
                hint="Choose service_manager none.",
                options=["service_manager"],
            )
        from .command_systemd import SystemdRunner

        return SystemdRunner()
    if service_manager not in ("auto", "none"):
        raise CommandError(
            f"{service_manager!r} is not a service manager.",
            reason="service_manager",
            hint="Use auto, systemd or none.",
            options=["service_manager"],
        )
    from .command_process import ProcessRunner

    return ProcessRunner()


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
