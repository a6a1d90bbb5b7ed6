# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands without systemd: no file is hidden from them, but none of their processes outlives them."""

from __future__ import annotations

import fcntl
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

LOCKS = "/run/masonite-deploy"
PATIENCE = 10.0


class ProcessRunner(Runner):
    def run(self, command: Command) -> Finished:
        command.check()
        program = command.program()
        argv = [*privileges(command), program, *command.argv[1:]]
        channels = Channels(command)
        started = time.monotonic()
        try:
            with only_one(command.name):
                timed_out, answer = self._supervise(command, argv, program, channels)
        finally:
            channels.close()
        if "error" in answer:
            raise CommandError(str(answer["error"]), reason=str(answer["reason"]))
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


def privileges(command: Command) -> list[str]:
    """The command line of setpriv, which leaves the program without any way to gain privileges."""
    setpriv = shutil.which("setpriv", path=PATH)
    if setpriv is None:
        raise CommandError(
            "The program setpriv was not found. Install util-linux on this server.", reason="missing_program"
        )
    account = command.account
    if os.geteuid() != 0:
        if account.uid != os.geteuid():
            raise CommandError(
                f"Only root can run a command as user {account.name}. Run this with become.",
                reason="needs_root",
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
def only_one(name: str) -> Iterator[None]:
    """Hold the name of the command. An ordinary user runs commands for itself and needs no names."""
    if not name or os.geteuid() != 0:
        yield
        return
    os.makedirs(LOCKS, 0o755, exist_ok=True)
    lock = os.open(
        os.path.join(LOCKS, f"command-{name}.lock"),
        os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC,
        0o600,
    )
    deadline = time.monotonic() + PATIENCE
    try:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise CommandError(
                        f"Another run of the command {name} has not ended. Wait for it, then run this again.",
                        reason="busy",
                    ) from None
                time.sleep(0.05)
        yield
    finally:
        os.close(lock)
