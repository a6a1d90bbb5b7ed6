# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which web framework a revision uses, and what follows for its deploy."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from .._system.dotenv import parse_file
from .._system.framework import AUTO, FRAMEWORKS, MASONITE, find_framework
from .app_files import AppFiles
from .options import ReleaseOptions
from .release_files import ReleaseFiles
from .wsgi_module import find_module

UNKNOWN = "unknown"
FOUND = {
    "masonite": "it has craft and Kernel.py",
    "django": "its manage.py is Django's",
    "flask": "its requirements or .flaskenv name Flask",
    "none": "it has no files of a framework that is known here",
    UNKNOWN: "its files are not known yet",
}
COMMANDS = {
    "masonite": ("craft", "migrate", "--force"),
    "django": ("manage.py", "migrate", "--noinput"),
    "flask": ("-m", "flask", "db", "upgrade"),
}
# Without one of these, Flask has no command db (Flask-Migrate).
ALEMBIC = ("migrations/alembic.ini", "migrations/env.py")
CONNECTION = "DB_CONNECTION"
CONNECTION_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True)
class FoundFramework:
    name: str
    reason: str
    """Why it is this one."""
    module: str = ""
    """The WSGI module and its callable; empty if none is found."""

    def facts(self, files: ReleaseFiles, connection: str) -> dict[str, Any]:
        """Return what the result shows; ``connection`` is what `find_connection` once found."""
        known = FRAMEWORKS.get(self.name, MASONITE)
        committed = {CONNECTION: connection} if connection else {}
        return {
            "name": self.name,
            "reason": self.reason,
            "module": self.module,
            "generate": list(known.generate),
            "defaults": [name for name in known.defaults if name not in committed],
            "committed": committed,
            "migrate": list(COMMANDS.get(known.name, ())) if self._migrates(files) else [],
            "each_release_migrates": known.name != "masonite",
            "collects": known.collects,
        }

    def _migrates(self, files: ReleaseFiles) -> bool:
        if self.name == "flask":
            return any(files.has(name) for name in ALEMBIC)
        return self.name != "none"

    def find_connection(self, files: ReleaseFiles) -> str:
        """Return the kind of database that the revision's own .env names; empty for SQLite.

        In a release this file is a link to that of the server, so it is asked for while a release is made.
        """
        if self.name != "masonite":
            return ""
        content = files.read(".env") or b""
        connection = parse_file(content.decode("utf-8", "replace")).get(CONNECTION, "")
        return connection if CONNECTION_NAME.fullmatch(connection) and connection != "sqlite" else ""


@dataclass
class FrameworkFinder:
    """Decides once for each set of files."""

    options: ReleaseOptions
    _known: dict[ReleaseFiles, FoundFramework] = field(default_factory=dict)

    def find(self, files: ReleaseFiles) -> FoundFramework:
        if files not in self._known:
            self._known[files] = self._find(files)
        return self._known[files]

    def _find(self, files: ReleaseFiles) -> FoundFramework:
        options = self.options
        app = AppFiles(files, options.directory)
        if options.framework != AUTO:
            name, reason = options.framework, "the settings say so"
        else:
            name = find_framework(app.has, app.read) if files.known else UNKNOWN
            reason = FOUND[name]
        module = find_module(app, name) if options.module == AUTO else options.module
        return FoundFramework(name, reason, module)
