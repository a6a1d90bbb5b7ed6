# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the module's options to an instance that can be started: defaults, refusals, rendering, id."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from typing import Any

from ansible_collections.masonite.deploy.plugins.module_utils import _uwsgi_config as config
from ansible_collections.masonite.deploy.plugins.module_utils._system.process import read_text
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_config import (
    PLACEHOLDER,
    OptionValue,
    Paths,
    Settings,
)
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_environment import describe_environment
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_errors import InstanceError
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_files import Account, account
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_plain import SYSTEM_PATH
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_records import CANDIDATE, Record
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_service import Plan
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_systemd import booted
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_unit import render_unit
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_watch import fingerprint

LONGEST_QUEUE = 1024
SIZE = re.compile(r"\A(?:infinity|[0-9]+[KMGTPE]?|[0-9]{1,3}%)\Z")
UWSGI_QUEUE = 100  # its own default; it refuses to start with more than the kernel's somaxconn


def choose_manager(wanted: str) -> str:
    if wanted == "auto":
        return "systemd" if booted() and os.geteuid() == 0 else "none"
    if wanted == "systemd" and not booted():
        raise InstanceError(
            "service_manager is systemd, but systemd does not run here (no /run/systemd/system). "
            "Use auto or none.",
            stage="configure",
        )
    if wanted == "systemd" and os.geteuid() != 0:
        raise InstanceError(
            "service_manager is systemd, and writing its units needs root. Use become, or none.",
            stage="configure",
        )
    return wanted


def find_binary(binary: str | None, virtualenv: str | None) -> str:
    if binary:
        return binary
    inside = os.path.join(virtualenv, "bin", "uwsgi") if virtualenv else ""
    if inside and os.path.exists(inside):
        return inside
    path = os.pathsep.join([SYSTEM_PATH, os.environ.get("PATH", "")])
    return shutil.which("uwsgi", path=path) or inside or "uwsgi"


def listen_queue(somaxconn: str = "/proc/sys/net/core/somaxconn") -> int:
    """How many requests may wait for a worker: uWSGI's own 100 are 2.5 s of 40 a second, then come 502s."""
    try:
        return min(LONGEST_QUEUE, int(read_text(somaxconn) or UWSGI_QUEUE))
    except ValueError:
        return UWSGI_QUEUE


def read_settings(params: Mapping[str, Any]) -> Settings:
    options: dict[str, OptionValue] = dict(params.get("options") or {})
    environment = {key: str(value) for key, value in (params.get("environment") or {}).items()}
    config.check_options(options)
    config.check_environment(environment)
    if not params.get("chdir"):
        raise InstanceError(
            f"state {params['state']} needs chdir, the application's directory.", stage="configure"
        )
    module = params.get("module")
    if not module and not any(key.replace("_", "-") in config.LOADS_AN_APP for key in options):
        raise InstanceError(
            f"state {params['state']} needs module, for example wsgi:application.", stage="configure"
        )
    for option in ("chdir", "virtualenv", "binary", "module", "log"):
        if any(char in (params.get(option) or "") for char in "\n\r\0"):
            raise InstanceError(f"{option} must be one line.", stage="configure")
    if not {"listen", "l"} & options.keys():
        options["listen"] = listen_queue()
    processes = params.get("processes") or len(os.sched_getaffinity(0))
    threads = params.get("threads") or 1
    if processes < 1 or threads < 1:
        raise InstanceError("processes and threads must be at least 1.", stage="configure")
    umask = str(params.get("umask") or "0027")
    if not re.match(r"\A0?[0-7]{3}\Z", umask):
        raise InstanceError(f"umask {umask!r} is not an octal number like 0027.", stage="configure")
    virtualenv = params.get("virtualenv")
    return Settings(
        chdir=_absolute("chdir", params["chdir"]),
        module=module,
        virtualenv=_absolute("virtualenv", virtualenv) if virtualenv else None,
        binary=find_binary(params.get("binary"), virtualenv),
        processes=processes,
        threads=threads,
        user=params.get("user"),
        group=params.get("group"),
        umask=umask,
        manager=choose_manager(params.get("service_manager") or "auto"),
        options=options,
        environment=environment,
        watch=_paths(params, "watch"),
        writable_paths=_paths(params, "writable_paths"),
        log=_absolute("log", params["log"]) if params.get("log") else None,
        visible_paths=_paths(params, "visible_paths"),
        hidden_paths=_paths(params, "hidden_paths"),
        memory_max=_size("memory_max", params.get("memory_max") or ""),
        tasks_max=_limit("tasks_max", params.get("tasks_max")),
    )


def _paths(params: Mapping[str, Any], option: str) -> tuple[str, ...]:
    return tuple(_absolute(option, path) for path in params.get(option) or ())


def _size(option: str, value: str) -> str:
    if value and not SIZE.match(value):
        raise InstanceError(
            f"{option} {value!r} is not a size such as 512M, 2G or 40%, nor infinity.", stage="configure"
        )
    return value


def _limit(option: str, value: int | None) -> int | None:
    if value is not None and value < 1:
        raise InstanceError(f"{option} must be at least 1, not {value}.", stage="configure")
    return value


