# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module assets: options in, one answer out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from .._system.account import Account
from .._system.asset_files import place_assets, read_mark
from .._system.command import Finished, Runner
from .._system.command_failure import decode_output, describe_failure
from .._system.command_runner import choose_runner
from .._system.command_user import find_command_user
from .._system.complete_directory import is_complete
from .._system.errors import ModuleError
from .._system.masking import keep_ordinary_text
from .._system.module_failure import fail_module
from .._system.privileges import run_as
from .build import AssetBuild, make_directories, read_answer, uses_packages
from .build_cause import find_build_advice, find_build_cause
from .errors import AssetError
from .memory import MEMORY_HINT, describe_low_memory
from .node import Node, find_own_account
from .options import Options, read_options

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

SEARCHED_CHARACTERS = 1 << 18
LOCK_FILES = {"npm": "package-lock.json", "pnpm": "pnpm-lock.yaml", "yarn": "yarn.lock"}


def run(module: AnsibleModule) -> None:
    """Do what the task asks and end the module."""
    warnings: list[str] = []
    keep_ordinary_text(module)
    # Everybody reads what is installed and built, whatever the umask of the server's sudo is.
    os.umask(0o022)
    try:
        options = read_options(module.params)
        if read_mark(options.release).key == options.key:
            module.exit_json(changed=False, path=options.path, built=False)
        if module.check_mode:
            module.exit_json(changed=True, path=options.path, built=not is_complete(options.path))
        account = find_command_user(options.user)
        answer = build_and_place(options, account, choose_runner(options.service_manager), warnings)
    except ModuleError as error:
        for warning in warnings:
            module.warn(warning)
        fail_module(module, error)
    for warning in warnings:
        module.warn(warning)
    module.exit_json(changed=True, path=options.path, **answer)


def build_and_place(
    options: Options, account: Account, runner: Runner, warnings: list[str]
) -> dict[str, Any]:
    """Build, unless that was done for equal files before, and put the results into the release."""
    answer: dict[str, Any] = {"built": False, "node_installed": False}
    if not is_complete(options.path):
        check_memory(options, warnings)
        if options.node_version and uses_packages(os.path.join(options.release, options.app_directory)):
            answer["node_installed"] = Node(
                directory=options.node_directory,
                version=options.node_version,
                uv=options.uv,
                python=options.python,
                environment=options.environment,
                account=find_own_account(),
                runner=runner,
            ).install()
        answer.update(build(options, account, runner))
        if options.install and not options.lock:
            warnings.append(describe_missing_lock(options))
    try:
        run_as(
            account,
            lambda: place_assets(options.release, options.key, options.path, options.live, options.static),
        )
    except (OSError, RuntimeError) as error:
        raise AssetError(
            f"The built files could not be put into {options.release}: {error}.",
            reason="place",
            hint="Free some space, or correct the rights there, and run again.",
            options=["release"],
        ) from None
    return answer


def build(options: Options, account: Account, runner: Runner) -> dict[str, Any]:
    try:
        run_as(account, lambda: make_directories(options))
    except (OSError, RuntimeError) as error:
        raise AssetError(
            f"{options.directory} could not be made by user {options.user}: {error}.",
            reason="path",
            hint="The directory above it must exist and belong to that user.",
            options=["path"],
        ) from None
    finished = AssetBuild(options, account, runner).build()
    said = read_answer(finished.stdout)
    if finished.rc != 0:
        raise describe_failed_build(options, finished, str(said.get("failed") or ""))
    if not is_complete(options.path):
        raise AssetError(
            f"The build of {options.path} ended without an error, but its results are not complete.",
            reason="incomplete",
            hint="Look for other processes that change the directory.",
        )
    return {
        "built": True,
        "rc": 0,
        "stdout": decode_output(finished.stderr),
        "seconds": round(finished.seconds, 3),
        "files": int(said.get("files") or 0),
        "bytes": int(said.get("bytes") or 0),
    }


def describe_failed_build(options: Options, finished: Finished, command: str) -> AssetError:
    """Return the error, whose first line is the cause."""
    output = decode_output(finished.stderr)
    cause = find_build_cause(output[-SEARCHED_CHARACTERS:])
    what = f' ("{command}")' if command else ""
    shown = Finished(
        finished.rc, b"", finished.stderr, finished.seconds, finished.timed_out, finished.out_of_memory
    )
    message, reason = describe_failure(
        f"The build of the assets{what} by user {options.user}",
        shown,
        options.timeout,
        options.memory_max,
        cause,
    )
    is_memory = reason in ("memory", "signal")
    hint = MEMORY_HINT if is_memory else find_build_advice(output, options.install, command)
    return AssetError(
        f"{message}\n{hint}",
        reason=reason,
        options=["memory_max"] if reason == "memory" else ["commands"],
        rc=finished.rc,
        stdout=output,
        seconds=round(finished.seconds, 3),
        timed_out=finished.timed_out,
    )


def check_memory(options: Options, warnings: list[str]) -> None:
    """Say that a build may need more memory than there is, or refuse it."""
    if options.memory_check == "ignore" or not options.install:
        return
    low = describe_low_memory()
    if not low:
        return
    if options.memory_check == "fail":
        raise AssetError(low, reason="memory", options=["memory_check"])
    warnings.append(low)


def describe_missing_lock(options: Options) -> str:
    name = options.name or "The app"
    _before, pinned, packages = options.install.partition(" --no-save ")
    if pinned:
        return (
            f"{name} has no lock file, and the newest packages that its package.json allows do not work "
            f"together, so {packages} was installed. Run npm install --save-dev {packages} on your machine, "
            "commit package.json and package-lock.json, and take the latter out of .gitignore."
        )
    manager = next((manager for manager in LOCK_FILES if manager in options.install.split()), "npm")
    lock = os.path.join(options.directory, LOCK_FILES[manager])
    return (
        f"{name} has no lock file, so a build installs the newest packages that package.json allows, which "
        f"can be others on each server and each day. Commit {lock} of this server, or the one that "
        f'"{manager} install" writes on your machine, and take it out of .gitignore.'
    )
