# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why the environment file could not be read or written."""

from __future__ import annotations


class EnvFileError(Exception):
    """What was wanted, what was found, what to do next; with a reason that programs can match.

    The message names settings and paths. It never holds a value of a setting.
    """

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason
