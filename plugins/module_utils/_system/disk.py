# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Room on file systems."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .directory import Directory

MB = 1024 * 1024
BLOCK = 4096


@dataclass(frozen=True)
class DiskNeed:
    """What is to be written to a directory: bytes and files. ``what`` names it in messages."""

    what: str
    directory: Path
    size: int
    files: int


def measure_directory(directory: Path) -> tuple[int, int]:
    """Return the bytes on disk and the number of files below a directory, without following a link."""
    size = files = 0
    try:
        with Directory(str(directory)) as top:
            for _root, _directories, names, descriptor in os.fwalk(".", dir_fd=top.descriptor):
                files += 1 + len(names)
                size += BLOCK
                for name in names:
                    try:
                        size += os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_blocks * 512
                    except OSError:
                        continue
    except (OSError, RecursionError):
        return 0, 0
    return size, files


def estimate_size(files: Iterable[tuple[str, int]]) -> tuple[int, int]:
    """Return the bytes on disk and the number of files that files of these names and sizes will need."""
    directories = set()
    size = count = 0
    for name, length in files:
        directories.add(os.path.dirname(name))
        size += (length + BLOCK - 1) // BLOCK * BLOCK
        count += 1
    return size + BLOCK * len(directories), count + len(directories)


def check_room(needs: Iterable[DiskNeed], reserve_percent: int) -> tuple[list[dict[str, object]], list[str]]:
    """Return the figures of each file system, and a sentence for each one that is too small.

    ``reserve_percent`` of each file system are kept free.
    """
    grouped: dict[int, list[DiskNeed]] = {}
    for need in needs:
        grouped.setdefault(os.stat(_find_existing(need.directory)).st_dev, []).append(need)
    figures: list[dict[str, object]] = []
    problems: list[str] = []
    for members in grouped.values():
        place = _find_existing(members[0].directory)
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
            problems.append(
                f"{what} needs {size / MB:.0f} MB on the file system of {place}, where {available // MB} MB "
                f"are available and {reserve // MB} MB ({reserve_percent} %) are to stay free"
            )
        elif room.f_files and files > room.f_favail:
            problems.append(
                f"{what} needs {files} inodes on the file system of {place}, where {room.f_favail} are left"
            )
    return figures, problems


def _find_existing(directory: Path) -> Path:
    while not directory.exists():
        directory = directory.parent
    return directory
