# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file that a person or another program wrote or edited."""

from __future__ import annotations

from dataclasses import dataclass

# The choices of the owner of a file, by what the file is to this collection.
FILE, SITE, REMOVED_SITE = "file", "site", "removed_site"


@dataclass(frozen=True)
class Foreign:
    """A file that may not be replaced without its owner's consent."""

    description: str
    # The choice that its owner has.
    kind: str
