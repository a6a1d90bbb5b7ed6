# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read options that are paths."""

from __future__ import annotations

import os

from .errors import InstanceError


def read_absolute_path(option: str, path: str) -> str:
    """Return the path without `..` and double slashes; refuse a relative one and one of several lines."""
    if not path.startswith("/") or any(char in path for char in "\n\r\0"):
        raise InstanceError(
            f"{option} must be an absolute path, not {path!r}.", "configure", options=[option]
        )
    return os.path.normpath(path)
