# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single settings of a dotenv file that this module did not write."""

from __future__ import annotations

import re

from .._system.directory import Directory

LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*")


def parse(text: str) -> dict[str, str]:
    """Names and values of lines that hold one plain value, which keys and paths do."""
    found = {}
    for line in text.splitlines():
        match = LINE.fullmatch(line)
        if match:
            found[match[1]] = _value(match[2])
    return found


def _value(text: str) -> str:
    for quote in ("'", '"'):
        if text.startswith(quote):
            end = text.find(quote, 1)
            return text[1:end] if end > 0 else ""
    return re.split(r"\s+#", text)[0].strip()


def read_settings(folder: Directory, name: str) -> dict[str, str]:
    """Of a regular file; a missing one has none."""
    try:
        return parse(folder.read(name, 1 << 20).decode(errors="replace"))
    except FileNotFoundError:
        return {}


def setting_of_former_env(path: str, name: str) -> str:
    """A setting of the .env of an app that version 0.1 set up; empty if it cannot be read."""
    try:
        with Directory(path) as home:
            return read_settings(home, "shared/.env").get(name, "")
    except OSError:
        return ""
