# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives the module release the run that it is called by, and takes over the lock of a run that has ended."""

from __future__ import annotations

import time
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.masonite.deploy.plugins.module_utils._release.controller_process import (
    describe_run,
    has_ended,
)

MODULE = "masonite.deploy.release"


class ActionModule(ActionBase):  # type: ignore[misc]
    _supports_check_mode = True
    _supports_async = True
    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        started = time.time()
        variables = task_vars or {}
        result: dict[str, Any] = super().run(tmp, variables)
        arguments = dict(self._task.args)
        arguments.setdefault("holder", self._describe_run(variables))
        if not arguments["holder"].get("start") and has_ended(arguments["holder"]):
            # A worker process outlived the run, which was killed: no task would remove its lock.
            return {
                **result,
                "failed": True,
                "msg": "The run of ansible-playbook has ended; nothing was done.",
                "reason": "run_ended",
                "options": [],
            }
        answer = self._call_module(arguments, variables)
        lock = answer.get("lock")
        if answer.get("failed") and answer.get("reason") == "locked" and isinstance(lock, dict):
            holder = lock.get("holder")
            if isinstance(holder, dict) and has_ended(holder):
                answer = self._call_module({**arguments, "takeover": str(lock.get("token"))}, variables)
        result.update(answer, started=started)
        return result

    def _call_module(self, arguments: dict[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self._execute_module(
            module_name=MODULE,
            module_args=arguments,
            task_vars=variables,
            wrap_async=self._task.async_val,
        )
        return answer

    def _describe_run(self, variables: dict[str, Any]) -> dict[str, Any]:
        """Return this run: its main process, or its job where AWX runs it."""
        names = {
            name: str(variables.get(f"awx_{name}") or variables.get(f"tower_{name}") or "")
            for name in ("job_id", "user_name")
        }
        return describe_run(job=names["job_id"], user=names["user_name"])
