# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a directory that a build makes is there as a whole."""

from __future__ import annotations

import os
import stat

from .directory import Directory

# The last file that a build puts into the directory. The programs that build run alone and have it, too.
COMPLETE = ".complete"


def is_complete(path: str) -> bool:
    """Return whether the directory is there and finished. A link in its place does not count."""
    parent, name = os.path.split(path)
    try:
        with Directory(parent) as directory:
            found = directory.status(f"{name}/{COMPLETE}")
    except OSError:
        return False
    return found is not None and stat.S_ISREG(found.st_mode)
