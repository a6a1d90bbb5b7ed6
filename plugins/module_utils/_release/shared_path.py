# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A path of a release that is a link into shared/."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SharedPath:
    """``is_directory`` says that a directory is made in shared/ if nothing is there."""

    name: str
    is_directory: bool
