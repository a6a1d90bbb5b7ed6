# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of the app that name its database, read as the app reads them."""

from __future__ import annotations

import os

from .channel import UNSUPPORTED, ProgramError
from .database_url import find_instance_database, read_database_url
from .django_settings import find_django_settings, read_django_database

NOT_KNOWN = "no backup is made, because the app does not say which database it has (DATABASE_URL)"
POSTGRES = ("postgres", "postgresql", "pgsql")


def read_app_settings() -> dict[str, str]:
    """The app's settings, read as the app reads them: by Django, from an address, or from .env."""
    if not os.path.isfile("craft"):
        django = find_django_settings()
        if django:
            return read_django_database(django)
        address = os.environ.get("DATABASE_URL") or os.environ.get("SQLALCHEMY_DATABASE_URI")
        if address:
            return read_database_url(address)
        if find_instance_database():
            return {"DB_CONNECTION": "sqlite", "SQLITE_DB_DATABASE": find_instance_database()}
    return read_dotenv()


def read_dotenv() -> dict[str, str]:
    try:
        from dotenv import dotenv_values
    except ImportError:
        if os.path.isfile("craft"):
            raise
        return dict(os.environ)

    found = {name: value or "" for name, value in dotenv_values(".env").items()}
    special = f".env.{found.get('APP_ENV', '')}"
    if os.path.isfile(special):
        found.update({name: value or "" for name, value in dotenv_values(special).items()})
    return found


def find_kind(env: dict[str, str]) -> str:
    if not os.path.isfile("craft") and not env.keys() & {"DB_CONNECTION", "SQLITE_DB_DATABASE"}:
        raise ProgramError(NOT_KNOWN, UNSUPPORTED)
    connection = env.get("DB_CONNECTION") or "sqlite"
    if connection in POSTGRES:
        return "postgres"
    if connection != "sqlite":
        raise ProgramError(
            f"no backup is made of DB_CONNECTION={connection}: only sqlite and postgres are supported",
            UNSUPPORTED,
        )
    return "sqlite"


def database_path(env: dict[str, str]) -> str:
    path = env.get("SQLITE_DB_DATABASE", "")
    if not path:
        raise ProgramError("SQLITE_DB_DATABASE is not set in .env")
    return os.path.abspath(path)
