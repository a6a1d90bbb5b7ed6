# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""uWSGI options that the module sets itself, or that would make a handover impossible."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .errors import InstanceError

SET_BY_OPTION = {
    "socket": "socket",
    "uwsgi-socket": "socket",
    "s": "socket",
    "pidfile": "pidfile",
    "pidfile2": "pidfile",
    "safe-pidfile": "pidfile",
    "safe-pidfile2": "pidfile",
    "chdir": "chdir",
    "chdir2": "chdir",
    "module": "module",
    "wsgi": "module",
    "w": "module",
    "virtualenv": "virtualenv",
    "venv": "virtualenv",
    "home": "virtualenv",
    "pyhome": "virtualenv",
    "H": "virtualenv",
    "processes": "processes",
    "workers": "processes",
    "p": "processes",
    "threads": "threads",
    "uid": "user",
    "gid": "group",
    "umask": "umask",
    "env": "environment",
    "logto": "log",
    "logto2": "log",
    "daemonize": "service_manager",
    "d": "service_manager",
    "daemonize2": "service_manager",
}
SET_BY_MODULE = (
    "master",
    "master-fifo",
    "need-app",
    "strict",
    "die-on-term",
    "vacuum",
    "stats",
    "stats-server",
    "chmod-socket",
    "chown-socket",
    "binary-path",
)
SECOND_LISTENERS = (
    "http",
    "http-socket",
    "https",
    "https-socket",
    "https-socket-with-header",
    "http11-socket",
    "fastcgi-socket",
    "scgi-socket",
    "raw-socket",
    "puwsgi-socket",
    "suwsgi-socket",
    "udp",
    "emperor",
    "zerg",
    "zerg-server",
)
OPTION_NAME = re.compile(r"\A[A-Za-z0-9][A-Za-z0-9_.+-]*\Z")
VARIABLE_NAME = re.compile(r"\A[A-Za-z_][A-Za-z0-9_]*\Z")


def check_uwsgi_options(options: Mapping[str, Any]) -> None:
    """Refuse, by name, each uWSGI option that would work against the module."""
    for key, value in options.items():
        problem = _find_problem(key) or _find_value_problem(key, value)
        if problem:
            raise InstanceError(f"options: {problem}", "configure", options=["options"])


def check_environment(environment: Mapping[str, Any]) -> None:
    """Refuse names that no environment variable can have, and values of several lines."""
    for key, value in environment.items():
        problem = "" if VARIABLE_NAME.match(key) else f"{key!r} is not a name of an environment variable."
        problem = problem or _find_line_problem(key, str(value))
        if problem:
            raise InstanceError(f"environment: {problem}", "configure", options=["environment"])


def _find_problem(key: str) -> str:
    long_name = key.replace("_", "-")
    if not OPTION_NAME.match(key):
        return f"{key!r} is not a name of a uWSGI option."
    if long_name in SET_BY_OPTION:
        return f"{key!r} belongs to this module; use its option {SET_BY_OPTION[long_name]!r} instead."
    if long_name in SET_BY_MODULE:
        return (
            f"{key!r} belongs to this module, which needs it as it is to start, watch and stop the instance."
        )
    if long_name in SECOND_LISTENERS:
        return (
            f"{key!r} would open a second listener, and during a handover the old and the new instance "
            "cannot both have it. Let the web server speak to the socket."
        )
    return ""


def _find_value_problem(key: str, value: Any) -> str:
    for part in value if isinstance(value, (list, tuple)) else [value]:
        if isinstance(part, (dict, list, tuple)) or part is None:
            return f"the value of {key!r} must be a string, a number, a boolean or a list of these."
        problem = _find_line_problem(key, str(part))
        if problem:
            return problem
    return ""


def _find_line_problem(key: str, value: str) -> str:
    return f"the value of {key!r} must be one line." if any(char in value for char in "\n\r\0") else ""
