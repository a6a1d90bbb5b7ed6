# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs git: without a question, with a timeout, and without a secret in a message."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress

from .._system.output_tail import OutputTail
from .._system.privileges import process_identity
from .errors import ReleaseError
from .git_access import GitAccess
from .git_output import GitOutput
from .option_names import OptionNames
from .process_group import kill_process_group
from .remote import Remote, mask_credentials

# Bytes. A tree of a few objects can hold billions of names, and a file of zeros is small in a pack.
LONGEST_OUTPUT = 1 << 25
# What the server of a repository says stands there, too.
LONGEST_ERROR = 1 << 14


class OutputTooLong(Exception):
    """git printed more than any repository of an app makes it print."""


class Git:
    def __init__(self, access: GitAccess, names: OptionNames, program: str = "git") -> None:
        self.access = access
        self.names = names
        self.program = program

    def run(self, arguments: Sequence[str], remote: Remote | None = None, stdin: bytes = b"") -> GitOutput:
        """Run git and return how it ended. Only a missing git and an expired timeout are errors."""
        try:
            process = subprocess.Popen(
                [self.program, *self.access.make_options(remote), *arguments],
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
            out, err = self._communicate(process, stdin)
        except subprocess.TimeoutExpired:
            kill_process_group(process)
            place = remote.display if remote is not None else "the local mirror"
            raise ReleaseError(
                f"git {arguments[0]} on {place} did not finish within {self.access.timeout} s.",
                reason="timeout",
                options=["timeout", "repository"],
                hint=f"Check that the server can reach it, or raise {self.names.display('timeout')}.",
            ) from None
        except OutputTooLong:
            kill_process_group(process)
            command = next((word for word in arguments if not word.startswith("-")), "")
            raise ReleaseError(
                f"git {command} printed more than {LONGEST_OUTPUT >> 20} MB.",
                reason="corrupt_repository",
                options=["repository", "version"],
                hint="Remove files that are too many or too large from the repository.",
            ) from None
        text = err.decode("utf-8", "replace").strip()
        hidden = remote.hide_credentials(text) if remote is not None else mask_credentials(text)
        return GitOutput(process.returncode, out, hidden)

    def _communicate(self, process: subprocess.Popen[bytes], stdin: bytes) -> tuple[bytes, bytes]:
        """Return what git prints, and the end of its errors. ``stdin`` is shorter than what a pipe holds."""
        deadline = time.monotonic() + self.access.timeout
        if process.stdin is not None:
            # A git that has ended already says why itself.
            with suppress(BrokenPipeError):
                process.stdin.write(stdin)
                process.stdin.close()
            process.stdin = None
        output, errors = bytearray(), OutputTail(LONGEST_ERROR)
        with selectors.DefaultSelector() as selector:
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    selector.register(stream, selectors.EVENT_READ)
            while selector.get_map():
                left = deadline - time.monotonic()
                ready = selector.select(left) if left > 0 else []
                if not ready:
                    raise subprocess.TimeoutExpired(process.args, self.access.timeout)
                for key, _events in ready:
                    chunk = os.read(key.fd, 1 << 16)
                    if not chunk:
                        selector.unregister(key.fileobj)
                    elif key.fileobj is process.stderr:
                        errors.add(chunk)
                    else:
                        output += chunk
                if len(output) > LONGEST_OUTPUT:
                    raise OutputTooLong
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        process.wait(timeout=max(0.1, deadline - time.monotonic()))
        return bytes(output), errors.content()
