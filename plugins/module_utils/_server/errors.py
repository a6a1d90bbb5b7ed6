# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a file or directory of a server could not be made."""

from __future__ import annotations

from .._system.errors import ModuleError


class ServerFilesError(ModuleError):
    """What was wanted and what was found. The reasons: ``options``, ``not_a_directory``, ``not_a_file``."""
