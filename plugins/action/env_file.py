# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares the environment file by one shell command, and runs the module only where something differs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.masonite.deploy.plugins.module_utils._env_file.errors import EnvFileError
from ansible_collections.masonite.deploy.plugins.module_utils._env_file.options import Options, read_options
from ansible_collections.masonite.deploy.plugins.module_utils._env_file.shell_comparison import (
    compare_output,
    render_shell_command,
)

MODULE = "masonite.deploy.env_file"
COMPARED_STATES = ("present", "restored", "accepted")
# Options of these types are read here; others, such as "a,b" for a list, go to the module.
TYPES: dict[str, type | tuple[type, ...]] = {
    "path": str,
    "state": str,
    "settings": dict,
    "defaults": dict,
    "known": dict,
    "generate": list,
    "refused_values": list,
    "owner": str,
    "group": str,
    "mode": (str, int),
    "may_generate": (bool, str),
    "keep_previous": (bool, str),
}


class ActionModule(ActionBase):  # type: ignore[misc]
    _supports_check_mode = True
    _supports_async = True
    _supports_diff = True
    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars or {})
        options = _options(self._task.args)
        if options is not None and not self._task.async_val:
            answer = self._low_level_execute_command(render_shell_command(options))
            unchanged = compare_output(options, answer.get("stdout") or "")
            if unchanged is not None:
                result.update(unchanged.facts(options.state))
                return result
        result.update(
            self._execute_module(module_name=MODULE, task_vars=task_vars, wrap_async=self._task.async_val)
        )
        return result


def _options(arguments: Mapping[str, Any]) -> Options | None:
    """The options of the task if they can be compared here; the module reports what is wrong with others."""
    given = {name: value for name, value in arguments.items() if value is not None}
    if "path" not in given or not all(
        name in TYPES and isinstance(value, TYPES[name]) for name, value in given.items()
    ):
        return None
    for name in ("generate", "refused_values"):
        if not all(isinstance(item, str) for item in given.get(name, ())):
            return None
    try:
        options = read_options(given)
    except EnvFileError:
        return None
    return options if options.state in COMPARED_STATES else None
