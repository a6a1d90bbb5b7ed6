# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The deploy key and the known host keys of an app, in the settings and on the server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

KEY, KNOWN_HOSTS = "id", "known_hosts"


@dataclass(frozen=True)
class SshFiles:
    """The directory of these files, and what they hold. A file without content is removed."""

    directory: str
    key: str = ""
    known_hosts: str = ""

    @classmethod
    def read(cls, directory: str, key: str, known_hosts: Sequence[str]) -> SshFiles | None:
        """Read the options of a task; None where it names no directory."""
        if not directory:
            return None
        lines = [line.strip() for line in known_hosts]
        return cls(directory, _end_line(key.strip()), _end_line("\n".join(filter(None, lines))))

    @property
    def contents(self) -> dict[str, bytes]:
        """What each file holds, by its name."""
        return {KEY: self.key.encode(), KNOWN_HOSTS: self.known_hosts.encode()}

    @property
    def key_path(self) -> str:
        return f"{self.directory}/{KEY}" if self.key else ""

    @property
    def known_hosts_path(self) -> str:
        return f"{self.directory}/{KNOWN_HOSTS}" if self.known_hosts else ""


def _end_line(text: str) -> str:
    return f"{text}\n" if text else ""
