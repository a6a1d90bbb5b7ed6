# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a revision, wherever they are."""

from __future__ import annotations

from abc import ABC, abstractmethod

# Bytecode is no part of a revision.
CACHE = "__pycache__"


class ReleaseFiles(ABC):
    """Names are relative to the root of the revision. ``known`` is false where nothing can be said of it."""

    known = True

    @abstractmethod
    def read(self, name: str) -> bytes | None:
        """Return the content of a file; None if there is no such file."""

    @abstractmethod
    def has(self, name: str) -> bool:
        """Whether there is a file, link or directory of that name."""

    @abstractmethod
    def size(self, name: str) -> int | None:
        """Return the size of a file in bytes, without following a link; None if there is no such file."""

    @abstractmethod
    def has_directory(self, name: str) -> bool:
        """Whether there is a directory of that name, reached without following a link."""

    @abstractmethod
    def list_below(self, directory: str) -> set[str]:
        """Return the names of files and links below a directory, without following a link."""

    def compare(self, later: ReleaseFiles, directory: str) -> dict[str, list[str]]:
        """Return what a later revision adds to a directory and removes from it."""
        if not later.known:
            return {"added": [], "removed": []}
        directory = directory.strip("/")
        old, new = self.list_below(directory), later.list_below(directory)
        return {"added": sorted(new - old), "removed": sorted(old - new)}


class UnknownFiles(ReleaseFiles):
    """A revision that was not fetched yet, or no release at all."""

    known = False

    def read(self, name: str) -> bytes | None:
        return None

    def has(self, name: str) -> bool:
        return False

    def size(self, name: str) -> int | None:
        return None

    def has_directory(self, name: str) -> bool:
        return False

    def list_below(self, directory: str) -> set[str]:
        return set()
