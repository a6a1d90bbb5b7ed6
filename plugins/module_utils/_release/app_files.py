# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of an app, which is all of its repository or a directory in it."""

from __future__ import annotations

import posixpath

from .release_files import ReleaseFiles


class AppFiles(ReleaseFiles):
    """Names are relative to the app. They may lead out of its directory, but not out of the revision."""

    def __init__(self, files: ReleaseFiles, directory: str) -> None:
        self.files = files
        self.directory = directory
        self.known = files.known

    def _resolve(self, name: str) -> str | None:
        """Return the name below the revision, which is empty for the revision; None for one outside."""
        path = posixpath.normpath(posixpath.join(self.directory, name))
        if path.startswith(("/", "../")) or path == "..":
            return None
        return "" if path == "." else path

    def read(self, name: str) -> bytes | None:
        path = self._resolve(name)
        return self.files.read(path) if path else None

    def has(self, name: str) -> bool:
        path = self._resolve(name)
        return bool(path) and self.files.has(path or "")

    def size(self, name: str) -> int | None:
        path = self._resolve(name)
        return self.files.size(path) if path else None

    def has_directory(self, name: str) -> bool:
        path = self._resolve(name)
        return path == "" or (path is not None and self.files.has_directory(path))

    def list_below(self, directory: str) -> set[str]:
        path = self._resolve(directory)
        return self.files.list_below(path) if path is not None else set()
