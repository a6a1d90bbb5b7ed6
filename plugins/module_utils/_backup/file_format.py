# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the header and the size of a backup, without reading it as a database."""

from __future__ import annotations

import os
from io import FileIO


def find_format_error(stream: FileIO, kind: str) -> str:
    """Return why the file cannot be a backup of that kind; empty if it can."""
    stream.seek(0)
    size = os.fstat(stream.fileno()).st_size
    header = stream.read(100)
    if not size:
        return "it is empty"
    if kind == "postgres":
        return "" if header.startswith(b"PGDMP") else "it does not begin as a dump of pg_dump does"
    if not header.startswith(b"SQLite format 3\0") or len(header) < 100:
        return "it does not begin as an SQLite database does"
    page = int.from_bytes(header[16:18], "big")
    expected = (65536 if page == 1 else page) * int.from_bytes(header[28:32], "big")
    return "" if size == expected else f"it has {size} bytes, and {expected} by its header"
