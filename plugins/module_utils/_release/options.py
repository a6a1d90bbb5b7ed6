# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the module release: their specification, and the typed form that all other files use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from .._system.framework import AUTO, CHOICES
from .._system.ssh_files import SshFiles
from .lock_holder import LockHolder
from .option_names import OptionNames
from .virtual_host import VirtualHost

State = Literal["present", "live", "failed", "restored"]
Action = Literal["deploy", "rollback", "restore"]
DiskCheck = Literal["warn", "fail", "ignore"]

LIST_OF_STR: dict[str, Any] = {"type": "list", "elements": "str", "default": []}
HOLDER: dict[str, Any] = {
    **{key: {"type": "str", "default": ""} for key in ("user", "host", "machine", "start", "job")},
    "pid": {"type": "int", "default": 0},
}
VIRTUAL_HOST: dict[str, Any] = {
    "paths": {"type": "list", "elements": "path", "required": True},
    "names": {"type": "list", "elements": "str", "required": True},
}
ARGUMENTS: dict[str, Any] = {
    "path": {"type": "path", "required": True},
    "state": {"type": "str", "choices": ["present", "live", "failed", "restored"], "default": "present"},
    "repository": {"type": "str", "no_log": True},
    "version": {"type": "str", "default": "HEAD"},
    "revision": {"type": "str", "default": ""},
    "keep_live": {"type": "bool", "default": False},
    "make_first": {"type": "bool", "default": True},
    "named_at": {"type": "float"},
    "ssh_key": {"type": "path", "no_log": False},
    "known_hosts": {"type": "path"},
    "ssh_directory": {"type": "path"},
    "ssh_key_content": {"type": "str", "default": "", "no_log": True},
    "known_hosts_content": LIST_OF_STR,
    "accept_hostkey": {"type": "bool", "default": False},
    "timeout": {"type": "int", "default": 300},
    "environment": {"type": "dict", "default": {}, "no_log": True},
    "release": {"type": "str"},
    "build_user": {"type": "str", "default": ""},
    "app_user": {"type": "str", "default": ""},
    "framework": {"type": "str", "choices": CHOICES, "default": AUTO},
    "shared": LIST_OF_STR,
    "static": LIST_OF_STR,
    "web_group": {"type": "str", "default": ""},
    "database": {"type": "path", "default": ""},
    "database_from_repository": {"type": "str", "default": ""},
    "links": {"type": "dict", "default": {}},
    "directory": {"type": "str", "default": ""},
    "module": {"type": "str", "default": ""},
    "required": LIST_OF_STR,
    "compare": LIST_OF_STR,
    "set_up_by": {"type": "str", "default": ""},
    "virtual_host": {"type": "dict", "options": VIRTUAL_HOST},
    "force": {"type": "bool", "default": False},
    "virtualenvs": {"type": "path"},
    "python": {"type": "path", "default": "/usr/bin/python3"},
    "requirements": {"type": "str", "default": "auto"},
    "packages": {**LIST_OF_STR, "no_log": True},
    "installer": {"type": "str", "default": ""},
    "virtualenv": {"type": "path"},
    "assets": {"type": "path"},
    "build": {**LIST_OF_STR, "default": ["auto"]},
    "node_version": {"type": "str", "default": ""},
    "build_environment": {"type": "dict", "default": {}, "no_log": True},
    "disk_check": {"type": "str", "choices": ["warn", "fail", "ignore"], "default": "warn"},
    "disk_reserve": {"type": "int", "default": 5},
    "lock_ttl": {"type": "int", "default": 3600},
    "break_lock": {"type": "bool", "default": False},
    "keep": {"type": "int", "default": 5},
    "live_link": {"type": "path"},
    "action": {"type": "str", "choices": ["deploy", "rollback", "restore"], "default": "deploy"},
    "started": {"type": "float"},
    "reason": {"type": "str", "default": ""},
    "bad": {"type": "bool", "default": True},
    "pending_migrations": LIST_OF_STR,
    "migrated": {"type": "bool", "default": False},
    "setting_names": {"type": "dict", "default": {}},
    "holder": {"type": "dict", "options": HOLDER},
    "takeover": {"type": "str", "default": ""},
}
REQUIRED_IF = [("state", "live", ["release"])]


