# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look into a process as the user that it runs as."""

from __future__ import annotations

import os
from typing import Callable

from .account import Account
from .privileges import run_as
from .process import read_owner


def run_as_owner(pid: int, read: Callable[[], object]) -> object:
    """Return what ``read`` returns when the owner of a process calls it; None where that is not possible.

    In a container root lacks CAP_SYS_PTRACE, which some files of /proc need; the owner of the process needs
    no capability.
    """
    owner = read_owner(pid)
    if owner is None or os.geteuid() != 0 or owner[0] == 0:
        return None
    try:
        return run_as(Account(str(owner[0]), owner[0], owner[1]), read, timeout=2)
    except (OSError, RuntimeError, ValueError):
        return None
