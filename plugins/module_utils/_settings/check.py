# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All rules, over all apps at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from .accounts import check_accounts, check_name, check_shared_accounts
from .app import App
from .build import check_build
from .deploy_key import check_deploy_key
from .domains import check_domains, check_shared_domains
from .environment import check_environment
from .nginx_text import check_nginx_text
from .paths import check_adopted, check_release_paths, check_roots
from .problem import Problem
from .server_paths import check_database_path, check_shared_writable_paths, check_writable_paths
from .values import check_forms, check_lists, check_numbers, check_uwsgi_options

RULES: tuple[Callable[[App], Iterator[Problem]], ...] = (
    check_name,
    check_forms,
    check_domains,
    check_numbers,
    check_lists,
    check_accounts,
    check_roots,
    check_release_paths,
    check_adopted,
    check_writable_paths,
    check_database_path,
    check_uwsgi_options,
    check_environment,
    check_build,
    check_deploy_key,
    check_nginx_text,
)
# What the rules between apps read of apps that a run is not about.
SHARED_NOUNS = ("user", "group", "build_user", "domains", "writable_paths")
# What decides who runs what, and where. Hooks run as root; they count as they are written.
DIGEST_NOUNS = (
    "adopt",
    "build",
    "build_user",
    "directory",
    "framework",
    "group",
    "installer",
    "memory_max",
    "migrations",
    "module",
    "node_version",
    "packages",
    "processes",
    "python",
    "repository",
    "requirements",
    "service_manager",
    "shared",
    "sites_root",
    "sockets_root",
    "static",
    "tasks_max",
    "threads",
    "user",
    "uwsgi_options",
    "uwsgi_package",
    "venvs_root",
    "web_group",
    "writable_paths",
)
HOOKS = tuple(
    f"{when}_{stage}"
    for stage in ("prepare", "migrate", "activate", "finish")
    for when in ("before", "after")
)
REPLACED = {
    "base_deploy_user": "remove it",
    "masonite_app_deploy_user": "remove it",
}


def check_apps(selected: Iterable[App], others: Iterable[App]) -> list[Problem]:
    """What is wrong with each selected app, and between any two of all apps."""
    chosen = list(selected)
    problems = [problem for app in chosen for rule in RULES for problem in rule(app)]
    everyone = chosen + list(others)
    for check_shared in (check_shared_accounts, check_shared_domains, check_shared_writable_paths):
        problems += check_shared(everyone)
    return problems


def check_replaced(variables: Iterable[str]) -> Iterator[Problem]:
    """Settings of earlier versions that have no effect any more."""
    for name in variables:
        if name in REPLACED:
            yield Problem(
                "",
                name,
                "replaced",
                "is set, but is no longer used",
                f"{REPLACED[name]}: each app has a build user of its own (masonite_app_build_user)",
            )


def digest(values: Mapping[str, Any], hooks: Mapping[str, Any]) -> str:
    """A hash that is another one when who runs what where has changed."""
    identity = {noun: values.get(noun) for noun in DIGEST_NOUNS}
    text = json.dumps([identity, dict(hooks)], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def compare_digest(app: str, found: str, accepted: object) -> list[Problem]:
    """Settings that are not those an earlier task of the run accepted."""
    if found == accepted:
        return []
    changed = "have changed since they were checked" if accepted else "were not checked before"
    return [
        Problem(
            app,
            f"The settings of {app}",
            "changed_since_check",
            f"that say who runs what where {changed}",
            "nothing goes live with them: look for what sets masonite_app_… during the run, and repeat it",
        )
    ]
