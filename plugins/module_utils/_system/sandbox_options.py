# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of modules that run code of an app in a sandbox: their specification and their meaning."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from typing import Any

from .errors import ModuleError
from .sandbox import Sandbox

PATHS: dict[str, Any] = {"type": "list", "elements": "path", "default": []}
SANDBOX_ARGUMENTS: dict[str, Any] = {
    "hidden_paths": PATHS,
    "visible_paths": PATHS,
    "writable_paths": PATHS,
    "memory_max": {"type": "str", "default": ""},
    "tasks_max": {"type": "int"},
    "service_manager": {"type": "str", "choices": ["auto", "systemd", "none"], "default": "auto"},
}
SIZE = re.compile(r"[0-9]+(\.[0-9]+)?[KMGT]?|[0-9]{1,3}%|infinity")
HOMES = ("/home", "/root", "/run/user")


class SandboxError(ModuleError):
    """An option of the sandbox with a value that no sandbox can have."""

    def __init__(self, message: str, option: str) -> None:
        super().__init__(message, reason="sandbox", options=[option])


def read_sandbox(params: dict[str, Any], used_paths: Iterable[str] = ()) -> Sandbox:
    """Return the sandbox that the options describe; homes are visible where the command uses one."""
    hidden, visible, writable = (
        _read_paths(params, name) for name in ("hidden_paths", "visible_paths", "writable_paths")
    )
    if params["memory_max"] and not SIZE.fullmatch(params["memory_max"]):
        raise SandboxError(
            f"memory_max is a size such as 512M, 1G or 80%; found {params['memory_max']!r}.", "memory_max"
        )
    if params["tasks_max"] is not None and params["tasks_max"] < 1:
        raise SandboxError(f"tasks_max is at least 1; found {params['tasks_max']}.", "tasks_max")
    return Sandbox(
        writable=writable,
        visible=visible,
        hidden=hidden,
        memory_max=params["memory_max"],
        tasks_max=params["tasks_max"],
        show_homes=needs_homes(used_paths, visible, writable),
    )


def _read_paths(params: dict[str, Any], option: str) -> tuple[str, ...]:
    for path in params[option]:
        if not path.startswith("/") or any(character in path for character in "\n\0:"):
            raise SandboxError(
                f"{option} takes absolute paths without colons and line ends only; found {path!r}.", option
            )
    return tuple(params[option])


def needs_homes(used: Iterable[str], visible: Iterable[str], writable: Iterable[str]) -> bool:
    """Whether a path is in a home. A link to one counts where it is visible, which only root says."""
    paths = {*used, *visible, *writable, *map(os.path.realpath, visible)}
    return any(map(_is_in_home, paths))


def _is_in_home(path: str) -> bool:
    return any(path == home or path.startswith(home + "/") for home in HOMES)
