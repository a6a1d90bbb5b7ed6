# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for where on the server an app may write, and for where its database is."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote, urlsplit

from .app import App
from .problem import Problem, show

PATH = re.compile(r"(?:/[^/\x00-\x1f\x7f:]+)+")
# What an app may not write to, with all below it; and what it may not write to itself.
SYSTEM = (
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/proc",
    "/root",
    "/run",
    "/sbin",
    "/sys",
    "/tmp",
    "/usr",
    "/var/backups",
    "/var/cache",
    "/var/lib/apt",
    "/var/lib/dpkg",
    "/var/log",
    "/var/lib/masonite-deploy",
    "/var/lib/systemd",
    "/var/mail",
    "/var/run",
    "/var/spool",
    "/var/tmp",
)
TOPS = (
    "/home",
    "/lost+found",
    "/media",
    "/mnt",
    "/opt",
    "/srv",
    "/var",
    "/var/lib",
    "/var/local",
    "/var/www",
)
ROOTS = ("sites_root", "venvs_root", "sockets_root")
SQLITE_NAMES = ("SQLITE_DB_DATABASE", "DB_DATABASE")


def check_writable_paths(app: App) -> Iterator[Problem]:
    for path in app.texts("writable_paths"):
        wrong = _find_problem(app, path)
        if wrong:
            yield app.refuse("writable_paths", "writable_paths", f"has {show(path)}{wrong[0]}", wrong[1])


def check_shared_writable_paths(apps: Iterable[App]) -> Iterator[Problem]:
    """No app may write where another one may."""
    known: list[tuple[str, str]] = []
    for app in apps:
        for path in app.texts("writable_paths"):
            for other, taken in known:
                if other != app.name and (is_below(path, taken) or is_below(taken, path)):
                    yield app.refuse(
                        "writable_paths",
                        "writable_paths_shared",
                        f"has {show(path)}, and that of the app {other} has {show(taken)}",
                        "allowed is each directory for one app: what one app writes, another must not read "
                        "as its own",
                    )
            known.append((app.name, path))


def check_database_path(app: App) -> Iterator[Problem]:
    """The app can write to an SQLite database only in shared/ and in its writable paths."""
    if not app.has("sites_root"):
        return
    home = f"{app.text('sites_root')}/{app.name}"
    allowed = [f"{home}/shared", *app.texts("writable_paths")]
    for name, path in find_sqlite_paths(app):
        directory = posixpath.dirname(path)
        if f"{home}/releases/" in path or f"{home}/current/" in path:
            continue  # another rule says why that is wrong
        if not any(is_below(directory, place) for place in allowed):
            yield app.refuse(
                f"environment.{name}",
                "database_not_writable",
                f"is {show(path)}, where the app cannot write",
                f"allowed is a path below {home}/shared, or add the directory: writable_paths: [{directory}]",
            )


def find_sqlite_paths(app: App) -> Iterator[tuple[str, str]]:
    """Return the variables that name the path of an SQLite database, with normalized absolute paths."""
    environment = {str(name): str(value) for name, value in app.mapping("environment").items()}
    connection = environment.get("DB_CONNECTION", "sqlite")
    if connection == "sqlite":
        for name in SQLITE_NAMES:
            if environment.get(name, "").startswith("/"):
                yield name, posixpath.normpath(environment[name])
    address = environment.get("DATABASE_URL", "")
    if re.match(r"sqlite(?:\+\w+)?:////", address):
        yield "DATABASE_URL", posixpath.normpath("/" + unquote(urlsplit(address).path).lstrip("/"))


def is_below(path: str, directory: str) -> bool:
    """Whether a path is the directory or lies in it, as they are written."""
    return path == directory or path.startswith(f"{directory.rstrip('/')}/")


def _find_problem(app: App, path: str) -> tuple[str, str] | None:
    """Return what is wrong with a writable path, and what is allowed."""
    if not PATH.fullmatch(path) or posixpath.normpath(path) != path:
        return "", (
            'allowed is the absolute path of a directory on the server, without "..", ":" and a "/" at its '
            "end"
        )
    if path in TOPS or any(is_below(path, system) for system in SYSTEM):
        return ", which is the system's", (
            "allowed is a directory for this app alone, such as /mnt/data/uploads or /srv/data/blog"
        )
    shared = f"{app.text('sites_root')}/{app.name}/shared"
    for noun in ROOTS:
        root = app.text(noun)
        if root and (is_below(path, root) or is_below(root, path)) and not is_below(path, shared):
            return f", which lies in {root} or holds it", (
                f"{app.label(noun)} is for the releases of all apps: allowed is a directory elsewhere. What "
                f"is below {shared} the app can write already"
            )
    return None
