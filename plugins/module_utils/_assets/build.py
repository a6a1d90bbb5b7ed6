# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the files of a release as the build user in a sandbox."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

from .._system.account import Account
from .._system.command import PATH, Command, Finished, Runner
from .._system.directory import Directory
from .._system.program_source import read_source
from . import build_program
from .options import Options

PACKAGE_FILE = "package.json"
MOST_ANSWER = 1 << 16
DEFAULTS = {
    # Of the server, with the authorities that role base adds.
    "NODE_EXTRA_CA_CERTS": "/etc/ssl/certs/ca-certificates.crt",
    "NPM_CONFIG_AUDIT": "false",
    "NPM_CONFIG_FUND": "false",
    "NPM_CONFIG_PROGRESS": "false",
    "NPM_CONFIG_UPDATE_NOTIFIER": "false",
    "COREPACK_ENABLE_DOWNLOAD_PROMPT": "0",
    "COREPACK_DEFAULT_TO_LATEST": "0",
    "COREPACK_ENABLE_AUTO_PIN": "0",
}


@dataclass(frozen=True)
class AssetBuild:
    """The build of one release, which a program does as a process of another user."""

    options: Options
    account: Account
    runner: Runner

    def build(self) -> Finished:
        options = self.options
        plan = {
            "release": options.release,
            "work": options.work,
            "directory": options.app_directory,
            "results": options.path,
            "install": options.install,
            "packages": f"{options.packages} {options.node_version}" if options.packages else "",
            "commands": list(options.commands),
        }
        return self.runner.run(
            Command(
                argv=(options.python, "-I", "-c", read_source(build_program)),
                account=self.account,
                sandbox=options.build_sandbox,
                environment={**self.environment(), build_program.PLAN: json.dumps(plan)},
                timeout=options.timeout,
                name=f"{options.name}:assets" if options.name else "",
            )
        )

    def environment(self) -> dict[str, str]:
        """Return the environment of the commands: node first, then the virtualenv, then the server."""
        options = self.options
        programs = (options.node_directory, options.virtualenv)
        found = [os.path.join(directory, "bin") for directory in programs if directory]
        environment = {
            **DEFAULTS,
            "HOME": options.cache,
            "NPM_CONFIG_CACHE": os.path.join(options.cache, "npm"),
            "COREPACK_HOME": os.path.join(options.cache, "corepack"),
            "YARN_CACHE_FOLDER": os.path.join(options.cache, "yarn"),
            **options.environment,
            "PATH": os.pathsep.join([*found, PATH]),
        }
        registry = environment.get("NPM_CONFIG_REGISTRY")
        if registry:
            environment.setdefault("COREPACK_NPM_REGISTRY", registry)
        return environment


def make_directories(options: Options) -> None:
    """Make what a build writes to. Called as the build user."""
    for path in (options.directory, options.work, options.cache):
        if not os.path.isdir(path):
            os.mkdir(path, 0o755)


def uses_packages(app: str) -> bool:
    """Return whether an app, whose directory this is, has packages of node."""
    try:
        with Directory(app) as directory:
            return directory.status(PACKAGE_FILE) is not None
    except OSError:
        return False


def read_answer(stdout: bytes) -> dict[str, Any]:
    """Return what the program says; empty where code of the app wrote something else there."""
    try:
        found = json.loads(stdout[-MOST_ANSWER:].strip().rpartition(b"\n")[2])
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