@dataclass(frozen=True)
class ReleaseOptions:
    """What a task asks for; an option that is not given is empty. ``names`` is the option setting_names."""

    path: Path
    state: State = "present"
    repository: str = ""
    version: str = ""
    revision: str = ""
    keep_live: bool = False
    make_first: bool = True
    named_at: float | None = None
    ssh_key: str = ""
    known_hosts: str = ""
    ssh_files: SshFiles | None = None
    accept_hostkey: bool = False
    timeout: int = 300
    environment: Mapping[str, str] = field(default_factory=dict)
    release: str = ""
    build_user: str = ""
    app_user: str = ""
    framework: str = AUTO
    shared: tuple[str, ...] = ()
    static: tuple[str, ...] = ()
    web_group: str = ""
    database: str = ""
    database_from_repository: str = ""
    links: Mapping[str, str] = field(default_factory=dict)
    directory: str = ""
    module: str = ""
    required: tuple[str, ...] = ()
    compare: tuple[str, ...] = ()
    set_up_by: str = ""
    virtual_host: VirtualHost | None = None
    force: bool = False
    virtualenvs: str = ""
    python: str = ""
    requirements: str = ""
    packages: tuple[str, ...] = ()
    installer: str = ""
    virtualenv: str = ""
    assets: str = ""
    build: tuple[str, ...] = ()
    node_version: str = ""
    build_environment: Mapping[str, str] = field(default_factory=dict)
    disk_check: DiskCheck = "warn"
    disk_reserve: int = 0
    lock_ttl: int = 3600
    break_lock: bool = False
    keep: int = 1
    live_link: Path | None = None
    action: Action = "deploy"
    started: float | None = None
    reason: str = ""
    bad: bool = False
    pending_migrations: tuple[str, ...] = ()
    migrated: bool = False
    names: OptionNames = field(default_factory=OptionNames)
    holder: LockHolder = field(default_factory=LockHolder)
    takeover: str = ""


def read_options(params: Mapping[str, Any]) -> ReleaseOptions:
    """Read the parameters of a task, which the module's specification has checked and filled up."""

    def text(option: str) -> str:
        return str(params.get(option) or "")

    def texts(option: str) -> tuple[str, ...]:
        return tuple(str(item) for item in params.get(option) or ())

    def mapping(option: str) -> dict[str, str]:
        return {str(key): str(value) for key, value in (params.get(option) or {}).items()}

    def number(option: str, otherwise: int) -> int:
        return int(params.get(option) or otherwise)

    live_link, started, named_at = (params.get(name) for name in ("live_link", "started", "named_at"))
    ssh_files = SshFiles.read(text("ssh_directory"), text("ssh_key_content"), texts("known_hosts_content"))
    return ReleaseOptions(
        path=Path(params["path"]),
        state=cast(State, text("state") or "present"),
        repository=text("repository"),
        version=text("version"),
        revision=text("revision").lower(),
        keep_live=bool(params.get("keep_live")),
        make_first=params.get("make_first") is not False,
        named_at=float(named_at) if named_at else None,
        ssh_key=ssh_files.key_path if ssh_files is not None else text("ssh_key"),
        known_hosts=ssh_files.known_hosts_path if ssh_files is not None else text("known_hosts"),
        ssh_files=ssh_files,
        accept_hostkey=bool(params.get("accept_hostkey")),
        timeout=number("timeout", 300),
        environment=mapping("environment"),
        release=text("release"),
        build_user=text("build_user"),
        app_user=text("app_user"),
        framework=text("framework") or AUTO,
        shared=texts("shared"),
        static=texts("static"),
        web_group=text("web_group"),
        database=text("database"),
        database_from_repository=text("database_from_repository"),
        links=mapping("links"),
        directory=text("directory").strip("/"),
        module=text("module"),
        required=texts("required"),
        compare=texts("compare"),
        set_up_by=text("set_up_by"),
        virtual_host=VirtualHost.read(params.get("virtual_host")),
        force=bool(params.get("force")),
        virtualenvs=text("virtualenvs"),
        python=text("python"),
        requirements=text("requirements"),
        packages=texts("packages"),
        installer=text("installer"),
        virtualenv=text("virtualenv"),
        assets=text("assets"),
        build=texts("build"),
        node_version=text("node_version"),
        build_environment=mapping("build_environment"),
        disk_check=cast(DiskCheck, text("disk_check") or "warn"),
        disk_reserve=number("disk_reserve", 0),
        lock_ttl=number("lock_ttl", 3600),
        break_lock=bool(params.get("break_lock")),
        keep=max(1, number("keep", 1)),
        live_link=Path(live_link) if live_link else None,
        action=cast(Action, text("action") or "deploy"),
        started=float(started) if started else None,
        reason=text("reason"),
        bad=bool(params.get("bad")),
        pending_migrations=texts("pending_migrations"),
        migrated=bool(params.get("migrated")),
        names=OptionNames.read(params.get("setting_names")),
        holder=LockHolder.read(params.get("holder")),
        takeover=text("takeover"),
    )
