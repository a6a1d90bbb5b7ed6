# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The database of a Django project, in the names that Masonite has for its parts."""

from __future__ import annotations

import os
import re
import sys

MANAGE = "manage.py"
SETTINGS = re.compile(r"""DJANGO_SETTINGS_MODULE["']\s*,\s*["']([\w.]+)["']""")
NAMES = {
    "DB_HOST": "HOST",
    "DB_PORT": "PORT",
    "DB_USERNAME": "USER",
    "DB_PASSWORD": "PASSWORD",
    "DB_DATABASE": "NAME",
}


def find_django_settings() -> str:
    """Return the module of the settings that manage.py names; empty if this is no Django project."""
    if not os.path.isfile(MANAGE):
        return ""
    with open(MANAGE, encoding="utf-8", errors="replace") as stream:
        found = SETTINGS.search(stream.read())
    return os.environ.get("DJANGO_SETTINGS_MODULE") or found.group(1) if found else ""


def read_django_database(settings_module: str) -> dict[str, str]:
    sys.path.insert(0, os.getcwd())
    os.environ["DJANGO_SETTINGS_MODULE"] = settings_module
    settings = __import__("django.conf", fromlist=["settings"]).settings
    database = settings.DATABASES.get("default") or {}
    kind = str(database.get("ENGINE") or "none").rpartition(".")[2]
    if kind == "sqlite3":
        return {"DB_CONNECTION": "sqlite", "SQLITE_DB_DATABASE": str(database.get("NAME") or "")}
    found = {name: str(database.get(key) or "") for name, key in NAMES.items()}
    return {"DB_CONNECTION": "postgres" if kind in ("postgresql", "postgis") else kind, **found}
