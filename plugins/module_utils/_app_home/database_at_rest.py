# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moves the database of an app that was removed: no process can have it open."""

from __future__ import annotations

import os

from .._system.directory import Directory

# The database last: a run that was killed finds it where it was, and moves the rest again.
SUFFIXES = ("-journal", "-wal", "-shm", "")
MODE = 0o660


def move_at_rest(source: str, target: str, owner: tuple[int, int]) -> None:
    """Move the file with its journals, as they are: the app's user lets SQLite read them, root never does."""
    for suffix in SUFFIXES:
        if os.path.lexists(f"{source}{suffix}"):
            with Directory(os.path.dirname(source)) as directory:
                directory.set_rights(f"{os.path.basename(source)}{suffix}", MODE, *owner)
            os.rename(f"{source}{suffix}", f"{target}{suffix}")
