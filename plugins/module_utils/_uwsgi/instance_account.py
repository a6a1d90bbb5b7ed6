# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user that an instance runs as."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class InstanceAccount:
    """A user of this server. The process gets the user's own group; the socket gets ``socket_gid``."""

    user: str
    uid: int
    gid: int
    home: str
    groups: tuple[int, ...]
    socket_gid: int

    @property
    def switches(self) -> bool:
        """Whether a process can and must be started as this user."""
        return os.geteuid() == 0

    @property
    def needs_publishing(self) -> bool:
        """Whether another user than the module's can write where the private sockets are."""
        return self.uid != os.geteuid()
