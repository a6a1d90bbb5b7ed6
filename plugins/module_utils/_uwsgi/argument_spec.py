# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument specs of the modules; each module documents its options."""

from __future__ import annotations

from typing import Any

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
INSTANCE: Spec = {
    **PATHS,
    "state": {"type": "str", "choices": STATES, "default": "started"},
    "root": {"type": "path"},
    "chdir": {"type": "path"},
    "directory": {"type": "str", "default": ""},
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
    "environment_file": {"type": "path", "default": ""},
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
SECRET_OPTIONS = frozenset({"environment", "health_check"})
