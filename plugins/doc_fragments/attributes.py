# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the attributes that all modules have."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
attributes:
  check_mode:
    description: Can run in check mode and says what would change, without changing anything.
  diff_mode:
    description: Returns what changes, or would change in check mode, when run in diff mode.
  idempotent:
    description: Changes nothing when it is run again with the same options.
  platform:
    description: Operating systems of the servers it works on.
"""

    POSIX = r"""
attributes:
  platform:
    support: full
    platforms: posix
"""

    LINUX = r"""
attributes:
  platform:
    support: full
    platforms: linux
"""
