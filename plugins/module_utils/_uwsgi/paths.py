# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the instances of one name are on the server."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass

PUBLIC_SUFFIX = ".public"


@dataclass(frozen=True)
class InstanceFiles:
    """The private files of one instance, and the published hard link to its socket."""

    id: str
    socket: str
    pidfile: str
    fifo: str
    stats: str
    ini: str
    record: str
    published: str
    environment: str

    @property
    def runtime(self) -> tuple[str, ...]:
        """The files that exist only while the instance runs."""
        return (self.socket, self.pidfile, self.fifo, self.stats)


@dataclass(frozen=True)
class Paths:
    """The paths of one name. ``socket``, ``pidfile`` and ``root`` are the public links.

    The user of the instances can write in ``runtime_dir``, so root publishes their sockets in ``public_dir``.
    """

    name: str
    socket: str
    pidfile: str
    root: str | None
    runtime_dir: str
    config_dir: str

    def files(self, instance_id: str) -> InstanceFiles:
        base = os.path.join(self.runtime_dir, instance_id)
        config = os.path.join(self.config_dir, instance_id)
        return InstanceFiles(
            id=instance_id,
            socket=base + ".sock",
            pidfile=base + ".pid",
            fifo=base + ".fifo",
            stats=base + ".stats",
            ini=config + ".ini",
            record=config + ".json",
            published=os.path.join(self.public_dir, instance_id + ".sock"),
            environment=config + ".env",
        )

    @property
    def public_dir(self) -> str:
        """The directory of hard links to the instances' sockets, in which only root can write."""
        return self.runtime_dir + PUBLIC_SUFFIX

    @property
    def lock(self) -> str:
        return os.path.join(self.config_dir, "lock")

    @property
    def own_directories(self) -> list[str]:
        """The directories that the module creates and removes."""
        return [self.runtime_dir, self.public_dir, self.config_dir]

    @property
    def public_links(self) -> list[str]:
        """The public links in the order in which they are switched: the socket decides who serves."""
        return [path for path in (self.socket, self.root, self.pidfile) if path]

    @property
    def unit_stem(self) -> str:
        """What the names of the systemd units begin with."""
        safe = re.sub(r"[^A-Za-z0-9_.-]", "_", self.name)
        if safe != self.name:
            safe += "_" + hashlib.sha256(self.name.encode()).hexdigest()[:6]
        return f"uwsgi-{safe}-"

    def unit(self, instance_id: str) -> str:
        return f"{self.unit_stem}{instance_id}.service"
