# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The database that an address names, such as DATABASE_URL, in the names that Masonite has for its parts."""

from __future__ import annotations

import os
import re
from urllib.parse import unquote

# What Flask-SQLAlchemy takes for the directory of a relative path.
INSTANCE = "instance"
# urllib has errors for a password such as pa[ss, which SQLAlchemy takes.
ADDRESS = re.compile(
    r"(?P<kind>[^:/]*)://"
    r"(?:(?P<user>[^:/]*)(?::(?P<password>.*?))?@)?"
    r"(?P<host>\[[^\]]*\]|[^@:/?]*)(?::(?P<port>\d*))?"
    r"(?P<path>/[^?]*)?(?:\?.*)?",
    re.DOTALL,
)


def read_database_url(address: str) -> dict[str, str]:
    """Return the parts of an address, whose password may hold what others write as %5B, %2F or %23."""
    found = ADDRESS.fullmatch(address)
    if found is None:
        raise ValueError("the address of the database is none: it has no ://")
    kind = found["kind"].partition("+")[0].lower()
    path = unquote(found["path"] or "")
    if kind == "sqlite":
        return {"DB_CONNECTION": kind, "SQLITE_DB_DATABASE": find_sqlite_path(path)}
    parts = {
        "DB_CONNECTION": kind,
        "DB_HOST": found["host"].strip("[]").lower(),
        "DB_PORT": found["port"] or "",
        "DB_USERNAME": unquote(found["user"] or ""),
        "DB_PASSWORD": unquote(found["password"] or ""),
        "DB_DATABASE": path.lstrip("/"),
    }
    return {name: value for name, value in parts.items() if value}


def find_instance_database() -> str:
    """Return the path of the one database in Flask's directory of data; empty where there is not one."""
    names = os.listdir(INSTANCE) if os.path.isdir(INSTANCE) else []
    found = [name for name in names if name.endswith((".db", ".sqlite", ".sqlite3"))]
    return os.path.join(INSTANCE, found[0]) if len(found) == 1 else ""


def find_sqlite_path(path: str) -> str:
    """Return the path of a database: relative after three slashes, absolute after four."""
    name = path[1:]
    inside = os.path.join(INSTANCE, name)
    return name if name.startswith("/") or not os.path.exists(inside) else inside
