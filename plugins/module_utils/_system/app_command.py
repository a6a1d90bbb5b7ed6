# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module app_command: its options, the checks before a command is run, and its answer."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .account import Account, find_account
from .cause import find_cause
from .command import Command, CommandError, Finished, choose_runner
from .directory import open_file
from .masking import keep_ordinary_text
from .sandbox import Sandbox
from .sandbox_options import SANDBOX_ARGUMENTS, SandboxError, read_sandbox

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

ARGUMENTS: dict[str, Any] = {
    **SANDBOX_ARGUMENTS,
    "argv": {"type": "list", "elements": "str", "required": True},
    "user": {"type": "str", "required": True},
    "chdir": {"type": "path", "default": "/"},
    "environment": {"type": "dict", "default": {}, "no_log": True},
    "stdin": {"type": "str", "no_log": True},
    "stdin_file": {"type": "path"},
    "timeout": {"type": "int", "default": 3600},
    "name": {"type": "str", "default": ""},
    "creates": {"type": "path"},
    "wait": {"type": "bool", "default": True},
}
# Characters of each output that the message repeats; all of it is in stdout and stderr.
SHOWN = 8000


@dataclass(frozen=True)
class Options:
    argv: tuple[str, ...]
    user: str
    chdir: str
    environment: dict[str, str]
    stdin: bytes
    stdin_file: str | None
    timeout: float | None
    name: str
    creates: str | None
    wait: bool
    service_manager: str
    memory_max: str
    sandbox: Sandbox

    @classmethod
    def read(cls, params: dict[str, Any]) -> Options:
        argv = tuple(params["argv"])
        return cls(
            argv=argv,
            user=params["user"],
            chdir=params["chdir"],
            environment={str(name): to_text(value) for name, value in params["environment"].items()},
            stdin=(params["stdin"] or "").encode("utf-8", "surrogateescape"),
            stdin_file=params["stdin_file"],
            timeout=float(params["timeout"]) if params["timeout"] > 0 else None,
            name=params["name"],
            creates=params["creates"],
            wait=params["wait"],
            service_manager=params["service_manager"],
            memory_max=params["memory_max"],
            sandbox=read_sandbox(params, (*argv[:1], params["chdir"])),
        )


def to_text(value: object) -> str:
    """A value of YAML as an environment variable; what has parts becomes JSON."""
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, (list, dict)) else str(value)


def find_user(name: str) -> Account:
    account = find_account(name)
    if account is None:
        raise CommandError(
            f"The user {name} does not exist on this server, so no command can run as it. Create it first.",
            reason="unknown_user",
        )
    if account.uid == 0 and name != "root":
        raise CommandError(
            f"The user {name} has the user id 0. A command runs as root only where user is literally root.",
            reason="root_refused",
        )
    return account


def run_command(options: Options) -> Finished | None:
    account = find_user(options.user)
    descriptor = None
    if options.stdin_file is not None:
        try:
            descriptor = open_file(options.stdin_file)
        except OSError as error:
            raise CommandError(
                f"The input of the command, {options.stdin_file}, cannot be opened as a regular file without "
                f"following a link: {error.strerror}.",
                reason="stdin_file",
            ) from error
    try:
        command = Command(
            options.argv,
            account,
            options.sandbox,
            chdir=options.chdir,
            environment=options.environment,
            stdin=options.stdin,
            stdin_file=descriptor,
            timeout=options.timeout,
            name=options.name,
        )
        runner = choose_runner(options.service_manager)
        return runner.run(command) if options.wait else runner.start(command)
    finally:
        if descriptor is not None:
            os.close(descriptor)


def explain(options: Options, finished: Finished, stdout: str, stderr: str) -> tuple[str, str]:
    """The message of a failed command, whose first line is the cause, and the kind of failure."""
    what = f"The command {' '.join(options.argv[:4])} of user {options.user} in {options.chdir}"
    cause = find_cause(stdout, stderr)
    if finished.timed_out:
        reason = "timeout"
        head = f"{what} did not end within {options.timeout:.0f} s and was killed."
        cause = f"It printed at last: {cause}" if cause else ""
    elif finished.out_of_memory:
        reason = "memory"
        limit = f", memory_max {options.memory_max}" if options.memory_max else ""
        head = f"{what} was killed because memory ran out{limit}."
        cause = f"It printed at last: {cause}" if cause else ""
    elif finished.rc < 0:
        reason = "signal"
        end = f"{what} was killed by {signal_name(-finished.rc)}."
        if finished.rc == -signal.SIGKILL and options.memory_max:
            # With the old control groups, systemd does not say why the kernel killed a process.
            end += f" The kernel does so when memory_max ({options.memory_max}) is exceeded."
        head, cause = (cause, end) if cause else (end, "")
    else:
        reason = "exit_code"
        end = f"{what} failed with exit code {finished.rc}"
        head, cause = (cause, f"{end}.") if cause else (f"{end} and printed nothing.", "")
    parts = [head, *([cause] if cause else [])]
    parts += [
        f"{title}:\n{text if len(text) <= SHOWN else '[…] ' + text[-SHOWN:]}"
        for title, text in (("Standard error", stderr), ("Standard output", stdout))
        if text
    ]
    return "\n".join(parts), reason


def signal_name(number: int) -> str:
    try:
        return f"signal {number} ({signal.Signals(number).name})"
    except ValueError:
        return f"signal {number}"


def run(module: AnsibleModule) -> None:
    keep_ordinary_text(module)
    creates = module.params["creates"]
    if creates is not None and os.path.lexists(creates):
        module.exit_json(changed=False, msg=f"The command was not run, because {creates} exists.")
    if module.check_mode:
        message = "The command was not run in check mode."
        if creates is None:
            module.exit_json(changed=False, skipped=True, msg=message)
        module.exit_json(changed=True, msg=message)
    try:
        options = Options.read(module.params)
        finished = run_command(options)
    except (CommandError, SandboxError) as error:
        module.fail_json(msg=str(error), reason=error.reason)
    if finished is None:
        module.exit_json(changed=True)
    else:
        report(module, options, finished)


def report(module: AnsibleModule, options: Options, finished: Finished) -> None:
    stdout, stderr = (
        text.decode("utf-8", "replace").rstrip("\r\n") for text in (finished.stdout, finished.stderr)
    )
    answer = {
        "changed": True,
        "rc": finished.rc,
        "stdout": stdout,
        "stderr": stderr,
        "seconds": round(finished.seconds, 3),
        "timed_out": finished.timed_out,
    }
    if finished.rc != 0:
        message, reason = explain(options, finished, stdout, stderr)
        module.fail_json(msg=message, reason=reason, **answer)
    module.exit_json(**answer)
