# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the module app_home, checked and typed."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import Refusal, refuse

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]{0,31}")


@dataclass(frozen=True)
class Options:
    """The options, checked; paths are absolute and without . and .. parts."""

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
    refused_values: tuple[str, ...] = ()
    record_dir: str = "/etc/masonite-deploy/apps"
    state: str = "present"
    check_mode: bool = False

    @classmethod
    def read(cls, params: Mapping[str, Any], check_mode: bool) -> Options:
        user = str(params["user"])
        options = cls(
            name=str(params["name"]),
            path=_path(params["path"]),
            venvs=_path(params["venvs"]),
            runtime_dir=_path(params["runtime_dir"]),
            socket=_path(params["socket"]),
            live_link=_path(params["live_link"]),
            user=user,
            group=str(params.get("group") or user),
            build_user=str(params.get("build_user") or f"{user}-build"),
            web_group=str(params.get("web_group") or ""),
            deploy_key=str(params.get("deploy_key") or ""),
            known_hosts=tuple(str(line) for line in params.get("known_hosts") or ()),
            database=_path(params.get("database")),
            adopt=_path(params.get("adopt")),
            shared=tuple(str(path) for path in params.get("shared") or ()),
            refused_values=tuple(str(value) for value in params.get("refused_values") or ()),
            record_dir=_path(params["record_dir"]),
            state=str(params["state"]),
            check_mode=check_mode,
        )
        refuse(options.find_mistakes())
        return options

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

    def find_mistakes(self) -> list[Refusal]:
        """Return the options that have a wrong value."""
        found = []
        if not NAME.fullmatch(self.name):
            found.append(
                Refusal("name", self.name, f"name is {self.name!r}; allowed are at most 60 of a-z, 0-9, "
                        "'.', '-', '_', the first a letter or digit.", ("name",))
            )  # fmt: skip
        accounts = {"user": self.user, "group": self.group, "build_user": self.build_user}
        for option, value in accounts.items():
            if not ACCOUNT.fullmatch(value):
                found.append(
                    Refusal("account_name", value, f"{option} is {value!r}; allowed are at most 32 of a-z, "
                            "0-9, '-', '_', the first a letter or '_'. Set another one (masonite_app_user).",
                            (option,))
                )  # fmt: skip
        if self.build_user in (self.user, self.group):
            found.append(
                Refusal("account_name", self.build_user, f"build_user and user or group are both "
                        f"{self.build_user!r}; what builds the app must not be what runs it. Set another "
                        "one.", ("build_user",))
            )  # fmt: skip
        for option, value in self.paths().items():
            if value and not value.startswith("/"):
                found.append(
                    Refusal("path", value, f"{option} is {value!r}; wanted is an absolute path.", (option,))
                )
        return found

    def paths(self) -> dict[str, str]:
        names = ("path", "venvs", "runtime_dir", "socket", "live_link", "database", "adopt", "record_dir")
        return {name: str(getattr(self, name)) for name in names}


def _path(value: Any) -> str:
    return os.path.normpath(str(value)) if value else ""
