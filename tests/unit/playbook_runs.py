# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs ansible-playbook; from the second run in the same environment on, without importing Ansible anew."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

PLAYBOOK = Path(os.environ.get("ANSIBLE_PLAYBOOK", Path(sys.executable).with_name("ansible-playbook")))
# Ansible's own, which need not be that of the tests.
PYTHON = PLAYBOOK.resolve().with_name("python")
FORKS = Path(__file__).with_name("ansible_forks.py")
# What Ansible does not read as it is imported.
READ_LATER = ("STUB_DIRECTORY", "PYTEST_CURRENT_TEST")

Environment = tuple[object, ...]


class Forks:
    """An Ansible that is imported, and forks for each run. It ends with the tests."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [str(PYTHON), str(FORKS)],
            env=dict(environment),
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._answer() == "ready"

    def run(self, **run: object) -> int:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(run) + "\n")
        self._process.stdin.flush()
        return int(self._answer())

    def end(self) -> None:
        self._process.communicate()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


seen: dict[Environment, Forks | None] = {}


@atexit.register
def end_forks() -> None:
    for forks in seen.values():
        if forks:
            forks.end()
    seen.clear()


def run_playbook(
    *arguments: str, directory: Path, environment: Mapping[str, str], together: bool = True, fork: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run the program, or a fork that does the same; `together` puts errors where they are printed."""
    command = [str(PLAYBOOK), *arguments]
    configuration = environment.get("ANSIBLE_CONFIG", "")
    content = Path(configuration).read_bytes() if os.path.isfile(configuration) else b""
    kept = {name: value for name, value in environment.items() if name not in READ_LATER}
    key = (content, *sorted(kept.items()))
    with tempfile.NamedTemporaryFile("w+") as output, tempfile.NamedTemporaryFile("w+") as other:
        errors = output if together else other
        if fork and key in seen and PYTHON.exists():
            forks = seen[key] = seen[key] or Forks(kept)
            code = forks.run(
                arguments=command,
                directory=str(directory),
                environment=dict(environment),
                output=output.name,
                errors=errors.name,
            )
        else:
            seen.setdefault(key, None)
            code = subprocess.run(
                command, cwd=directory, env=environment, stdout=output, stderr=errors, check=False
            ).returncode
        output.seek(0)
        other.seek(0)
        return subprocess.CompletedProcess(command, code, output.read(), other.read())
