# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks of the collection on servers that exist in name only: stubs take the place of the modules."""

from __future__ import annotations

import atexit
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from playbook_runs import PLAYBOOK, run_playbook

__all__ = ["PLAYBOOK", "ROOT", "Call", "Deploy", "World", "describe_apps"]

ROOT = Path(__file__).resolve().parents[3]
# As in the clone's own ansible.cfg.
CONFIGURATION = """[defaults]
forks = 20
callback_result_format = yaml
[connection]
pipelining = true
"""
STUBBED = (
    "app_backup",
    "app_command",
    "app_home",
    "assets",
    "env_file",
    "nginx_config",
    "release",
    "release_info",
    "uwsgi_instance",
    "uwsgi_instance_info",
    "virtualenv",
)


@dataclass(frozen=True)
class Call:
    """A call of a module on a server."""

    server: str
    app: str
    step: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class Deploy:
    """A run of a playbook that has ended."""

    rc: int
    output: str
    """What was printed, as words with single spaces."""
    printed: str
    seconds: float
    calls: list[Call]

    def steps(self, server: str, app: str = "blog") -> list[str]:
        return [call.step for call in self.calls if (call.server, call.app) == (server, app)]

    def servers(self, step: str) -> list[str]:
        return [call.server for call in self.calls if call.step == step]

    def arguments(self, server: str, step: str) -> dict[str, Any]:
        (found,) = (call.arguments for call in self.calls if (call.server, call.step) == (server, step))
        return found


def describe_apps(names: tuple[str, ...]) -> dict[str, Any]:
    return {app: {"repository": f"/git/{app}", "domains": [f"{app}.test"]} for app in names}


def copy_collection(base: Path) -> Path:
    """A copy of the collection, with stubs."""
    collection = base / "ansible_collections" / "masonite" / "deploy"
    for part in ("roles", "playbooks", "plugins", "meta"):
        ignored = shutil.ignore_patterns("collections", "__pycache__")
        shutil.copytree(ROOT / part, collection / part, ignore=ignored)
    stub = Path(__file__).with_name("deploy_stub.py").read_text()
    for module in STUBBED:
        (collection / "plugins/action" / f"{module}.py").unlink(missing_ok=True)
        text = stub.replace('MODULE = "MODULE"', f'MODULE = "{module}"')
        (collection / "plugins/modules" / f"{module}.py").write_text(text)
    return collection


@lru_cache(maxsize=1)
def share_copy() -> Path:
    """A copy for all tests, with their ansible.cfg above it."""
    base = Path(tempfile.mkdtemp(prefix="masonite-world-"))
    atexit.register(shutil.rmtree, base, ignore_errors=True)
    (base / "ansible.cfg").write_text(CONFIGURATION)
    return copy_collection(base)


class World:
    """An inventory, and the collection with stubs; with `own_copy`, one that a test may write into.

    A playbook beside the inventory goes before one of the collection of the same name.
    """

    def __init__(
        self,
        base: Path,
        servers: Iterable[str] = "a",
        apps: tuple[str, ...] = ("blog",),
        own_apps: dict[str, tuple[str, ...]] | None = None,
        own_copy: bool = False,
        configuration: Path | None = None,
        **settings: object,
    ) -> None:
        self.base = base
        self.collection = copy_collection(base) if own_copy else share_copy()
        self.configuration = configuration or share_copy().parents[2] / "ansible.cfg"
        variables = {
            "ansible_connection": "local",
            "ansible_become": False,
            "base_sites_root": "/{{ inventory_hostname }}/sites",
            "base_sockets_root": "/{{ inventory_hostname }}/sockets",
            "base_venvs_root": "/{{ inventory_hostname }}/venvs",
            "masonite_apps": describe_apps(apps),
            **settings,
        }
        own: dict[str, dict[str, Any]] = {
            server: {"ansible_python_interpreter": f"{base}/python-{server}"} for server in servers
        }
        for server, names in (own_apps or {}).items():
            own[server]["masonite_apps"] = describe_apps(names)
        hosts = {"hosts": own, "vars": variables}
        for server in servers:
            # A task that is delegated to a server has the paths of another one: its Python says which it is.
            python = base / f"python-{server}"
            python.write_text(f'#!/bin/sh\nSTUB_SERVER={server} exec {sys.executable} -S "$@"\n')
            python.chmod(0o755)
        (base / "inventory.json").write_text(json.dumps({"web": hosts}))

    def run(
        self,
        playbook: str,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        inventory: str | None = "inventory.json",
        fork: bool = True,
        **answers: dict[str, Any],
    ) -> Deploy:
        calls = self.base / "calls.jsonl"
        calls.write_text("")
        (self.base / "answers.json").write_text(json.dumps(answers))
        started = time.monotonic()
        own = self.base / playbook
        run = run_playbook(
            *(["-i", inventory] if inventory else []),
            str(own if own.exists() else self.collection / "playbooks" / playbook),
            *arguments,
            directory=self.base,
            environment={
                **os.environ,
                "ANSIBLE_CONFIG": str(self.configuration),
                "ANSIBLE_COLLECTIONS_PATH": str(self.collection.parents[2]),
                "ANSIBLE_NOCOLOR": "1",
                "STUB_DIRECTORY": str(self.base),
                **(environment or {}),
            },
            fork=fork,
        )
        print(run.stdout)
        lines = [Call(**json.loads(line)) for line in calls.read_text().splitlines()]
        output = re.sub(r"\\n|\s+", " ", run.stdout)
        return Deploy(run.returncode, output, run.stdout, time.monotonic() - started, lines)
