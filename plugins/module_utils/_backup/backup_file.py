# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The new file of a backup."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field

from .errors import BackupError
from .output_reader import Sink

# Bytes between two checks of the free space. A smaller backup is made on a nearly full disk, too.
DISK_STEP = 1 << 24


@dataclass
class BackupFile(Sink):
    """A file of root's that a backup is written to, within limits, with its size and checksum."""

    descriptor: int
    max_size: int = 0
    reserve: int = 0
    size: int = 0
    checksum: str = ""
    _hash: hashlib._Hash = field(default_factory=hashlib.sha256)
    _checked_steps: int = 0

    def write(self, block: bytes) -> None:
        if self.max_size and self.size + len(block) > self.max_size:
            raise BackupError(
                f"The backup became larger than max_size ({self.max_size} bytes) and was stopped.",
                reason="too_large",
                hint="Raise max_size, if the database really is that large.",
                options=["max_size"],
            )
        self._check_disk()
        view = memoryview(block)
        while view:
            view = view[os.write(self.descriptor, view) :]
        self._hash.update(block)
        self.size += len(block)
        self.checksum = self._hash.hexdigest()

    def _check_disk(self) -> None:
        step = self.size // DISK_STEP
        if step == self._checked_steps:
            return
        self._checked_steps = step
        disk = os.fstatvfs(self.descriptor)
        free, total = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
        if free < total * self.reserve / 100:
            raise BackupError(
                f"The backup was stopped at {self.size} bytes: {free} of {total} bytes are free on its "
                f"disk, and disk_reserve is {self.reserve} %.",
                reason="disk_full",
                hint="Free space on the server, or keep fewer backups.",
                options=["disk_reserve", "keep"],
            )
