# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the module app_home, typed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._system.framework import AUTO, expand_shared


@dataclass(frozen=True)
class Options:
    """The options; paths are without . and .. parts."""

    name: str
    path: str
    venvs: str
    runtime_dir: str
    socket: str
    live_link: str
    user: str
    group: str
    build_user: str
    web_group: str = ""
    deploy_key: str = ""
    known_hosts: tuple[str, ...] = ()
    database: str = ""
    adopt: str = ""
    shared: tuple[str, ...] = ()
    static: tuple[str, ...] = ()
    writable_paths: tuple[str, ...] = ()
    refused_values: tuple[str, ...] = ()
    record_dir: str = "/etc/masonite-deploy/apps"
    state: str = "present"
    check_mode: bool = False

    @classmethod
    def read(cls, params: Mapping[str, Any], check_mode: bool) -> Options:
        user = str(params["user"] or "")
        return cls(
            name=str(params["name"]),
            path=_path(params["path"]),
            venvs=_path(params["venvs"]),
            runtime_dir=_path(params["runtime_dir"]),
            socket=_path(params["socket"]),
            live_link=_path(params["live_link"]),
            user=user,
            group=str(params.get("group") or user),
            build_user=str(params.get("build_user") or (f"{user}-build" if user else "")),
            web_group=str(params.get("web_group") or ""),
            deploy_key=str(params.get("deploy_key") or ""),
            known_hosts=tuple(str(line) for line in params.get("known_hosts") or ()),
            database=_path(params.get("database")),
            adopt=_path(params.get("adopt")),
            shared=_read_shared(params),
            static=tuple(str(path) for path in params.get("static") or ()),
            writable_paths=tuple(_path(path) for path in params.get("writable_paths") or ()),
            refused_values=tuple(str(value) for value in params.get("refused_values") or ()),
            record_dir=_path(params["record_dir"]),
            state=str(params["state"]),
            check_mode=check_mode,
        )

    @property
    def build_group(self) -> str:
        return self.build_user

    @property
    def shared_path(self) -> str:
        return f"{self.path}/shared"

    @property
    def build_path(self) -> str:
        return f"{self.path}/build"

    @property
    def env_file(self) -> str:
        return f"{self.path}/.env"

    @property
    def app_comment(self) -> str:
        """Return the comment of the account that runs the app."""
        return f"Runs {self.name}"

    @property
    def build_comment(self) -> str:
        """Return the comment of the account that fetches and builds the app."""
        return f"Builds {self.name}"

    def paths(self) -> dict[str, str]:
        names = ("path", "venvs", "runtime_dir", "socket", "live_link", "database", "adopt", "record_dir")
        return {name: str(getattr(self, name)) for name in names}


def _read_shared(params: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the shared paths; of those of the framework only directories, no database in use."""
    given = [str(path) for path in params.get("shared") or ()]
    found = expand_shared(given, str(params.get("framework") or AUTO))
    return tuple(path for path in found if path in given or path.endswith("/"))


def _path(value: Any) -> str:
    return os.path.normpath(str(value)) if value else ""
