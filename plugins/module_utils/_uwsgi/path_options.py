# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the options that say where the instances of a name are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .absolute_path import read_absolute_path
from .errors import InstanceError
from .instance_id import PLACEHOLDER
from .paths import PUBLIC_SUFFIX, Paths

LONGEST_SOCKET_PATH = 102


def read_paths(params: Mapping[str, Any]) -> Paths:
    """Return the paths, with defaults for those that are not given."""
    name = params["name"]
    if not name or name in (".", "..") or "/" in name or any(ord(char) < 32 for char in name):
        raise InstanceError(
            f"name {name!r} cannot be the name of a directory.", "configure", options=["name"]
        )
    socket = read_absolute_path("socket", params["socket"])
    stem = socket[: -len(".sock")] if socket.endswith(".sock") else socket
    runtime_dir = params.get("runtime_dir") or os.path.join(os.path.dirname(socket), name)
    paths = Paths(
        name=name,
        socket=socket,
        pidfile=read_absolute_path("pidfile", params.get("pidfile") or stem + ".pid"),
        root=read_absolute_path("root", params["root"]) if params.get("root") else None,
        runtime_dir=read_absolute_path("runtime_dir", runtime_dir),
        config_dir=read_absolute_path("config_dir", params.get("config_dir") or default_config_dir(name)),
    )
    _check_runtime_dir(paths)
    _check_public_links(paths)
    return paths


def default_config_dir(name: str) -> str:
    if os.geteuid() == 0:
        return os.path.join("/etc/uwsgi-instances", name)
    return os.path.join(os.path.expanduser("~"), ".config", "uwsgi-instances", name)


def _check_runtime_dir(paths: Paths) -> None:
    longest = paths.files(PLACEHOLDER + "r99").stats
    length = len(os.fsencode(longest))
    if length > LONGEST_SOCKET_PATH:
        raise InstanceError(
            f"runtime_dir {paths.runtime_dir} is too long: uWSGI refuses socket paths over "
            f"{LONGEST_SOCKET_PATH} characters, and {longest} has {length}. Choose a shorter runtime_dir.",
            "configure",
            options=["runtime_dir"],
        )
    if paths.runtime_dir.endswith(PUBLIC_SUFFIX):
        raise InstanceError(
            f"runtime_dir {paths.runtime_dir} ends with {PUBLIC_SUFFIX}, as do the directories in which "
            "this module publishes sockets. Choose another runtime_dir.",
            "configure",
            options=["runtime_dir"],
        )


def _check_public_links(paths: Paths) -> None:
    directories = tuple(os.path.normpath(path) + os.sep for path in (paths.runtime_dir, paths.public_dir))
    for option, path in (("socket", paths.socket), ("pidfile", paths.pidfile), ("root", paths.root)):
        if path and os.path.normpath(path).startswith(directories):
            raise InstanceError(
                f"{option} {path} lies inside runtime_dir {paths.runtime_dir} or {paths.public_dir}, "
                "which belong to the instances themselves. Choose a path outside of them.",
                "configure",
                options=[option, "runtime_dir"],
            )
