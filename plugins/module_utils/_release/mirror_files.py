# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a revision that is in the mirror."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence

from .git_objects import GitObjects
from .release_files import CACHE, ReleaseFiles
from .revision_entry import LINK, SUBMODULE, RevisionEntry


class MirrorFiles(ReleaseFiles):
    """A revision in the mirror. ``entries`` are what it holds, where they are known already."""

    def __init__(
        self, objects: GitObjects, commit: str, entries: Sequence[RevisionEntry] | None = None
    ) -> None:
        self.objects = objects
        self.commit = commit
        self._entries = entries
        self._names: set[str] | None = None
        self._contents: dict[str, bytes | None] = {}

    @property
    def entries(self) -> Sequence[RevisionEntry]:
        if self._entries is None:
            self._entries = self.objects.list_entries(self.commit)
        return self._entries

    @property
    def names(self) -> set[str]:
        if self._names is None:
            self._names = {entry.name for entry in self.entries}
        return self._names

    def read(self, name: str) -> bytes | None:
        name = posixpath.normpath(name)
        if name not in self._contents:
            may_exist = name in self.names or self._has_links()
            self._contents[name] = self.objects.read(self.commit, name) if may_exist else None
        return self._contents[name]

    def has(self, name: str) -> bool:
        name = posixpath.normpath(name)
        if name in self.names or any(other.startswith(f"{name}/") for other in self.names):
            return True
        return self._has_links() and self.objects.find_kind(self.commit, name) != ""

    def size(self, name: str) -> int | None:
        name = posixpath.normpath(name)
        found = (entry.size for entry in self.entries if entry.name == name)
        return next(found, None) if name in self.names else None

    def has_directory(self, name: str) -> bool:
        start = f"{posixpath.normpath(name)}/"
        return any(other.startswith(start) for other in self.names)

    def _has_links(self) -> bool:
        return any(entry.mode == LINK for entry in self.entries)

    def list_below(self, directory: str) -> set[str]:
        start = f"{directory}/" if directory else ""
        return {
            entry.name[len(start) :]
            for entry in self.entries
            if entry.name.startswith(start)
            and entry.mode != SUBMODULE
            and CACHE not in entry.name[len(start) :].split("/")[:-1]
        }
