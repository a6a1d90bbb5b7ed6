# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs commands without systemd: no file is hidden from them, but all their processes end with them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .command import PATH, Command, CommandError, Finished, Runner
from .command_channels import Channels
from .command_guard import guard_command
from .file_lock import FileLock, LockTimeout

LOCKS = "/run/masonite-deploy"
LOCK_TIMEOUT = 10.0  # seconds


class ProcessRunner(Runner):
    def run(self, command: Command) -> Finished:
        command.check()
        program = command.program()
        argv = [*setpriv_arguments(command), program, *command.argv[1:]]
        channels = Channels(command)
        started = time.monotonic()
        try:
            with name_lock(command.name):
                timed_out, answer = self._supervise(command, argv, program, channels)
        finally:
            channels.close()
        if "error" in answer:
            raise CommandError(
                str(answer["error"]), reason=str(answer["reason"]), options=answer.get("options", [])
            )
        return Finished(
            -9 if timed_out else int(answer["rc"]),
            channels.stdout.content(),
            channels.stderr.content(),
            time.monotonic() - started,
            timed_out,
        )

    def start(self, command: Command) -> Finished:
        return self.run(command)

    def _supervise(
        self, command: Command, argv: list[str], program: str, channels: Channels
    ) -> tuple[bool, dict[str, Any]]:
        source, sink = os.pipe()
        parent = os.getpid()
        guard = os.fork()
        if guard == 0:
            os.close(source)
            guard_command(command, argv, program, channels, sink, parent)
        os.close(sink)
        channels.close_inner()
        try:
            timed_out = channels.exchange(source, command.timeout, lambda: os.kill(guard, signal.SIGTERM))
        except BaseException:
            os.kill(guard, signal.SIGTERM)
            raise
        finally:
            with os.fdopen(source, "rb") as stream:
                text = stream.read()
            os.waitpid(guard, 0)
        if not text:
            raise CommandError(
                "The process that watches the command was killed; processes of the command may be left.",
                reason="not_ended",
            )
        return timed_out, json.loads(text)


def setpriv_arguments(command: Command) -> list[str]:
    """Return the command line of setpriv, by which the program cannot gain privileges."""
    setpriv = shutil.which("setpriv", path=PATH)
    if setpriv is None:
        raise CommandError(
            "The program setpriv was not found.",
            reason="missing_program",
            hint="Install util-linux on this server.",
        )
    account = command.account
    if os.geteuid() != 0:
        if account.uid != os.geteuid():
            raise CommandError(
                f"Only root can run a command as user {account.name}.",
                reason="needs_root",
                hint="Run this with become.",
                options=["user"],
            )
        return [setpriv, "--no-new-privs", "--"]
    # By number: setpriv refuses the word `all` where the kernel knows a capability that it does not.
    capabilities = ",".join(f"-cap_{number}" for number in range(last_capability() + 1))
    groups = ",".join(map(str, account.groups))
    return [
        setpriv,
        f"--reuid={account.uid}",
        f"--regid={account.gid}",
        f"--groups={groups}" if groups else "--clear-groups",
        f"--inh-caps={capabilities}",
        f"--bounding-set={capabilities}",
        "--no-new-privs",
        "--",
    ]


def last_capability() -> int:
    try:
        with open("/proc/sys/kernel/cap_last_cap", encoding="ascii") as stream:
            return int(stream.read())
    except OSError:
        return 40


@contextmanager
def name_lock(name: str) -> Iterator[None]:
    """Hold the name of the command. An ordinary user runs commands for itself and needs no names."""
    if not name or os.geteuid() != 0:
        yield
        return
    os.makedirs(LOCKS, 0o755, exist_ok=True)
    try:
        with FileLock(os.path.join(LOCKS, f"command-{name}.lock"), LOCK_TIMEOUT):
            yield
    except LockTimeout as error:
        raise CommandError(
            f"Another run of the command {name} has not ended.",
            reason="busy",
            hint="Wait for it, then run this again.",
            options=["name"],
        ) from error
