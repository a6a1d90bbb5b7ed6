# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves the database of an app that was removed: no process can have it open."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

# The database last: a run that was killed finds it where it was, and moves the rest again.
SUFFIXES = ("-journal", "-wal", "-shm", "")
MODE = 0o660


def move_at_rest(source: str, target: str, owner: tuple[int, int]) -> None:
    """Move the file with its journals, as they are: the app's user lets SQLite read them, root never does."""
    for suffix in SUFFIXES:
        if os.path.lexists(f"{source}{suffix}"):
            with _open_own(f"{source}{suffix}") as descriptor:
                os.fchown(descriptor, *owner)
                os.fchmod(descriptor, MODE)
            os.rename(f"{source}{suffix}", f"{target}{suffix}")


@contextmanager
def _open_own(path: str) -> Iterator[int]:
    """Open a regular file with one name."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
            raise OSError(errno.EINVAL, "not a regular file with one name", path)
        yield descriptor
    finally:
        os.close(descriptor)
