# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module's options, and one run from options to result."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Callable

from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_check import Check
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_config import make_paths
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_context import (
    Context,
    Order,
    services_here,
)
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_errors import (
    InstanceError,
    describe_os_error,
)
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_files import Account, account
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_outcome import Outcome
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_plan import Planner, read_settings
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_states import States

Spec = dict[str, dict[str, Any]]

PATHS: Spec = {
    "name": {"type": "str", "required": True},
    "socket": {"type": "path", "required": True},
    "pidfile": {"type": "path"},
    "runtime_dir": {"type": "path"},
    "config_dir": {"type": "path"},
}
HEALTH_CHECK: Spec = {
    "path": {"type": "str", "default": "/"},
    "host": {"type": "str", "default": "localhost"},
    "statuses": {"type": "list", "elements": "str", "default": ["200-399"]},
    "timeout": {"type": "int", "default": 30},
    "successes": {"type": "int", "default": 1},
    "headers": {"type": "dict", "default": {}, "no_log": True},
}
VERIFY: Spec = {
    "url": {"type": "str", "required": True},
    "host": {"type": "str"},
    "statuses": {"type": "list", "elements": "str", "default": ["200-399"]},
    "timeout": {"type": "int", "default": 10},
    "successes": {"type": "int", "default": 1},
    "validate_certs": {"type": "bool", "default": False},
}
STATES = ["started", "stopped", "restarted", "reloaded", "absent"]
ARGUMENTS: Spec = {
    **PATHS,
    "state": {"type": "str", "choices": STATES, "default": "started"},
    "root": {"type": "path"},
    "chdir": {"type": "path"},
    "module": {"type": "str"},
    "virtualenv": {"type": "path"},
    "binary": {"type": "path"},
    "processes": {"type": "int"},
    "threads": {"type": "int", "default": 1},
    "user": {"type": "str"},
    "group": {"type": "str"},
    "umask": {"type": "str", "default": "0027"},
    "options": {"type": "dict", "default": {}},
    "environment": {"type": "dict", "default": {}, "no_log": True},
    "watch": {"type": "list", "elements": "path", "default": []},
    "writable_paths": {"type": "list", "elements": "path", "default": []},
    "visible_paths": {"type": "list", "elements": "path", "default": []},
    "hidden_paths": {"type": "list", "elements": "path", "default": []},
    "memory_max": {"type": "str", "default": ""},
    "tasks_max": {"type": "int"},
    "allow_root": {"type": "bool", "default": False},
    "service_manager": {"type": "str", "choices": ["auto", "systemd", "none"], "default": "auto"},
    "strategy": {"type": "str", "choices": ["handover", "restart", "auto"], "default": "handover"},
    "health_check": {"type": "dict", "options": HEALTH_CHECK},
    "verify": {"type": "dict", "options": VERIFY},
    "start_timeout": {"type": "int", "default": 60},
    "drain_timeout": {"type": "int", "default": 30},
    "stop_timeout": {"type": "int", "default": 60},
    "memory_check": {"type": "str", "choices": ["warn", "fail", "ignore"], "default": "warn"},
    "memory_per_process": {"type": "int", "default": 150},
    "memory_reserve": {"type": "int", "default": 20},
    "log": {"type": "path"},
}


SECRET = frozenset({"environment", "health_check"})


def complete(params: Mapping[str, Any]) -> dict[str, Any]:
    """The options with their defaults, as Ansible would hand them over."""
    filled = {key: spec.get("default") for key, spec in ARGUMENTS.items()}
    filled.update(params)
    return filled


def read_order(params: Mapping[str, Any], check_mode: bool) -> Order:
    health = Check.read("health_check", params["health_check"], host="localhost", timeout=30, successes=1)
    verify: Check | None = None
    if params["verify"]:
        verify = Check.read(
            "verify", params["verify"], host=_host(params["verify"]["url"]), timeout=10, successes=1
        )
    for name in ("start_timeout", "drain_timeout", "stop_timeout"):
        if params[name] < 0:
            raise InstanceError(f"{name} must not be negative.", stage="configure")
    if not 0 <= params["memory_reserve"] < 100:
        raise InstanceError("memory_reserve is a percentage from 0 to 99.", stage="configure")
    return Order(
        state=params["state"],
        strategy=params["strategy"],
        health=health,
        verify=verify,
        start_timeout=params["start_timeout"],
        drain_timeout=params["drain_timeout"],
        stop_timeout=params["stop_timeout"],
        memory_check=params["memory_check"],
        memory_per_process=params["memory_per_process"],
        memory_reserve=params["memory_reserve"],
        check_mode=check_mode,
    )


def refuse_root(who: Account, allowed: bool) -> None:
    if os.geteuid() == 0 and who.uid == 0 and not allowed:
        raise InstanceError(
            f"the instance would run as {who.user}, which has user id 0: what visitors reach would have all "
            "rights on this server. Give `user` an account of its own, or say allow_root: true.",
            stage="configure",
            reason="root",
        )


def _host(url: str) -> str:
    scheme, mark, rest = url.partition("://")
    host = rest.partition("/")[0]
    if scheme not in ("http", "https") or not mark or not host:
        raise InstanceError(
            f"verify.url must be an http or https address with a host, not {url!r}.", stage="configure"
        )
    return host


def run(
    params: Mapping[str, Any],
    check_mode: bool = False,
    on_step: Callable[[str], None] = lambda _step: None,
) -> dict[str, Any]:
    params = complete(params)
    paths = make_paths(params)
    order = read_order(params, check_mode)
    context = Context(paths, order, services_here(paths), on_step)
    planner: Planner | None = None
    if order.state in ("started", "restarted", "reloaded"):
        settings = read_settings(params)
        who = account(settings.user, settings.group)
        refuse_root(who, params["allow_root"])
        planner = Planner(paths, settings, who, order.start_timeout, order.stop_timeout)
    try:
        return result(context, States(context, planner).run())
    except InstanceError as error:
        error.notes = context.warnings
        raise
    except OSError as error:
        wrapped = InstanceError(
            f"{paths.name}: {describe_os_error(error)}. Serving now: {context.serving()}.", stage=context.step
        )
        wrapped.notes = context.warnings
        raise wrapped from error


def result(context: Context, outcome: Outcome) -> dict[str, Any]:
    name = context.paths.name
    told: dict[str, Any] = {
        "changed": outcome.changed,
        "previous": context.previous,
        "strategy": context.strategy,
        "timings": {phase: round(seconds, 3) for phase, seconds in context.timings.items()},
        "lost": {"queued": context.lost.queued, "in_flight": context.lost.in_flight},
        "diff": {
            "before_header": f"{name} (live)",
            "after_header": f"{name} ({context.order.state})",
            "before": _text(outcome.before),
            "after": _text(outcome.after),
        },
        "notes": context.warnings,
    }
    if outcome.instance is not None:
        told["instance"] = outcome.instance
    if context.memory is not None:
        told["memory"] = asdict(context.memory)
    return told


def _text(lines: list[str]) -> str:
    return "".join(line + "\n" for line in lines)
