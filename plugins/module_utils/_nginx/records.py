# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sums of what was written, and copies of what was replaced, in a directory that only root writes."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

from .._system.atomic_file import write_atomically
from .._system.clock import format_compact_time


class Records:
    """A file with SHA-256 sums, as sha256sum writes them, for each file of the configuration."""

    def __init__(self, directory: Path, config: Path) -> None:
        self.config = config
        self.directory = directory
        self.copies = directory / "replaced"

    def read(self, name: Path) -> set[str]:
        """Return the sums of the contents that this collection has given the file."""
        try:
            lines = self._path(name).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return set()
        return {line.split()[0] for line in lines if line.strip()}

    def save(self, name: Path, contents: Iterable[bytes]) -> None:
        """Record the content of a file; two, where an interrupted run may leave either of them."""
        path = self._path(name)
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        sums = sorted({sum_of(content) for content in contents})
        write_atomically(path, "".join(f"{digest}  {self.config / name}\n" for digest in sums), 0o644)

    def remove(self, name: Path) -> None:
        self._path(name).unlink(missing_ok=True)

    def keep_copy(self, name: Path) -> Path:
        """Copy a file to where NGINX does not read it, and return the path of the copy."""
        self.copies.mkdir(mode=0o700, parents=True, exist_ok=True)
        stem = f"{name.name}.{format_compact_time(time.time())}"
        numbered = [stem, *(f"{stem}.{number}" for number in range(2, 1000))]
        copy = next(self.copies / text for text in numbered if not os.path.lexists(self.copies / text))
        shutil.copy2(self.config / name, copy)
        return copy

    def _path(self, name: Path) -> Path:
        return self.directory / name.parent / f"{name.name}.sha256"


def sum_of(content: bytes) -> str:
    """Return the SHA-256 sum of a content."""
    return hashlib.sha256(content).hexdigest()
