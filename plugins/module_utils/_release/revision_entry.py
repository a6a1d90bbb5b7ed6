# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a revision holds, as git lists it."""

from __future__ import annotations

from dataclasses import dataclass

# Modes of entries that are no files.
SUBMODULE = "160000"
LINK = "120000"


@dataclass(frozen=True)
class RevisionEntry:
    """A file, a link or a submodule of a revision; the size is in bytes."""

    mode: str
    sha: str
    size: int
    name: str
