# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module app_command: its options, the checks before a command is run, and its answer."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from .app_environment import read_app_environment, select_secrets
from .command import Command, CommandError, Finished
from .command_environment import read_environment
from .command_failure import decode_output, describe_failure
from .command_runner import choose_runner
from .command_user import find_command_user
from .directory import open_file
from .errors import ModuleError
from .masking import keep_ordinary_text, mask_only
from .module_failure import fail_module
from .sandbox import Sandbox
from .sandbox_options import SANDBOX_ARGUMENTS, read_sandbox

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

ARGUMENTS: dict[str, Any] = {
    **SANDBOX_ARGUMENTS,
    "argv": {"type": "list", "elements": "str", "required": True},
    "user": {"type": "str", "required": True},
    "chdir": {"type": "path", "default": "/"},
    "environment": {"type": "dict", "default": {}, "no_log": True},
    "environment_file": {"type": "path", "default": ""},
    "stdin": {"type": "str", "no_log": True},
    "stdin_file": {"type": "path"},
    "timeout": {"type": "int", "default": 3600},
    "name": {"type": "str", "default": ""},
    "creates": {"type": "path"},
    "wait": {"type": "bool", "default": True},
}


@dataclass(frozen=True)
class Options:
    """The options of a task; `timeout` is None where there is no limit."""

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
        """Read the parameters of a task; SandboxError for a sandbox that cannot be."""
        argv = tuple(params["argv"])
        return cls(
            argv=argv,
            user=params["user"],
            chdir=params["chdir"],
            environment={
                **read_app_environment(params["environment_file"]),
                **read_environment(params["environment"]),
            },
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


def run_command(options: Options) -> Finished | None:
    """Run or start the command; None if it was started and goes on."""
    account = find_command_user(options.user)
    descriptor = None
    if options.stdin_file is not None:
        try:
            descriptor = open_file(options.stdin_file)
        except OSError as error:
            raise CommandError(
                f"The input of the command, {options.stdin_file}, cannot be opened as a regular file without "
                f"following a link: {error.strerror}.",
                reason="stdin_file",
                options=["stdin_file"],
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


def run(module: AnsibleModule) -> None:
    """Do what the task asks and end the module."""
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
        if module.params["environment_file"]:
            mask_only(module, module.no_log_values | select_secrets(options.environment))
        finished = run_command(options)
    except ModuleError as error:
        fail_module(module, error)
    if finished is None:
        module.exit_json(changed=True)
    else:
        report(module, options, finished)


def name_command(argv: Sequence[str]) -> str:
    """Return how a command begins, for a message; the source of a program in it is left out."""
    begin = argv[:4]
    shown = list(takewhile(lambda argument: "\n" not in argument, begin))
    return " ".join(shown if len(shown) == len(begin) else [*shown, "…"])


def report(module: AnsibleModule, options: Options, finished: Finished) -> None:
    """End the module with what the command printed and how it ended."""
    answer = {
        "changed": True,
        "rc": finished.rc,
        "stdout": decode_output(finished.stdout),
        "stderr": decode_output(finished.stderr),
        "seconds": round(finished.seconds, 3),
        "timed_out": finished.timed_out,
    }
    if finished.rc != 0:
        subject = f"The command {name_command(options.argv)} of user {options.user} in {options.chdir}"
        message, reason = describe_failure(subject, finished, options.timeout, options.memory_max)
        about = ["memory_max"] if reason == "memory" else []
        module.fail_json(msg=message, reason=reason, options=about, **answer)
    module.exit_json(**answer)
