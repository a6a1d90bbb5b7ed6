# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for paths: inside of a release, and on the server."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from .app import App
from .problem import Problem, show
from .values import split_entries

ROOTS = ("sites_root", "venvs_root", "sockets_root")
INSIDE = 'allowed is a path inside of the app, relative, without ".." and control characters'
UNSAFE_IN_NGINX = re.compile(r"[\s;{}\"'$#]")
LOCATION = re.compile(r"/[A-Za-z0-9._~/@%+,=:!-]*")
LOCATION_WORDS = 'allowed is a path that begins with "/", of letters, digits and ._~/@%+,=:!-'
# sun_path holds 108 bytes, with the zero at its end.
LONGEST_SOCKET = 107
SOCKET = ".public/0123456789r99.sock"
ENVIRONMENT_FILE = ".env"


def is_inside(path: str) -> bool:
    """Whether a path stays inside of what it is relative to, as it is written."""
    parts = path.rstrip("/").split("/")
    return (
        bool(path.rstrip("/"))
        and not path.startswith(("/", "-", "~"))
        and not any(part in ("", ".", "..", ".git") for part in parts)
        and path.isprintable()
        and "\\" not in path
    )


def is_location(text: str) -> bool:
    """Whether a text is one word of NGINX's configuration, and a path that visitors can ask for."""
    return LOCATION.fullmatch(text) is not None and "/../" not in f"{text}/"


def check_release_paths(app: App) -> Iterator[Problem]:
    for noun in ("requirements", "migrations"):
        if app.has(noun) and not is_inside(app.text(noun)):
            yield app.refuse(noun, noun, f"is {show(app.text(noun))}", INSIDE)
    directory = app.text("directory")
    if directory and (not is_inside(directory) or UNSAFE_IN_NGINX.search(directory)):
        yield app.refuse(
            "directory",
            "directory",
            f"is {show(directory)}",
            'allowed is a directory of the repository, relative, such as backend, without ".." and spaces',
        )
    committed = app.text("database_from_repository")
    if committed and not is_inside(committed):
        yield app.refuse(
            "database_from_repository", "database_from_repository", f"is {show(committed)}", INSIDE
        )
    for path in app.texts("shared"):
        several = split_entries(path, r"(?!-)[A-Za-z0-9._/-]+/[A-Za-z0-9._/-]*|\.env")
        if several:
            yield app.refuse("shared", "shared", f"has {show(path)}", f"write one path an entry: [{several}]")
        elif path.rstrip("/") != ENVIRONMENT_FILE and not is_inside(path):
            yield app.refuse("shared", "shared", f"has {show(path)}", INSIDE)
    for entry in app.entries("static"):
        path, location = str(entry.get("path") or ""), str(entry.get("location") or "")
        if not is_inside(path) or UNSAFE_IN_NGINX.search(path):
            yield app.refuse(
                "static",
                "static_path",
                f"has the path {show(path)}",
                f"{INSIDE}, and without spaces and any of ;{{}}\"'$#",
            )
        if not is_location(location):
            yield app.refuse(
                "static", "static_location", f"has the location {show(location)}", LOCATION_WORDS
            )
    for location in app.texts("denied"):
        if not is_location(location):
            yield app.refuse("denied", "denied", f"has {show(location)}", LOCATION_WORDS)


def check_roots(app: App) -> Iterator[Problem]:
    good: list[str] = []
    for noun in ROOTS:
        if not app.has(noun):
            continue
        root = app.text(noun)
        if not re.fullmatch(r"(?:/[A-Za-z0-9._+@-]+)+", root) or posixpath.normpath(root) != root:
            yield app.refuse(
                noun,
                "root",
                f"is {show(root)}",
                'allowed is an absolute path other than "/", of letters, digits and ._+@-, without ".." and '
                'without a "/" at its end',
            )
        else:
            good.append(noun)
    for noun in good:
        for other in good:
            if noun < other and _overlap(app.text(noun), app.text(other)):
                yield app.refuse(
                    noun,
                    "roots_nested",
                    f"is {show(app.text(noun))} and {app.label(other)} is {show(app.text(other))}",
                    "allowed are directories of which none is in another",
                )
    if "sockets_root" in good:
        length = len(f"{app.text('sockets_root')}/{app.name}{SOCKET}")
        if length > LONGEST_SOCKET:
            yield app.refuse(
                "sockets_root",
                "socket_path",
                f"and the name {show(app.name)} make paths of {length} bytes",
                f"allowed are {LONGEST_SOCKET}, as of any socket: choose a shorter directory or name",
            )


def check_adopted(app: App) -> Iterator[Problem]:
    """The directory of an app that was set up by hand is none of the role's own."""
    path = app.text("adopt")
    if not path:
        return
    if not re.fullmatch(r"(?:/[^/\x00-\x1f\x7f]+)+", path) or posixpath.normpath(path) != path:
        yield app.refuse(
            "adopt",
            "adopt",
            f"is {show(path)}",
            'allowed is the absolute path of a directory on the server, without ".." and a "/" at its end',
        )


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(other + "/") or other.startswith(one + "/")
