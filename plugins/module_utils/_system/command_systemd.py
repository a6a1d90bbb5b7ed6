# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands in a transient unit of systemd, with the whole sandbox."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from .account import find_account
from .command import Command, CommandError, Finished, Runner
from .command_channels import Channels

RUNTIME = "/run"
PREFIX = "masonite-command-"
TRANSIENT = "/run/systemd/transient"
# Exit codes by which systemd says that it did not get as far as the program.
REASONS_BY_CODE = {200: "chdir", 203: "missing_program", 216: "user", 217: "user", 226: "sandbox"}
FIRST_CODE, LAST_CODE = 200, 245
CAUSES = {
    "chdir": "the working directory {chdir} cannot be entered by it",
    "missing_program": "the program {program} is missing or it may not execute it",
    "user": "systemd does not know the user or its group",
    "sandbox": "a path of the sandbox cannot be set up",
}

OPTIONS = {"chdir": ["chdir"], "missing_program": ["argv"], "user": ["user"]}


class SystemdRunner(Runner):
    def run(self, command: Command) -> Finished:
        command.check()
        unit = unit_name(command.name)
        token = secrets.token_hex(8)
        self._stop_former(command, unit)
        channels = Channels(command)
        started = time.monotonic()
        try:
            with private_directory() as directory:
                argv = [
                    "systemd-run",
                    "--quiet",
                    "--no-ask-password",
                    "--wait",
                    "--pipe",
                    "--service-type=oneshot",
                    f"--unit={unit}",
                    *unit_properties(command, directory, token),
                    "--",
                    *command_line(command),
                ]
                code, timed_out = self._supervise(command, argv, unit, channels)
        finally:
            channels.close()
        seconds = time.monotonic() - started
        output = (channels.stdout.content(), channels.stderr.content())
        if code == 0 and not timed_out:
            return Finished(0, *output, seconds, timed_out=False)
        found = self._find_result(unit, token)
        if timed_out:
            return Finished(-9, *output, seconds, timed_out=True)
        return self._interpret_result(command, found, Finished(code, *output, seconds, timed_out=False))

    def start(self, command: Command) -> None:
        command.check()
        unit = unit_name(command.name)
        token = secrets.token_hex(8)
        self._stop_former(command, unit)
        with private_directory() as directory:
            stdin = os.path.join(directory, "stdin")
            write_private(stdin, command.stdin)
            done = subprocess.run(
                [
                    "systemd-run",
                    "--quiet",
                    "--no-ask-password",
                    "--collect",
                    "--service-type=exec",
                    f"--unit={unit}",
                    "--nice=10",
                    # Such a unit counts as started at once, so that TimeoutStartSec does not end it.
                    *(
                        []
                        if command.timeout is None
                        else [f"--property=RuntimeMaxSec={command.timeout:.0f}s"]
                    ),
                    f"--property=StandardInput=file:{stdin}",
                    *unit_properties(command, directory, token),
                    "--",
                    *command_line(command),
                ],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
            )
        if done.returncode:
            raise not_started(command, done.stderr)

    def _supervise(
        self, command: Command, argv: list[str], unit: str, channels: Channels
    ) -> tuple[int, bool]:
        """Run systemd-run to its end; return its exit code and whether the timeout was over."""
        done, held = os.pipe()
        try:
            try:
                client = subprocess.Popen(
                    argv,
                    stdin=channels.stdin_inner,
                    stdout=channels.stdout_inner,
                    stderr=channels.stderr_inner,
                    pass_fds=[held],
                    start_new_session=True,
                )
            except OSError as error:
                raise CommandError(f"systemd-run cannot be run: {error}", reason="missing_program") from error
            finally:
                os.close(held)
            channels.close_inner()
            try:
                timed_out = channels.exchange(done, command.timeout, lambda: kill_unit(unit))
            except BaseException:
                kill_unit(unit)
                client.kill()
                raise
            finally:
                code = client.wait()
        finally:
            os.close(done)
        return code, timed_out

    def _stop_former(self, command: Command, unit: str) -> None:
        """Stop a unit of the same name that a killed run has left, running or failed."""
        if command.name and os.path.lexists(os.path.join(TRANSIENT, unit)):
            kill_unit(unit)
            systemctl("stop", unit)
            systemctl("reset-failed", unit)

    def _find_result(self, unit: str, token: str) -> dict[str, str]:
        """Return what systemd keeps of a unit that failed; empty if that unit is of another run."""
        names = ("Description", "Result", "ExecMainPID", "ExecMainCode", "ExecMainStatus")
        text = systemctl("show", unit, *("--property=" + name for name in names))
        found = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        if token not in found.get("Description", ""):
            return {}
        systemctl("reset-failed", unit)
        return found

    def _interpret_result(self, command: Command, found: Mapping[str, str], client: Finished) -> Finished:
        """Return how the command ended, from what systemd keeps and from how systemd-run ended."""
        pid, code, status = (
            int(found.get(name) or 0) for name in ("ExecMainPID", "ExecMainCode", "ExecMainStatus")
        )
        if not pid:
            raise not_started(command, client.stderr)
        if code == 1 and FIRST_CODE <= status <= LAST_CODE and not (client.stdout or client.stderr):
            raise not_prepared(command, status)
        return Finished(
            status if code == 1 else -status,
            client.stdout,
            client.stderr,
            client.seconds,
            timed_out=False,
            out_of_memory=found.get("Result") == "oom-kill",
        )


