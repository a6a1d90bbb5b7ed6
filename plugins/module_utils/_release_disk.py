# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is there room for one more release and its virtualenv?"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.masonite.deploy.plugins.module_utils._system.directory import Directory

MB = 1024 * 1024
BLOCK = 4096
# A Masonite app's virtualenv, until there is one to measure.
TYPICAL_VIRTUALENV = 150 * MB


@dataclass(frozen=True)
class Need:
    what: str
    directory: Path
    size: int
    files: int


def on_disk(size: int) -> int:
    return (size + BLOCK - 1) // BLOCK * BLOCK


def measure(directory: Path) -> tuple[int, int]:
    """Bytes on disk and number of files below a directory, without following a link."""
    size = files = 0
    try:
        with Directory(str(directory)) as top:
            for _root, _directories, names, folder in os.fwalk(".", dir_fd=top.descriptor):
                files += 1 + len(names)
                size += BLOCK
                for name in names:
                    try:
                        size += os.stat(name, dir_fd=folder, follow_symlinks=False).st_blocks * 512
                    except OSError:
                        continue
    except (OSError, RecursionError):
        return 0, 0
    return size, files


def size_of(files: Iterable[tuple[str, int]]) -> tuple[int, int]:
    """Bytes on disk and number of files for files of these names and sizes."""
    folders = set()
    size = count = 0
    for name, length in files:
        folders.add(os.path.dirname(name))
        size += on_disk(length)
        count += 1
    return size + BLOCK * len(folders), count + len(folders)


def _existing(directory: Path) -> Path:
    while not directory.exists():
        directory = directory.parent
    return directory


def check(needs: list[Need], reserve_percent: int) -> tuple[dict[str, object], list[str]]:
    """The figures, and a sentence for each file system that is too small."""
    grouped: dict[int, list[Need]] = {}
    for need in needs:
        grouped.setdefault(os.stat(_existing(need.directory)).st_dev, []).append(need)
    complaints: list[str] = []
    figures: list[dict[str, object]] = []
    for members in grouped.values():
        place = _existing(members[0].directory)
        room = os.statvfs(place)
        size = sum(member.size for member in members)
        files = sum(member.files for member in members)
        available = room.f_bavail * room.f_frsize
        reserve = room.f_blocks * room.f_frsize * reserve_percent // 100
        what = " and ".join(member.what for member in members)
        figures.append(
            {
                "path": str(place),
                "what": what,
                "needed_mb": round(size / MB, 1),
                "available_mb": available // MB,
                "reserve_mb": reserve // MB,
            }
        )
        if size + reserve > available:
            complaints.append(
                f"{what} needs {size / MB:.0f} MB on the file system of {place}, where {available // MB} MB "
                f"are available and {reserve // MB} MB ({reserve_percent} %) are to stay free"
            )
        elif room.f_files and files > room.f_favail:
            complaints.append(
                f"{what} needs {files} inodes on the file system of {place}, where {room.f_favail} are left"
            )
    return {"filesystems": figures, "enough": not complaints}, complaints
