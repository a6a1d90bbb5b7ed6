# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a revision, whether they are on disk, still in the mirror, or not known yet."""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Sequence
from pathlib import Path

from ansible_collections.masonite.deploy.plugins.module_utils._release_folder import Folder
from ansible_collections.masonite.deploy.plugins.module_utils._release_mirror import (
    GITLINK,
    LINK,
    Entry,
    Mirror,
)

CACHE = "__pycache__"
DEPTH = 30


class Files:
    known = True

    def read(self, name: str) -> bytes | None:
        raise NotImplementedError

    def has(self, name: str) -> bool:
        raise NotImplementedError

    def below(self, folder: str) -> set[str]:
        raise NotImplementedError

    def changes(self, after: Files, folder: str) -> dict[str, list[str]]:
        """What a later revision adds to a folder and removes from it."""
        if not after.known:
            return {"added": [], "removed": []}
        folder = folder.strip("/")
        old, new = self.below(folder), after.below(folder)
        return {"added": sorted(new - old), "removed": sorted(old - new)}


class TreeFiles(Files):
    """A release on disk, whose owner may change it at any moment: read without leaving it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, name: str) -> bytes | None:
        try:
            with Folder(str(self.root)) as root:
                inside = root.inside(name)
                return root.read(inside) if inside is not None else None
        except OSError:
            return None

    def has(self, name: str) -> bool:
        folder, _slash, last = name.strip("/").rpartition("/")
        try:
            with Folder(str(self.root)) as root:
                inside = root.inside(folder) if folder else ""
                return inside is not None and root.status(os.path.join(inside, last)) is not None
        except OSError:
            return False

    def below(self, folder: str) -> set[str]:
        found: set[str] = set()
        try:
            with Folder(str(self.root)) as root:
                _collect(root, folder, "", found)
        except OSError:
            pass
        return found


def _collect(root: Folder, folder: str, below: str, found: set[str]) -> None:
    """Names of files and links in a directory and in those inside it, none of which is a link."""
    if below.count("/") > DEPTH:
        return
    for name in root.names(folder):
        path = f"{folder}/{name}".lstrip("/")
        status = root.status(path)
        if status is None:
            continue
        if stat.S_ISDIR(status.st_mode):
            if name != CACHE:
                _collect(root, path, f"{below}{name}/", found)
        elif stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode):
            found.add(f"{below}{name}")


class GitFiles(Files):
    """A revision in the mirror."""

    def __init__(self, mirror: Mirror, commit: str, entries: Sequence[Entry] | None = None) -> None:
        self.mirror = mirror
        self.commit = commit
        self._entries = entries
        self._names: dict[str, Entry] | None = None
        self._contents: dict[str, bytes | None] = {}

    @property
    def entries(self) -> Sequence[Entry]:
        if self._entries is None:
            self._entries = self.mirror.entries(self.commit)
        return self._entries

    def _entry(self, name: str) -> Entry | None:
        if self._names is None:
            self._names = {entry.name: entry for entry in self.entries}
        return self._names.get(name)

    def read(self, name: str) -> bytes | None:
        name = posixpath.normpath(name)
        if name not in self._contents:
            exists = self._entry(name) is not None or self._has_links()
            self._contents[name] = self.mirror.read(self.commit, name) if exists else None
        return self._contents[name]

    def has(self, name: str) -> bool:
        name = posixpath.normpath(name)
        if self._entry(name) is not None or any(other.startswith(f"{name}/") for other in self._names or ()):
            return True
        return self._has_links() and self.mirror.kind(self.commit, name) != ""

    def _has_links(self) -> bool:
        return any(entry.mode == LINK for entry in self.entries)

    def below(self, folder: str) -> set[str]:
        start = f"{folder}/" if folder else ""
        return {
            entry.name[len(start) :]
            for entry in self.entries
            if entry.name.startswith(start)
            and entry.mode != GITLINK
            and CACHE not in entry.name[len(start) :].split("/")[:-1]
        }


class NoFiles(Files):
    """Nothing is known: the revision has not been fetched, or nothing is live."""

    known = False

    def read(self, name: str) -> bytes | None:
        return None

    def has(self, name: str) -> bool:
        return False

    def below(self, folder: str) -> set[str]:
        return set()
