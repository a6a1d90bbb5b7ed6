# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for what an app's .env holds. No message shows a value but where it can be no secret."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .._system.dotenv import is_name
from .app import App
from .problem import Problem, show
from .published_keys import find_published_key

FERNET = re.compile(r"[A-Za-z0-9_-]{43}=")
TRUE = ("true", "1", "yes", "on")


def check_environment(app: App) -> Iterator[Problem]:
    environment = app.mapping("environment")
    wrong = [
        show(name) if not str(name).isprintable() else str(name)
        for name in environment
        if not is_name(str(name))
    ]
    if wrong:
        yield app.refuse(
            "environment",
            "environment_name",
            f"has names that are not environment variables: {', '.join(wrong)}",
            'allowed are letters, digits and "_", not beginning with a digit',
        )
    yield from _check_values(app, environment)
    yield from _check_debug(app, environment)
    yield from _check_key(app, environment)
    yield from _check_published(app, environment)
    yield from _check_database(app, environment)
    if "env" in app.mapping("uwsgi_options"):
        yield app.refuse(
            "uwsgi_options.env",
            "uwsgi_option_env",
            "is given",
            f"allowed is {app.label('environment')}, which the app's processes have in their environment",
        )


def _check_values(app: App, environment: Mapping[Any, Any]) -> Iterator[Problem]:
    complex_values = [str(name) for name, value in environment.items() if not _is_scalar(value)]
    nul_values = [str(name) for name, value in environment.items() if "\0" in str(value)]
    for found, reason, names in (
        ("values that are lists or dictionaries", "environment_value", complex_values),
        ("values that hold a NUL character", "environment_nul", nul_values),
    ):
        if names:
            yield app.refuse(
                "environment",
                reason,
                f"has {found}: {', '.join(names)}",
                'allowed are strings, numbers, booleans; write "" for an empty value, and a date in quotes',
            )


def _is_scalar(value: Any) -> bool:
    return isinstance(value, (str, int, float))


def _check_debug(app: App, environment: Mapping[Any, Any]) -> Iterator[Problem]:
    debug = str(environment.get("APP_DEBUG", "False")).strip().lower()
    if debug in TRUE and str(environment.get("APP_ENV", "production")) == "production":
        yield app.refuse(
            "environment.APP_DEBUG",
            "debug",
            "is true while APP_ENV is production",
            "allowed is False: a debug page shows visitors the source and the secrets of the app",
        )


def _check_key(app: App, environment: Mapping[Any, Any]) -> Iterator[Problem]:
    if "APP_KEY" not in environment:
        return
    key = str(environment["APP_KEY"])
    if not FERNET.fullmatch(key) and not find_published_key(key):
        yield app.refuse(
            "environment.APP_KEY",
            "key",
            "is not a Fernet key",
            "allowed is 32 bytes in urlsafe base64 (44 characters), or leave it out and one is made, once",
        )


def _check_published(app: App, environment: Mapping[Any, Any]) -> Iterator[Problem]:
    """Masonite 2 and 3 read KEY instead of APP_KEY, and an app may have others of its own."""
    for name, value in environment.items():
        published = find_published_key(str(value))
        if published:
            yield app.refuse(
                f"environment.{name}",
                "key_published",
                f"is {published}: anybody can forge sessions with it",
                "leave it out and one is made, once" if name == "APP_KEY" else "make one with: craft key",
            )


def _check_database(app: App, environment: Mapping[Any, Any]) -> Iterator[Problem]:
    if "SQLITE_DB_DATABASE" not in environment:
        return
    path = str(environment["SQLITE_DB_DATABASE"])
    if not path.startswith("/") or "/releases/" in path or "/current/" in path or not path.isprintable():
        yield app.refuse(
            "environment.SQLITE_DB_DATABASE",
            "database_path",
            f"is {show(path)}",
            "allowed is an absolute path outside the releases: a relative one starts every release with an "
            "empty database",
        )
