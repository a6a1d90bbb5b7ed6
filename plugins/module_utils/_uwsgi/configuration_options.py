# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the options that say what the instance is."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from typing import Any

from .._system.app_environment import read_app_environment
from .._system.errors import ModuleError
from .absolute_path import read_absolute_path
from .configuration import Configuration, OptionValue
from .errors import InstanceError
from .paths import Paths
from .refused_options import check_environment, check_uwsgi_options
from .search_path import SEARCH_PATH
from .systemctl import is_systemd_running
from .uwsgi_defaults import read_listen_queue

SIZE = re.compile(r"\A(?:infinity|[0-9]+[KMGTPE]?|[0-9]{1,3}%)\Z")
UMASK = re.compile(r"\A0?[0-7]{3}\Z")
# uWSGI options that load an application, as `module` does.
LOADS_AN_APP = ("wsgi-file", "file", "mount", "pyrun", "paste", "pecan", "web3", "psgi", "rack", "pump")


def read_configuration(params: Mapping[str, Any], paths: Paths) -> Configuration:
    options: dict[str, OptionValue] = dict(params.get("options") or {})
    environment = _read_environment(params)
    check_uwsgi_options(options)
    check_environment(environment)
    _check_required(params, options)
    for option in ("chdir", "directory", "virtualenv", "binary", "module", "log"):
        if any(char in (params.get(option) or "") for char in "\n\r\0"):
            raise InstanceError(f"{option} must be one line.", "configure", options=[option])
    if not {"listen", "l"} & options.keys():
        options["listen"] = read_listen_queue()
    virtualenv = params.get("virtualenv")
    configuration = Configuration(
        chdir=read_absolute_path("chdir", params["chdir"]),
        module=params.get("module"),
        virtualenv=read_absolute_path("virtualenv", virtualenv) if virtualenv else None,
        binary=find_binary(params.get("binary"), virtualenv),
        processes=_read_count("processes", params.get("processes") or len(os.sched_getaffinity(0))),
        threads=_read_count("threads", params.get("threads") or 1),
        user=params.get("user"),
        group=params.get("group"),
        umask=_read_umask(str(params.get("umask") or "0027")),
        manager=choose_manager(params.get("service_manager") or "auto"),
        options=options,
        environment=environment,
        watch=_read_paths(params, "watch"),
        writable_paths=_read_paths(params, "writable_paths"),
        log=read_absolute_path("log", params["log"]) if params.get("log") else None,
        visible_paths=_read_paths(params, "visible_paths"),
        hidden_paths=_read_paths(params, "hidden_paths"),
        memory_max=_read_size("memory_max", params.get("memory_max") or ""),
        tasks_max=_read_limit("tasks_max", params.get("tasks_max")),
        directory=_read_directory(params.get("directory") or ""),
    )
    _check_sandbox(configuration, paths)
    return configuration


def _read_environment(params: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables of both options; ``environment`` goes over the file."""
    path = str(params.get("environment_file") or "")
    try:
        # In check mode a file that is missing is one that the tasks before would have made; without it, watch
        # refuses it.
        found = read_app_environment(path, missing_is_empty=path in (params.get("watch") or ()))
    except ModuleError as error:
        raise InstanceError(error.message, "configure", options=["environment_file"]) from None
    return {**found, **{key: str(value) for key, value in (params.get("environment") or {}).items()}}


def choose_manager(wanted: str) -> str:
    """Return `systemd` or `none`; refuse a service manager that this server or this user does not have."""
    if wanted == "auto":
        return "systemd" if is_systemd_running() and os.geteuid() == 0 else "none"
    if wanted == "systemd" and not is_systemd_running():
        raise InstanceError(
            "service_manager is systemd, but systemd does not run here (no /run/systemd/system). "
            "Use auto or none.",
            "configure",
            options=["service_manager"],
        )
    if wanted == "systemd" and os.geteuid() != 0:
        raise InstanceError(
            "service_manager is systemd, and writing its units needs root. Use become, or none.",
            "configure",
            options=["service_manager"],
        )
    return wanted


def find_binary(binary: str | None, virtualenv: str | None) -> str:
    """Return the path of the uWSGI program, which need not exist."""
    if binary:
        return binary
    inside = os.path.join(virtualenv, "bin", "uwsgi") if virtualenv else ""
    if inside and os.path.exists(inside):
        return inside
    path = os.pathsep.join([SEARCH_PATH, os.environ.get("PATH", "")])
    return shutil.which("uwsgi", path=path) or inside or "uwsgi"


def _check_required(params: Mapping[str, Any], options: Mapping[str, OptionValue]) -> None:
    state = params["state"]
    if not params.get("chdir"):
        raise InstanceError(
            f"state {state} needs chdir, the application's directory.", "configure", options=["chdir"]
        )
    if not params.get("module") and not any(key.replace("_", "-") in LOADS_AN_APP for key in options):
        raise InstanceError(
            f"state {state} needs module, for example wsgi:application.", "configure", options=["module"]
        )


def _read_count(option: str, value: int) -> int:
    if value < 1:
        raise InstanceError("processes and threads must be at least 1.", "configure", options=[option])
    return value


def _read_directory(value: str) -> str:
    """Return the directory below chdir, without a slash at its end."""
    directory = value.rstrip("/")
    if value.startswith("/") or any(part in ("", ".", "..") for part in directory.split("/") if directory):
        raise InstanceError(
            f"directory {value!r} is not a path below chdir, such as backend.",
            "configure",
            options=["directory"],
        )
    return directory


def _read_umask(value: str) -> str:
    if not UMASK.match(value):
        raise InstanceError(
            f"umask {value!r} is not an octal number like 0027.", "configure", options=["umask"]
        )
    return value


def _read_paths(params: Mapping[str, Any], option: str) -> tuple[str, ...]:
    return tuple(read_absolute_path(option, path) for path in params.get(option) or ())


def _read_size(option: str, value: str) -> str:
    if value and not SIZE.match(value):
        raise InstanceError(
            f"{option} {value!r} is not a size such as 512M, 2G or 40%, nor infinity.",
            "configure",
            options=[option],
        )
    return value


def _read_limit(option: str, value: int | None) -> int | None:
    if value is not None and value < 1:
        raise InstanceError(f"{option} must be at least 1, not {value}.", "configure", options=[option])
    return value


def _check_sandbox(configuration: Configuration, paths: Paths) -> None:
    """Refuse a colon in the path of a bind mount, where it would separate source and destination."""
    if not configuration.hidden_paths:
        return
    mounted = {
        "hidden_paths": configuration.hidden_paths,
        "visible_paths": configuration.visible_paths,
        "writable_paths": configuration.writable_paths,
        "watch": configuration.watch,
        "chdir": (configuration.chdir,),
        "virtualenv": (configuration.virtualenv or "",),
        "binary": (configuration.binary,),
        "runtime_dir": (paths.runtime_dir,),
        "config_dir": (paths.config_dir,),
    }
    for option, values in mounted.items():
        for value in values:
            if any(char in value for char in ":\n\r\0"):
                raise InstanceError(
                    f"{option} {value!r} has a colon or a line break, with which hidden_paths cannot work.",
                    "configure",
                    options=list(dict.fromkeys([option, "hidden_paths"])),
                )
    if "/" in configuration.hidden_paths:
        raise InstanceError(
            "hidden_paths must not name the root directory.", "configure", options=["hidden_paths"]
        )
