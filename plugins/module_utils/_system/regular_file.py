# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read files in directories that another user can write to."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path


def read_tail(path: Path | str, limit: int) -> bytes:
    """Return up to ``limit`` bytes from the end of a regular file.

    Raises OSError where the path is a link, a fifo or a device.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        stream.seek(max(0, status.st_size - limit))
        return stream.read(limit)
