# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of the app that name its database, read as the app reads them."""

from __future__ import annotations

import os

from .channel import UNSUPPORTED, ProgramError

POSTGRES = ("postgres", "postgresql", "pgsql")


def read_app_settings() -> dict[str, str]:
    """The app's settings, read as the app reads them."""
    from dotenv import dotenv_values

    found = {name: value or "" for name, value in dotenv_values(".env").items()}
    special = f".env.{found.get('APP_ENV', '')}"
    if os.path.isfile(special):
        found.update({name: value or "" for name, value in dotenv_values(special).items()})
    return found


def find_kind(env: dict[str, str]) -> str:
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
