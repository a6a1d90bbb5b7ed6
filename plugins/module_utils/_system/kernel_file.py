# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the files of /proc and /sys, which may vanish at any moment."""

from __future__ import annotations


def read_kernel_file(path: str, limit: int = 1 << 20) -> str | None:
    """Return the text of a file, up to ``limit`` bytes; None where it cannot be read."""
    try:
        with open(path, "rb") as stream:
            return stream.read(limit).decode("utf-8", "replace")
    except OSError:
        return None
