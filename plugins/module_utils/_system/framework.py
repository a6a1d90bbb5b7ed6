# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a deploy does differently for each web framework, and which one the files of an app show."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Callable

# Reads a file of the app; None if it has no such file.
Reader = Callable[[str], "bytes | None"]

AUTO = "auto"
# In the setting shared: what the framework of the app writes to.
SHARED_AUTO = "auto"
FLASK = re.compile(r"(?:^|[\"'\[,\s])flask(?=\s*(?:[<>=!~;\[\]\"',]|$))", re.IGNORECASE | re.MULTILINE)
REQUIREMENTS = ("requirements.txt", "pyproject.toml", "Pipfile", "requirements/base.txt")


@dataclass(frozen=True)
class Framework:
    """A framework: ``defaults`` and ``generate`` are names in the environment file."""

    name: str
    shared: tuple[str, ...] = ()
    """Where it writes, relative to the app; a trailing slash means a directory."""
    defaults: tuple[str, ...] = ()
    """Variables that get a default."""
    generate: tuple[str, ...] = ()
    """Keys that are made once."""
    collects: bool = False
    """Whether static files are collected, which NGINX serves."""


MASONITE = Framework(
    "masonite",
    shared=("storage/framework/", "storage/logs/", "storage/uploads/"),
    defaults=("APP_NAME", "APP_ENV", "APP_DEBUG", "APP_URL", "DB_CONNECTION", "SQLITE_DB_DATABASE"),
    generate=("APP_KEY",),
)
FRAMEWORKS = {
    framework.name: framework
    for framework in (
        MASONITE,
        Framework(
            "django",
            shared=("media/", "db.sqlite3"),
            defaults=("ALLOWED_HOSTS",),
            generate=("SECRET_KEY",),
            collects=True,
        ),
        Framework("flask", shared=("instance/",), generate=("SECRET_KEY",)),
        Framework("none"),
    )
}
# Of Masonite 5's new apps, and of those of the legacy line.
KERNELS = ("app/Kernel.py", "Kernel.py")
CHOICES = [AUTO, *FRAMEWORKS]


def find_framework(has: Callable[[str], bool], read: Reader) -> str:
    """Return the name of the framework that the files of an app show."""
    if has("craft") and any(map(has, KERNELS)):
        return "masonite"
    if b"DJANGO_SETTINGS_MODULE" in (read("manage.py") or b""):
        return "django"
    if any(_names_flask(read(name)) for name in REQUIREMENTS) or b"FLASK_APP" in (read(".flaskenv") or b""):
        return "flask"
    return "none"


def expand_shared(shared: Iterable[str], framework: str) -> tuple[str, ...]:
    """Return the shared paths, with those of the framework in the place of `auto`."""
    given = list(shared)
    named = {entry.strip().rstrip("/") for entry in given}
    known = [path for path in FRAMEWORKS.get(framework, MASONITE).shared if path.rstrip("/") not in named]
    return tuple(path for entry in given for path in (known if entry == SHARED_AUTO else [entry]))


def _names_flask(content: bytes | None) -> bool:
    return content is not None and FLASK.search(content.decode("utf-8", "replace")) is not None
