# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which distribution a server runs."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

OS_RELEASE = (Path("/etc/os-release"), Path("/usr/lib/os-release"))
# As Ansible's fact distribution has them.
NAMES = {"debian": "Debian", "raspbian": "Debian", "ubuntu": "Ubuntu"}


@dataclass(frozen=True)
class Distribution:
    """A distribution, by the name that Ansible's facts use, and its version; both may be empty."""

    name: str
    version: str


def read_distribution(files: tuple[Path, ...] = OS_RELEASE) -> Distribution:
    """Read the distribution out of the first file that exists."""
    text = next((path.read_text(encoding="utf-8", errors="replace") for path in files if path.is_file()), "")
    values = dict(_parse_line(line) for line in text.splitlines() if "=" in line and not line.startswith("#"))
    identifier = values.get("ID", "")
    return Distribution(
        NAMES.get(identifier, values.get("NAME", identifier)),
        values.get("VERSION_ID", "") or values.get("VERSION_CODENAME", ""),
    )


def _parse_line(line: str) -> tuple[str, str]:
    name, _separator, value = line.partition("=")
    try:
        return name.strip(), "".join(shlex.split(value))
    except ValueError:
        return name.strip(), value.strip()
