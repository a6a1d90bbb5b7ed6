# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sockets that a process holds open."""

from __future__ import annotations

import os

from .process_owner import run_as_owner


def list_socket_inodes(pid: int) -> set[int] | None:
    """Return the inodes of the open sockets of a process; None where this user may not look."""

    def read() -> list[int]:
        found = []
        directory = f"/proc/{pid}/fd"
        for name in os.listdir(directory):
            try:
                target = os.readlink(f"{directory}/{name}")
            except FileNotFoundError:
                continue
            if target.startswith("socket:["):
                found.append(int(target[8:-1]))
        return found

    try:
        return set(read())
    except FileNotFoundError:
        return set()
    except PermissionError:
        answer = run_as_owner(pid, read)
        return set(answer) if isinstance(answer, list) else None