def check_sandbox(settings: Settings, paths: Paths) -> None:
    """A colon would part the two sides of a bind mount, so it cannot stand in the path of one."""
    if not settings.hidden_paths:
        return
    mounted = {
        "hidden_paths": settings.hidden_paths,
        "visible_paths": settings.visible_paths,
        "writable_paths": settings.writable_paths,
        "watch": settings.watch,
        "chdir": (settings.chdir,),
        "virtualenv": (settings.virtualenv or "",),
        "binary": (settings.binary,),
        "runtime_dir": (paths.runtime_dir,),
        "config_dir": (paths.config_dir,),
    }
    for option, values in mounted.items():
        for value in values:
            if ":" in value or any(char in value for char in "\n\r\0"):
                raise InstanceError(
                    f"{option} {value!r} has a colon or a line break, which hidden_paths cannot do with.",
                    stage="configure",
                )
    if "/" in settings.hidden_paths:
        raise InstanceError("hidden_paths must not name the root directory.", stage="configure")


def _absolute(option: str, path: str) -> str:
    if not path.startswith("/") or any(char in path for char in "\n\r\0"):
        raise InstanceError(f"{option} must be an absolute path, not {path!r}.", stage="configure")
    return os.path.normpath(path)


class Planner:
    """Knows the wanted configuration; makes a plan of it for any id."""

    def __init__(
        self, paths: Paths, settings: Settings, who: Account, start_timeout: int, stop_timeout: int
    ) -> None:
        self.paths = paths
        self.settings = settings
        self.account = who
        self.start_timeout = start_timeout
        self.stop_timeout = stop_timeout
        check_sandbox(settings, paths)
        self.watched = {path: fingerprint(path) for path in settings.watch}
        files = paths.files(PLACEHOLDER)
        unit = render_unit(paths, settings, who, files) if settings.manager == "systemd" else ""
        self.config = config.identity(config.render_ini(settings, files), unit, settings, self.watched)

    def plan(self, instance_id: str) -> Plan:
        files = self.paths.files(instance_id)
        unit = ""
        if self.settings.manager == "systemd":
            unit = render_unit(
                self.paths, self.settings, self.account, files, self.start_timeout, self.stop_timeout
            )
        return Plan(
            paths=self.paths,
            settings=self.settings,
            account=self.account,
            files=files,
            config=self.config,
            ini=config.render_ini(self.settings, files),
            unit=unit,
            watched=self.watched,
            start_timeout=self.start_timeout,
            stop_timeout=self.stop_timeout,
            publishes=self.account.needs_publishing,
        )

    def preflight(self) -> None:
        """What would only show as a riddle in uWSGI's log."""
        settings = self.settings
        wanted = [("chdir", settings.chdir), *(("writable_paths", path) for path in settings.writable_paths)]
        wanted += [("visible_paths", path) for path in settings.visible_paths]
        if settings.virtualenv:
            wanted.append(("virtualenv", settings.virtualenv))
        for option, path in wanted:
            if not os.path.exists(path):
                raise InstanceError(f"{option} {path} does not exist.", stage="preflight")
        if not os.path.isdir(settings.chdir):
            raise InstanceError(f"chdir {settings.chdir} is not a directory.", stage="preflight")
        if not os.access(settings.binary, os.X_OK):
            raise InstanceError(
                f"there is no uWSGI at {settings.binary}. Install the package pyuwsgi into the "
                "virtualenv, or name the program in binary.",
                stage="preflight",
            )
        self._check_backlog()

    def _check_backlog(self) -> None:
        wanted = str(self.settings.options.get("listen", "")).strip()
        allowed = (read_text("/proc/sys/net/core/somaxconn") or "").strip()
        if wanted.isdigit() and allowed.isdigit() and int(wanted) > int(allowed):
            raise InstanceError(
                f"options: listen is {wanted}, and the kernel allows {allowed} (net.core.somaxconn), "
                "so uWSGI would refuse to start. Raise the sysctl or lower listen.",
                stage="preflight",
            )


def new_record(plan: Plan, created: float) -> Record:
    settings = plan.settings
    return Record(
        id=plan.files.id,
        state=CANDIDATE,
        manager=settings.manager,
        chdir=settings.chdir,
        virtualenv=settings.virtualenv or "",
        binary=settings.binary,
        user=settings.user or "",
        uid=plan.account.uid,
        published=plan.publishes,
        group=settings.group or "",
        umask=settings.umask,
        processes=settings.processes,
        threads=settings.threads,
        log=settings.log or "",
        created=created,
        watched=dict(plan.watched),
    )


def plan_again(paths: Paths, record: Record, ini: str, environment: dict[str, str]) -> Plan:
    """The plan of an instance that ran before, for starting it once more as it was."""
    settings = Settings(
        chdir=record.chdir,
        module=None,
        virtualenv=record.virtualenv or None,
        binary=record.binary,
        processes=record.processes,
        threads=record.threads,
        user=record.user or None,
        group=record.group or None,
        umask=record.umask,
        manager=record.manager,
        environment=environment,
        log=record.log or None,
    )
    return Plan(
        paths=paths,
        settings=settings,
        account=account(settings.user, settings.group),
        files=paths.files(record.id),
        config=config.base_id(record.id),
        ini=ini,
        unit="",
        watched=record.watched,
        start_timeout=60,
        stop_timeout=60,
        publishes=record.published,
    )


def describe(
    ini: str,
    watched: Mapping[str, str],
    environment: Mapping[str, str],
    before: Mapping[str, str] | None = None,
) -> list[str]:
    """An instance as text, for a diff that a person reads; of the environment it has no values."""
    lines = ini.splitlines()
    lines += describe_environment(environment, before or {})
    lines += ["# watched {}: {}".format(*pair) for pair in sorted(watched.items())]
    return lines
