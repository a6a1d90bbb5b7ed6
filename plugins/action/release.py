# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tells the module who runs the play, and takes a lock over from a run that is known to be dead."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.masonite.deploy.plugins.module_utils import _release_controller as controller

MODULE = "masonite.deploy.release"


class ActionModule(ActionBase):  # type: ignore[misc]
    _supports_check_mode = True
    _supports_async = True
    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        variables = task_vars or {}
        result: dict[str, Any] = super().run(tmp, variables)
        arguments = dict(self._task.args)
        arguments.setdefault("holder", self._holder(variables))
        if not arguments["holder"].get("start") and controller.is_gone(arguments["holder"]):
            # A worker outlived the run that was killed: it must not take a lock nobody will give back.
            return {**result, "failed": True, "msg": "The run of ansible-playbook is gone; nothing was done."}
        answer = self._call(arguments, variables)
        lock = answer.get("lock")
        if answer.get("failed") and answer.get("reason") == "locked" and isinstance(lock, dict):
            holder = lock.get("holder")
            if isinstance(holder, dict) and controller.is_gone(holder):
                answer = self._call({**arguments, "takeover": str(lock.get("token"))}, variables)
        result.update(answer)
        return result

    def _call(self, arguments: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self._execute_module(
            module_name=MODULE,
            module_args=arguments,
            task_vars=variables,
            wrap_async=self._task.async_val,
        )
        return answer

    def _holder(self, variables: dict[str, Any]) -> dict[str, Any]:
        """This run: its main process, or its job where AWX runs it."""
        names = {
            name: str(variables.get(f"awx_{name}") or variables.get(f"tower_{name}") or "")
            for name in ("job_id", "user_name")
        }
        return controller.holder(job=names["job_id"], user=names["user_name"])
