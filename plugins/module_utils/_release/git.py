# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs git: without a question, with a timeout, and without a secret in a message."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from .._system.privileges import process_identity
from .errors import ReleaseError
from .git_access import GitAccess
from .git_output import GitOutput
from .option_names import OptionNames
from .process_group import kill_process_group
from .remote import Remote, mask_credentials


class Git:
    def __init__(self, access: GitAccess, names: OptionNames, program: str = "git") -> None:
        self.access = access
        self.names = names
        self.program = program

    def run(self, arguments: Sequence[str], remote: Remote | None = None, stdin: bytes = b"") -> GitOutput:
        """Run git and return how it ended. Only a missing git and an expired timeout are errors."""
        try:
            process = subprocess.Popen(
                [self.program, *arguments],
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=self.access.make_environment(remote),
                cwd="/",
                start_new_session=True,
                **process_identity(self.access.account),
            )
        except OSError as error:
            raise ReleaseError(
                f"git cannot be run: {error}.", reason="no_git", hint="Install git on the server."
            ) from error
        try:
            out, err = process.communicate(stdin or None, timeout=self.access.timeout)
        except subprocess.TimeoutExpired:
            kill_process_group(process)
            place = remote.display if remote is not None else "the local mirror"
            raise ReleaseError(
                f"git {arguments[0]} on {place} did not finish within {self.access.timeout} s.",
                reason="timeout",
                options=["timeout", "repository"],
                hint=f"Check that the server can reach it, or raise {self.names.display('timeout')}.",
            ) from None
        text = err.decode("utf-8", "replace").strip()
        hidden = remote.hide_credentials(text) if remote is not None else mask_credentials(text)
        return GitOutput(process.returncode, out, hidden)
