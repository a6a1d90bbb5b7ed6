# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a release on disk."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from .release_files import CACHE, ReleaseFiles
from .untrusted_directory import UntrustedDirectory

MAX_DEPTH = 30


class DirectoryFiles(ReleaseFiles):
    """A release whose owner may change it at any moment: nothing outside of it is read."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, name: str) -> bytes | None:
        try:
            with UntrustedDirectory(str(self.root)) as root:
                resolved = root.resolve(name)
                return root.read(resolved) if resolved is not None else None
        except OSError:
            return None

    def has(self, name: str) -> bool:
        parent, _slash, last = name.strip("/").rpartition("/")
        try:
            with UntrustedDirectory(str(self.root)) as root:
                resolved = root.resolve(parent) if parent else ""
                return resolved is not None and root.status(os.path.join(resolved, last)) is not None
        except OSError:
            return False

    def size(self, name: str) -> int | None:
        try:
            with UntrustedDirectory(str(self.root)) as root:
                found = root.status(name)
        except OSError:
            return None
        return found.st_size if found is not None and stat.S_ISREG(found.st_mode) else None

    def has_directory(self, name: str) -> bool:
        try:
            with UntrustedDirectory(str(self.root)) as root:
                return root.is_directory(name.strip("/"))
        except OSError:
            return False

    def list_below(self, directory: str) -> set[str]:
        found: set[str] = set()
        try:
            with UntrustedDirectory(str(self.root)) as root:
                _collect_names(root, directory, "", found)
        except OSError:
            pass
        return found


def _collect_names(root: UntrustedDirectory, directory: str, prefix: str, found: set[str]) -> None:
    if prefix.count("/") > MAX_DEPTH:
        return
    for name in root.names(directory):
        path = f"{directory}/{name}".lstrip("/")
        status = root.status(path)
        if status is None:
            continue
        if stat.S_ISDIR(status.st_mode):
            if name != CACHE:
                _collect_names(root, path, f"{prefix}{name}/", found)
        elif stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode):
            found.add(f"{prefix}{name}")
