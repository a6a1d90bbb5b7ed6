# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a revision, whether they are on disk, still in the mirror, or not known yet."""

from __future__ import annotations

import os
from pathlib import Path

from ansible_collections.masonite.deploy.plugins.module_utils import _release_disk as disk
from ansible_collections.masonite.deploy.plugins.module_utils._release_mirror import Mirror


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
    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, name: str) -> bytes | None:
        try:
            return (self.root / name).read_bytes()
        except OSError:
            return None

    def has(self, name: str) -> bool:
        return os.path.lexists(self.root / name)

    def below(self, folder: str) -> set[str]:
        found: set[str] = set()
        top = self.root / folder
        for root, directories, names in os.walk(top):
            directories[:] = [directory for directory in directories if directory != "__pycache__"]
            found.update(os.path.relpath(os.path.join(root, name), top) for name in names)
        return found


class GitFiles(Files):
    def __init__(self, mirror: Mirror, commit: str) -> None:
        self.mirror = mirror
        self.commit = commit

    def read(self, name: str) -> bytes | None:
        return self.mirror.read(self.commit, name)

    def has(self, name: str) -> bool:
        return self.mirror.contains(self.commit, name.rstrip("/"))

    def below(self, folder: str) -> set[str]:
        return {entry[3][len(folder) + 1 :] for entry in self.mirror.entries(self.commit, folder)}

    def size(self) -> tuple[int, int]:
        entries = list(self.mirror.entries(self.commit))
        folders = {os.path.dirname(name) for *_about, name in entries}
        total = sum(disk.on_disk(size) for _mode, _sha, size, _name in entries) + disk.BLOCK * len(folders)
        return total, len(entries) + len(folders)


class NoFiles(Files):
    """Nothing is known: the revision has not been fetched, or nothing is live."""

    known = False

    def read(self, name: str) -> bytes | None:
        return None

    def has(self, name: str) -> bool:
        return False

    def below(self, folder: str) -> set[str]:
        return set()
