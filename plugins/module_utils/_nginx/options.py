# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What NGINX's configuration has to be: the options of the module nginx_config as typed objects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import NginxError

SITE_NAME = r"[A-Za-z0-9_][A-Za-z0-9._-]*"


@dataclass(frozen=True)
class ConfigFile:
    """A file of NGINX's configuration, named relative to its directory."""

    name: Path
    content: bytes
    # What versions without records wrote for the same settings.
    previous_contents: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Site:
    """A virtual host: a file in sites-available and a link to it in sites-enabled, or a file in conf.d."""

    file: ConfigFile
    present: bool = True
    replace: bool = False
    # Other files that this virtual host takes the place of.
    replaces: tuple[Path, ...] = ()
    # While this path is missing, the virtual host takes no other's place.
    waits_for: Path | None = None
    # Log files that other users must not read.
    logs: tuple[Path, ...] = ()

    @property
    def link(self) -> Path | None:
        """The link to the file; None in conf.d, which needs none."""
        if self.file.name.parent == Path("conf.d"):
            return None
        return Path("sites-enabled") / self.file.name.name


@dataclass(frozen=True)
class Wanted:
    """The files that have to exist or be gone."""

    files: tuple[ConfigFile, ...] = ()
    replace: bool = False
    replaces: tuple[Path, ...] = ()
    # 0: the limits of connections are left as they are.
    worker_connections: int = 0
    remove_default_site: bool = False
    sites: tuple[Site, ...] = ()


@dataclass(frozen=True)
class Page:
    """A file outside of the configuration that the configuration names."""

    path: Path
    content: bytes


@dataclass(frozen=True)
class Options:
    """The options of one call."""

    wanted: Wanted
    # What an earlier call of the same run would have written, if it was not in check mode.
    assumed: Wanted
    pages: tuple[Page, ...]
    # Whom the settings take for NGINX's user; empty if that is not to be checked.
    user: str
    log_user: str
    log_group: str
    config: Path
    executable: str
    records: Path
    packages: Path
    obsolete_program: Path | None
    changes_nothing: bool


def read_options(params: Mapping[str, Any], check_mode: bool) -> Options:
    """Read the module's parameters. Raises NginxError with the reason ``options``."""
    changes_nothing = check_mode or bool(params["only_check"])
    assumed = params["assume"] if changes_nothing else None
    return Options(
        wanted=_read_wanted(params),
        assumed=_read_wanted(assumed) if assumed else Wanted(),
        pages=tuple(_read_page(page) for page in params["pages"]),
        user=params["user"] or "",
        log_user=params["log_user"],
        log_group=params["log_group"],
        config=Path(params["path"]),
        executable=params["executable"],
        records=Path(params["records_path"]),
        packages=Path(params["dpkg_status_path"]),
        obsolete_program=Path(params["obsolete_program"]) if params["obsolete_program"] else None,
        changes_nothing=changes_nothing,
    )


def _read_wanted(values: Mapping[str, Any]) -> Wanted:
    sites = tuple(_read_site(site) for site in values.get("sites") or ())
    _refuse_duplicates("sites", (site.file.name.name for site in sites))
    files = tuple(_read_file(file) for file in values["files"])
    _refuse_duplicates("files", (str(file.name) for file in files))
    if values["worker_connections"] < 0:
        raise _error("worker_connections", "worker_connections is negative; 0 leaves the limits as they are.")
    return Wanted(
        files=files,
        replace=values["replace"],
        replaces=tuple(Path(path) for path in values["replaces"]),
        worker_connections=values["worker_connections"],
        remove_default_site=values["remove_default_site"],
        sites=sites,
    )


def _read_file(values: Mapping[str, Any]) -> ConfigFile:
    path = Path(values["path"])
    if path.is_absolute() or ".." in path.parts or len(path.parts) != 2:
        raise _error(
            "files.path",
            f"{values['path']!r} is not the path of a file in a directory of NGINX, such as conf.d/x.conf.",
        )
    return ConfigFile(path, values["content"].encode(), _encode(values["previous_contents"]))


def _read_site(values: Mapping[str, Any]) -> Site:
    name = values["name"]
    if not re.fullmatch(SITE_NAME, name):
        raise _error("sites.name", f"{name!r} is not the name of a file in sites-available.")
    content = values["content"]
    present = values["state"] == "present"
    if present and content is None:
        raise _error("sites.content", f"The site {name} has no content.")
    return Site(
        ConfigFile(
            Path("sites-available") / name, (content or "").encode(), _encode(values["previous_contents"])
        ),
        present=present,
        replace=values["replace"],
        replaces=tuple(Path(path) for path in values["replaces"]) if present else (),
        waits_for=Path(values["waits_for"]) if values.get("waits_for") else None,
        logs=tuple(Path(path) for path in values["logs"]) if present else (),
    )


def _read_page(values: Mapping[str, Any]) -> Page:
    path = Path(values["path"])
    if not path.is_absolute():
        raise _error("pages.path", f"{values['path']!r} is not an absolute path.")
    return Page(path, values["content"].encode())


def _encode(texts: Iterable[str]) -> tuple[bytes, ...]:
    return tuple(text.encode() for text in texts)


def _refuse_duplicates(option: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise _error(option, f"{option} has {name} twice.")
        seen.add(name)


def _error(option: str, message: str) -> NginxError:
    return NginxError(message, reason="options", options=[option])
