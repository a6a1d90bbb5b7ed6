# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Room on file systems."""

from __future__ import annotations

import os
from pathlib import Path

from ansible_collections.masonite.deploy.plugins.module_utils._system.disk import (
    BLOCK,
    MB,
    DiskNeed,
    check_room,
    estimate_size,
    measure_directory,
)


def test_files_are_estimated_in_blocks_with_their_directories() -> None:
    assert estimate_size([]) == (0, 0)
    assert estimate_size([("a", 1), ("b", BLOCK), ("c", BLOCK + 1)]) == (5 * BLOCK, 4)
    assert estimate_size([("x/a", 0), ("y/a", 1)]) == (3 * BLOCK, 4)


def test_a_directory_is_measured_without_following_links(tmp_path: Path) -> None:
    top = tmp_path / "top"
    (top / "inner").mkdir(parents=True)
    (top / "inner" / "file").write_bytes(b"x" * 10_000)
    (tmp_path / "outside").write_bytes(b"x" * 1_000_000)
    (top / "link").symlink_to(tmp_path / "outside")
    (top / "up").symlink_to(tmp_path)
    size, files = measure_directory(top)
    assert 10_000 < size < 100_000
    assert files == 4
    assert measure_directory(top / "link") == (0, 0)
    assert measure_directory(tmp_path / "missing") == (0, 0)


def test_needs_of_one_file_system_are_added_up(tmp_path: Path) -> None:
    room = os.statvfs(tmp_path)
    available = room.f_bavail * room.f_frsize
    half = available // 2 + 10 * MB
    first = DiskNeed("a release", tmp_path / "not" / "there", half, 1)
    second = DiskNeed("its virtualenv", tmp_path, half, 1)
    figures, problems = check_room([first], 0)
    assert problems == []
    assert figures[0]["path"] == str(tmp_path)
    assert figures[0]["reserve_mb"] == 0
    figures, problems = check_room([first, second], 0)
    assert [figure["what"] for figure in figures] == ["a release and its virtualenv"]
    assert "MB are available" in problems[0]


def test_the_reserve_stays_free(tmp_path: Path) -> None:
    _figures, problems = check_room([DiskNeed("a release", tmp_path, 1, 1)], 100)
    assert "(100 %) are to stay free" in problems[0]


def test_files_need_inodes_too(tmp_path: Path) -> None:
    room = os.statvfs(tmp_path)
    if room.f_files:
        _figures, problems = check_room([DiskNeed("a release", tmp_path, 1, room.f_favail + 1)], 0)
        assert "inodes" in problems[0]
