# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the settings of all apps of a run on the controller, before anything is connected or changed."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.common.yaml import yaml_load
from ansible.playbook.helpers import load_list_of_blocks
from ansible.playbook.play import Play
from ansible.plugins.action import ActionBase
from ansible.template import Templar, trust_as_template
from ansible.utils.display import Display
from ansible.utils.vars import load_extra_vars

from ansible_collections.masonite.deploy.plugins.module_utils._settings import (
    check,
    hooks,
    selection,
    strategy,
)
from ansible_collections.masonite.deploy.plugins.module_utils._settings.app import App
from ansible_collections.masonite.deploy.plugins.module_utils._settings.effective import Template
from ansible_collections.masonite.deploy.plugins.module_utils._settings.problem import Problem, describe
from ansible_collections.masonite.deploy.plugins.module_utils._settings.published_keys import PUBLISHED_KEYS
from ansible_collections.masonite.deploy.plugins.module_utils._settings.resolver import (
    Resolved,
    Resolver,
)
from ansible_collections.masonite.deploy.plugins.module_utils._settings.specification import Specification

display = Display()
ROLE = Path(__file__).resolve().parents[2] / "roles" / "masonite_app"
OPTIONS = {
    "apps": {"type": "list", "elements": "str"},
    "accepted": {"type": "dict"},
    "hooks": {"type": "dict"},
}


class ActionModule(ActionBase):  # type: ignore[misc]
    _supports_check_mode = True
    _supports_async = False
    _requires_connection = False
    TRANSFERS_FILES = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        variables = task_vars or {}
        result: dict[str, Any] = super().run(tmp, variables)
        options: dict[str, Any] = self.validate_argument_spec(argument_spec=OPTIONS)[1]
        resolver = Resolver(variables, self._make_template, Specification(read_options()), trust_as_template)
        names = list(dict.fromkeys(resolver.select() if options["apps"] is None else options["apps"]))
        accepted: dict[str, str] = {}
        if options["hooks"] is not None:
            problems = self._check_hook_files(App(names[0], {}, {}), options["hooks"])
        elif options["accepted"] is None:
            problems, accepted = self._check(resolver, names, variables)
        else:
            problems, accepted = self._compare(resolver, names, options["accepted"])
        result["changed"] = False
        if problems:
            # Ansible shows all of a failed result, so there is nothing in it that is not about the mistakes.
            settings = sorted({problem.setting for problem in problems})
            result.update(failed=True, msg=describe(problems), reason="settings", settings=settings)
            return result
        result.update(
            accepted=accepted,
            published_keys=sorted(PUBLISHED_KEYS),
            time=time.time(),
            version_given="masonite_app_version" in load_extra_vars(self._loader),
        )
        return result

    def _check(
        self, resolver: Resolver, names: list[str], variables: Mapping[str, Any]
    ) -> tuple[list[Problem], dict[str, str]]:
        for variable in resolver.specification.run_settings:
            resolver.read_variable(variable)
        only = str(resolver.read_variable("masonite_app_only") or "")
        known = {*resolver.specification.names, *read_role_variables()}
        problems = [
            *resolver.problems,
            *check.check_replaced(variables),
            *selection.check_variables(variables, known),
            *selection.check_one_app(load_extra_vars(self._loader), names),
            *strategy.check_strategy(self._read_strategy(), variables.get("ansible_play_hosts_all") or []),
        ]
        unusable = [
            problem
            for problem in problems
            if problem.setting in ("masonite_apps", "masonite_app_only")
            or problem.reason == "lost_indentation"
        ]
        unusable = unusable or list(selection.check_selection(names, resolver.apps, only, resolver.missing))
        if unusable:
            return list(dict.fromkeys([*problems, *unusable])), {}
        nouns = resolver.specification.nouns
        selected = [resolver.resolve(name, nouns) for name in names if name not in resolver.unreadable]
        others = [resolver.resolve(name, check.SHARED_NOUNS) for name in resolver.apps if name not in names]
        for one in selected:
            problems += selection.check_names_of_settings(one.app.name, resolver.given(one.app.name), nouns)
            problems += self._check_hooks(resolver, one)
            problems += one.problems
        problems += check.check_apps([one.app for one in selected], [one.app for one in others])
        if problems:
            return problems, {}
        return [], {one.app.name: check.digest(one.app.values, one.written) for one in selected}

    def _read_strategy(self) -> str:
        """Return how the play goes through its servers."""
        block = self._task._parent
        return str(getattr(getattr(block, "_play", None), "strategy", ""))

    def _check_hook_files(self, app: App, paths: dict[str, list[str]]) -> list[Problem]:
        return [
            problem
            for noun, files in paths.items()
            for problem in hooks.check_hooks(app, noun, files, self._find_hook, self._load_hook)
        ]

    def _compare(
        self, resolver: Resolver, names: list[str], accepted: Mapping[str, Any]
    ) -> tuple[list[Problem], dict[str, str]]:
        """Only whether the settings are those that an earlier task accepted."""
        problems: list[Problem] = []
        digests: dict[str, str] = {}
        for name in names:
            resolved = resolver.resolve(name, (*check.DIGEST_NOUNS, *check.HOOKS))
            digests[name] = check.digest(resolved.app.values, resolved.written)
            problems += resolved.problems or check.compare_digest(name, digests[name], accepted.get(name))
        return problems, digests

    def _check_hooks(self, resolver: Resolver, resolved: Resolved) -> Iterator[Problem]:
        for noun in resolved.written:
            paths = resolver.resolve_hooks(resolved, noun)
            yield from hooks.check_hooks(resolved.app, noun, paths, self._find_hook, self._load_hook)

    def _find_hook(self, path: str) -> str:
        """As include_tasks finds it, in a task of the role."""
        return str(self._loader.path_dwim_relative(str(ROLE), "tasks", path, is_role=True))

    def _load_hook(self, file: str) -> Any:
        """The content of a task file, whose errors, such as an unknown module, would end the play at once."""
        tasks = self._loader.load_from_file(file)
        if isinstance(tasks, list):
            try:
                load_list_of_blocks(copy.deepcopy(tasks), play=Play(), loader=self._loader)
            except AnsibleError:
                raise
            # What cannot be judged without a play, such as an include, is left to its run.
            except Exception:
                display.debug(f"{file} is not parsed any further before its run")
        return tasks

    def _make_template(self, variables: dict[str, Any]) -> Template:
        template: Template = Templar(loader=self._loader, variables=variables).template
        return template


def read_role_variables() -> list[str]:
    """The names of the variables that the role sets."""
    return [
        name
        for file in sorted((ROLE / "vars" / "main").glob("*.yml"))
        for name in yaml_load(file.read_text(encoding="utf-8"))
    ]


def read_options() -> dict[str, Any]:
    with (ROLE / "meta" / "argument_specs.yml").open(encoding="utf-8") as file:
        specs = yaml_load(file)
    options: dict[str, Any] = specs["argument_specs"]["main"]["options"]
    return options
