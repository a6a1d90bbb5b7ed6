# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of dotenv files that this collection did not write, or that version 0.1 wrote."""

from __future__ import annotations

from .._system.directory import Directory
from .._system.dotenv import parse_file

SIZE_LIMIT = 1 << 20  # bytes


def read_settings(directory: Directory, name: str) -> dict[str, str]:
    """Return the settings of a regular file; a missing file has none."""
    try:
        return parse_file(directory.read(name, SIZE_LIMIT).decode(errors="replace"))
    except FileNotFoundError:
        return {}


def read_version_01_setting(path: str, name: str) -> str:
    """Return a setting of an app that version 0.1 set up; empty if it cannot be read."""
    try:
        with Directory(path) as home:
            return read_settings(home, "shared/.env").get(name, "")
    except OSError:
        return ""
