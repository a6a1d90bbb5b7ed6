# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the module app_backup, checked and typed."""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .._system.account import Account, find_account
from .._system.app_environment import read_app_environment
from .._system.sandbox import Sandbox
from .._system.sandbox_options import SANDBOX_ARGUMENTS, read_sandbox
from .errors import BackupError

LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
ARGUMENTS: dict[str, Any] = {
    "path": {"type": "path", "required": True},
    "state": {
        "type": "str",
        "choices": ["present", "restored", "checked", "reverted", "inspected", "migrations"],
        "default": "present",
    },
    "user": {"type": "str"},
    "python": {"type": "path"},
    "chdir": {"type": "path"},
    "name": {"type": "str", "default": ""},
    "backup": {"type": "str", "default": ""},
    "keep": {"type": "int", "default": 5},
    "label": {"type": "str", "default": "backup"},
    "release": {"type": "str", "default": ""},
    "revision": {"type": "str", "default": ""},
    "save_present": {"type": "bool", "default": True},
    "live_link": {"type": "path"},
    "restore_command": {"type": "str", "default": ""},
    "max_size": {"type": "bytes", "default": "0"},
    "disk_reserve": {"type": "int", "default": 5},
    "timeout": {"type": "int", "default": 3600},
    "environment_file": {"type": "path", "default": ""},
    **SANDBOX_ARGUMENTS,
}
RUNS_PROGRAM = ("present", "restored", "reverted", "inspected", "migrations")
REQUIRED_IF = [("state", state, ["python", "chdir"]) for state in RUNS_PROGRAM]


@dataclass(frozen=True)
class Options:
    path: str
    account: Account
    python: str
    chdir: str
    name: str
    backup: str
    keep: int
    label: str
    release: str
    revision: str
    save_present: bool
    live_link: str
    restore_command: str
    max_size: int
    disk_reserve: int
    timeout: int
    sandbox: Sandbox
    service_manager: str
    check_mode: bool
    environment: Mapping[str, str] = field(default_factory=dict)


def read_options(params: Mapping[str, Any], check_mode: bool) -> Options:
    if not LABEL.fullmatch(params["label"]):
        raise BackupError(
            f"label is {params['label']!r}; allowed are letters, digits, '.', '_' and '-'.",
            reason="label",
            options=["label"],
        )
    for name, least in (("keep", 1), ("timeout", 1), ("disk_reserve", 0), ("max_size", 0)):
        if params[name] < least:
            raise BackupError(
                f"{name} is {params[name]}; the minimum is {least}.", reason=name, options=[name]
            )
    return Options(
        path=params["path"],
        account=find_user(params["user"]),
        sandbox=read_sandbox(dict(params), [params["python"] or "", params["chdir"] or ""]),
        python=params["python"] or "",
        chdir=params["chdir"] or "",
        live_link=params["live_link"] or "",
        check_mode=check_mode,
        environment=read_app_environment(params["environment_file"], missing_is_empty=check_mode),
        **{
            name: params[name]
            for name in ("name", "backup", "keep", "label", "release", "revision", "save_present")
        },
        **{name: params[name] for name in ("restore_command", "max_size", "disk_reserve")},
        **{name: params[name] for name in ("timeout", "service_manager")},
    )


def find_user(name: str | None) -> Account:
    """Return the app's user. Code of an app never runs as root."""
    account = find_account(name) if name else own_account()
    if account is None:
        raise BackupError(
            f"The user {name} does not exist on this server.",
            reason="no_user",
            hint="site.yml creates it.",
            options=["user"],
        )
    if account.uid == 0:
        raise BackupError(
            "user is root: code of the app would run with all rights.",
            reason="root",
            hint="Give the user of the app.",
            options=["user"],
        )
    return account


def own_account() -> Account:
    try:
        entry = pwd.getpwuid(os.geteuid())
    except KeyError:
        return Account(str(os.geteuid()), os.geteuid(), os.getegid())
    return Account(entry.pw_name, entry.pw_uid, os.getegid(), entry.pw_dir, tuple(os.getgroups()))
