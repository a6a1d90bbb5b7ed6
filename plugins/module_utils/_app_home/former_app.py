# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An app that was set up by hand: the settings, the key and the databases in its directory."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection
from functools import cached_property

from .._system.directory import Directory
from .dotenv_settings import read_settings

FERNET_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")
KEY = "APP_KEY"
# The record of an app that remove.yml has moved aside.
RECORD = "app.json"


class FormerApp:
    """What the directory of the option adopt has. Its .env is read once."""

    def __init__(self, path: str, published_keys: Collection[str]) -> None:
        self.path = path
        self.published_keys = published_keys

    @cached_property
    def settings(self) -> dict[str, str]:
        with Directory(self.path) as directory:
            return read_settings(directory, ".env")

    @cached_property
    def original_path(self) -> str:
        """Where the directory was before remove.yml moved it; the same path if that did not happen."""
        try:
            with Directory(self.path) as directory:
                record = json.loads(directory.read(RECORD))
            return os.path.normpath(str(record["path"]))
        except (OSError, ValueError, TypeError, KeyError):
            return self.path

    @cached_property
    def is_at_rest(self) -> bool:
        """Whether it is an app that remove.yml has moved aside: nobody but root can reach its files."""
        found = os.lstat(self.path)
        is_closed = found.st_uid == os.geteuid() and not found.st_mode & 0o077
        return is_closed and self.original_path != self.path

    @property
    def key(self) -> str:
        """The key of the app; empty if there is none, it is malformed or it is published."""
        value = self.settings.get(KEY, "")
        return value if FERNET_KEY.fullmatch(value) and not self.has_published_key else ""

    @property
    def has_published_key(self) -> bool:
        value = self.settings.get(KEY, "")
        return bool(value) and value in self.published_keys

    def find_databases(self) -> list[str]:
        """Return names below the directory: the one in its .env, else every *.sqlite3 in it."""
        if self.settings.get("DB_CONNECTION", "sqlite") != "sqlite":
            return []
        named = self.settings.get("SQLITE_DB_DATABASE", "")
        if named:
            path = os.path.normpath(named)
            tops = (self.path, self.original_path)
            return [next((path[len(top) + 1 :] for top in tops if path.startswith(f"{top}/")), path)]
        with Directory(self.path) as directory:
            return [name for name in directory.names() if name.endswith(".sqlite3")]
