# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the virtualenv of a release as the build user in a sandbox."""

from __future__ import annotations

import json
from dataclasses import dataclass

from .._system import toml
from .._system.account import Account
from .._system.command import Command, CommandError, Finished, Runner
from .._system.program_source import join_sources, read_source
from . import build_program, compile_bytecode, locked_requirements
from .git_mirrors import add_git_mirrors
from .options import Options


@dataclass(frozen=True)
class VirtualenvBuild:
    """One virtualenv, which the program builds and compiles as a process of another user."""

    options: Options
    account: Account
    runner: Runner

    def build(self) -> Finished:
        """Build the virtualenv and return how the installer ended."""
        options = self.options
        arguments = [
            *(["--uv", options.uv] if options.uv else []),
            *(["--requirements", options.requirements] if options.requirements else []),
            *(["--project"] if options.project else []),
        ]
        program = join_sources(toml, locked_requirements, build_program)
        return self.runner.run(
            Command(
                argv=(options.python, "-I", "-c", program, *arguments, "--", options.path),
                account=self.account,
                sandbox=options.build_sandbox,
                chdir=options.chdir,
                # A package can be an address with a token, and every user can read a command line.
                environment={
                    **add_git_mirrors(options.environment, options.git),
                    build_program.PACKAGES: json.dumps(options.packages),
                },
                timeout=options.timeout,
                name=options.unit_name("build"),
            )
        )

    def start_compilation(self) -> Finished | None:
        """Start to compile bytecode and return None; without systemd, wait for it and return how it ended."""
        options = self.options
        return self.runner.start(
            Command(
                # With -S no code of the virtualenv runs.
                argv=(
                    options.python,
                    *("-I", "-S", "-c", read_source(compile_bytecode)),
                    *(options.path, build_program.COMPLETE),
                ),
                account=self.account,
                sandbox=options.compile_sandbox,
                timeout=options.timeout,
                name=options.unit_name("compile"),
            )
        )

    def describe_failed_compilation(self) -> str:
        """Start to compile bytecode; return why it failed, or an empty text."""
        try:
            finished = self.start_compilation()
        except CommandError as error:
            return error.text()
        if finished is None or finished.rc == 0:
            return ""
        return f"it ended with exit code {finished.rc}"