def unit_name(name: str) -> str:
    return f"{PREFIX}{name or secrets.token_hex(8)}.service"


def describe_command(command: Command) -> str:
    return f"The command {command.argv[0]} of user {command.account.name}"


def not_started(command: Command, output: bytes) -> CommandError:
    """Return the error for a unit that systemd did not start; the output is that of systemd-run."""
    program = command.program()
    if not os.path.isfile(program) or not os.access(program, os.X_OK):
        return CommandError(
            f"{describe_command(command)} could not be started: "
            f"the program {program} is missing or not executable.",
            reason="missing_program",
            options=["argv"],
        )
    text = output.decode(errors="replace").strip()
    return CommandError(f"{describe_command(command)} could not be started. {text}".strip(), reason="start")


def not_prepared(command: Command, status: int) -> CommandError:
    """Return the error for a unit whose program was not reached."""
    reason = REASONS_BY_CODE.get(status, "start")
    cause = CAUSES.get(reason, "systemd could not prepare it")
    cause = cause.format(chdir=command.chdir, program=command.argv[0])
    return CommandError(
        f"{describe_command(command)} could not be started: {cause} (systemd's code {status}).",
        reason=reason,
        options=OPTIONS.get(reason, []),
    )


def command_line(command: Command) -> list[str]:
    """Return the command line as systemd reads it, where a dollar would mean a variable."""
    return [word.replace("$", "$$") for word in (command.program(), *command.argv[1:])]


def unit_properties(command: Command, directory: str, token: str) -> list[str]:
    """Return options of systemd-run for everything but input, output and the command line."""
    environment = os.path.join(directory, "environment")
    variables = {"LANG": "C.UTF-8", **command.environment}
    write_private(environment, render_environment(variables))
    account = command.account
    known = find_account(account.name)
    found = [
        ("Description", f"masonite.deploy command of {account.name} {token}"),
        ("User", account.name if known is not None and known.uid == account.uid else str(account.uid)),
        ("Group", str(account.gid)),
        ("WorkingDirectory", command.chdir),
        ("UMask", "0022"),
        ("EnvironmentFile", environment),
        ("KillMode", "control-group"),
        ("TimeoutStopSec", "2s"),
        # Set explicitly, because an administrator's DefaultTimeoutStartSec would end a long command.
        ("TimeoutStartSec", "infinity" if command.timeout is None else f"{command.timeout + 60:.0f}s"),
        # Properties of systemd-run know no specifiers, so that their percent signs stand for themselves.
        *((name, value.replace("%%", "%")) for name, value in command.sandbox.properties()),
    ]
    return [f"--property={name}={value}" for name, value in found]


def render_environment(variables: Mapping[str, str]) -> bytes:
    """Return an EnvironmentFile: each value in double quotes, in which four characters are escaped."""
    lines = []
    for name, value in sorted(variables.items()):
        for character in '\\"`$':
            value = value.replace(character, "\\" + character)
        lines.append(f'{name}="{value}"\n')
    return "".join(lines).encode()


@contextmanager
def private_directory() -> Iterator[str]:
    """Make a directory that only root can enter, on a file system in memory."""
    remove_former_directories()
    directory = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=RUNTIME)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def remove_former_directories() -> None:
    """Remove the directories of runs that were killed."""
    for name in os.listdir(RUNTIME):
        pid = name[len(PREFIX) :].partition("-")[0]
        if name.startswith(PREFIX) and pid.isdigit() and not os.path.exists(f"/proc/{pid}"):
            shutil.rmtree(os.path.join(RUNTIME, name), ignore_errors=True)


def write_private(path: str, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)


def kill_unit(unit: str) -> None:
    systemctl("kill", "--signal=SIGKILL", unit)


def systemctl(*words: str) -> str:
    """Return the output of systemctl; a unit that is not loaded is not an error."""
    done = subprocess.run(
        ["systemctl", "--no-ask-password", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return done.stdout.decode(errors="replace")
