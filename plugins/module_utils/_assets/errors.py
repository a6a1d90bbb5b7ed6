# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why the built files of a release are not there."""

from __future__ import annotations

from .._system.errors import ModuleError


class AssetError(ModuleError):
    """What was wanted and what was found; ``options`` names the options that the error is about."""
