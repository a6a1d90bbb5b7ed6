# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module virtualenv: options in, one answer out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .._system.command import Finished
from .._system.command_failure import decode_output, describe_failure
from .._system.command_runner import choose_runner
from .._system.command_user import find_command_user
from .._system.complete_directory import is_complete
from .._system.errors import ModuleError
from .._system.masking import keep_ordinary_text, mask_only
from .._system.module_failure import fail_module
from . import build_program
from .build import VirtualenvBuild
from .options import Options, read_options

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

CREDENTIALS = re.compile(r"://([^/@\s]+)@")
# Options of app_command's errors, as this module calls them.
OPTIONS = {"argv": "python"}


def run(module: AnsibleModule) -> None:
    """Do what the task asks and end the module."""
    packages = [str(package) for package in module.params["packages"]]
    keep_ordinary_text(module)
    mask_only(module, mask_credentials(module.no_log_values, packages))
    try:
        options = read_options(module.params)
        if is_complete(options.path):
            module.exit_json(changed=False, path=options.path, compiling=False)
        if module.check_mode:
            module.exit_json(changed=True, path=options.path, compiling=False)
        build = VirtualenvBuild(
            options, find_command_user(options.user), choose_runner(options.service_manager)
        )
        finished = build.build()
        answer = check_result(options, finished)
    except ModuleError as error:
        error.facts["options"] = [OPTIONS.get(name, name) for name in error.facts.get("options", ())]
        fail_module(module, error)
    problem = build.describe_failed_compilation() if options.compile else ""
    if problem:
        module.warn(
            f"The bytecode of {options.path} was not compiled: {problem}. The app works without it, but "
            "starts more slowly."
        )
    module.exit_json(changed=True, path=options.path, compiling=options.compile and not problem, **answer)


def check_result(options: Options, finished: Finished) -> dict[str, Any]:
    """Return what the build printed; ModuleError if it failed."""
    answer: dict[str, Any] = {
        "rc": finished.rc,
        "stdout": decode_output(finished.stdout),
        "stderr": decode_output(finished.stderr),
        "seconds": round(finished.seconds, 3),
        "timed_out": finished.timed_out,
    }
    if finished.rc != 0:
        subject = f"The build of the virtualenv {options.path} by user {options.user}"
        message, reason = describe_failure(subject, finished, options.timeout, options.memory_max)
        answer["options"] = ["memory_max"] if reason == "memory" else []
        if finished.rc == build_program.UNSUPPORTED_PYTHON:
            reason, answer["options"] = "unsupported_python", ["python"]
        if finished.rc == build_program.UNSUPPORTED_LOCK:
            reason, answer["options"] = "unsupported_lock", ["requirements"]
        raise ModuleError(message, reason=reason, **answer)
    if not is_complete(options.path):
        raise ModuleError(
            f"The build of {options.path} ended without an error, but the virtualenv is not complete.",
            reason="incomplete",
            hint="Look for other processes that change the directory.",
            **answer,
        )
    return answer


def mask_credentials(secrets: set[str], packages: list[str]) -> set[str]:
    """Return the values that the answer must not show: of packages, only addresses and their credentials."""
    harmless = {package for package in packages if "://" not in package}
    found = {match for package in packages for match in CREDENTIALS.findall(package)}
    found |= {part for credentials in found for part in credentials.split(":") if len(part) > 3}
    return (secrets - harmless) | found
