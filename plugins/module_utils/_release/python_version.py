# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks a Python interpreter for its version."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping

from .._system.account import Account
from .._system.privileges import process_identity
from .errors import ReleaseError
from .option_names import OptionNames
from .process_group import kill_process_group

PROGRAM = "import platform; print(platform.python_implementation(), platform.python_version())"
TIMEOUT = 30  # seconds


def read_python_version(
    python: str, names: OptionNames, account: Account | None, environment: Mapping[str, str]
) -> str:
    """Return the implementation and version of an interpreter, such as ``CPython 3.11.2``.

    It may be any program, so it runs as the account.
    """
    if os.path.realpath(python) == os.path.realpath(sys.executable):
        return f"{platform.python_implementation()} {platform.python_version()}"
    try:
        return _run([python, "-I", "-S", "-c", PROGRAM], account, environment).strip()
    except (OSError, subprocess.SubprocessError) as error:
        raise ReleaseError(
            f"The Python {python} ({names.display('python')}) does not run: {error}.",
            reason="python",
            options=["python"],
            hint=f"Install it on the server, or name another in {names.display('python')}.",
        ) from error


def _run(command: list[str], account: Account | None, environment: Mapping[str, str]) -> str:
    """Return what a program prints. Processes that it leaves behind are not waited for."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd="/",
            start_new_session=True,
            **process_identity(account),
        )
        try:
            process.wait(timeout=TIMEOUT)
        finally:
            kill_process_group(process)
        if process.returncode != 0:
            raise subprocess.CalledProcessError(process.returncode, command[0])
        output.seek(0)
        return output.read(200).decode("utf-8", "replace")
