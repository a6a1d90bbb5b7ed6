# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the module virtualenv, checked and typed."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any

from .._system.absolute_paths import refuse_relative_paths
from .._system.command_environment import read_environment
from .._system.sandbox import Sandbox
from .._system.sandbox_options import SANDBOX_ARGUMENTS, read_sandbox
from .errors import VirtualenvError

ARGUMENTS: dict[str, Any] = {
    "path": {"type": "path", "required": True},
    "user": {"type": "str", "required": True},
    "python": {"type": "path", "default": "/usr/bin/python3"},
    "uv": {"type": "path"},
    "requirements": {"type": "path"},
    "project": {"type": "bool", "default": False},
    "git": {"type": "dict", "default": {}},
    "packages": {"type": "list", "elements": "str", "default": [], "no_log": True},
    "chdir": {"type": "path", "default": "/"},
    "environment": {"type": "dict", "default": {}, "no_log": True},
    "compile": {"type": "bool", "default": True},
    "name": {"type": "str", "default": ""},
    "timeout": {"type": "int", "default": 3600},
    **SANDBOX_ARGUMENTS,
}


@dataclass(frozen=True)
class Options:
    """The options of a task; `timeout` is None where there is no limit, other texts are empty for none."""

    path: str
    user: str
    python: str
    uv: str
    requirements: str
    project: bool
    git: dict[str, str]
    packages: tuple[str, ...]
    chdir: str
    environment: dict[str, str]
    compile: bool
    name: str
    timeout: float | None
    memory_max: str
    service_manager: str
    sandbox: Sandbox

    @property
    def parent(self) -> str:
        """The directory of the virtualenv, in which a build makes it and its caches."""
        return os.path.dirname(self.path)

    @property
    def build_sandbox(self) -> Sandbox:
        """A sandbox in which the virtualenvs can be written, and mirrors of repositories read."""
        return replace(
            self.sandbox,
            writable=tuple(dict.fromkeys((self.parent, *self.sandbox.writable))),
            visible=(*self.sandbox.visible, *self.git.values()),
        )

    @property
    def compile_sandbox(self) -> Sandbox:
        """A sandbox in which nothing but the virtualenvs can be written."""
        return replace(self.sandbox, writable=(self.parent,))

    def unit_name(self, action: str) -> str:
        """Return the name of a command; empty without a name of the app."""
        return f"{self.name}:{action}" if self.name else ""


def read_options(params: dict[str, Any]) -> Options:
    """Read the parameters of a task; VirtualenvError or SandboxError for what cannot be."""
    refuse_relative_paths(params, ("path", "python", "uv"), VirtualenvError)
    path = os.path.normpath(params["path"])
    if os.path.dirname(path) in ("/", path):
        raise VirtualenvError(
            f"path is {params['path']!r}; wanted is a directory of its own below another one.",
            reason="path",
            options=["path"],
        )
    return Options(
        path=path,
        user=params["user"],
        python=params["python"],
        uv=params["uv"] or "",
        requirements=params["requirements"] or "",
        project=params["project"],
        git={str(url): str(path) for url, path in params["git"].items()},
        packages=tuple(params["packages"]),
        chdir=params["chdir"],
        environment=read_environment(params["environment"]),
        compile=params["compile"],
        name=params["name"],
        timeout=float(params["timeout"]) if params["timeout"] > 0 else None,
        memory_max=params["memory_max"],
        service_manager=params["service_manager"],
        sandbox=read_sandbox(params, (os.path.realpath(params["python"]), params["chdir"], path)),
    )
