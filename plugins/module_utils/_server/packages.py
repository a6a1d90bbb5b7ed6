# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which packages of a Debian or Ubuntu server are installed."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

EXTENDED_STATES = Path("/var/lib/apt/extended_states")
# What can be looked up without apt. A name with a version, a wildcard or a path is left to apt.
PLAIN_NAME = r"[a-z0-9][a-z0-9+.-]+(:[a-z0-9-]+)?"
QUERY_TIMEOUT = 60  # seconds


def find_missing_packages(names: Iterable[str], extended_states: Path = EXTENDED_STATES) -> list[str]:
    """Return the packages that apt would have to install, or to mark as wanted by a person.

    A package that is there only because another one needs it counts as missing: it goes with that one.
    """
    wanted = list(dict.fromkeys(names))
    plain = [name for name in wanted if re.fullmatch(PLAIN_NAME, name)]
    installed = _find_installed(plain) - _read_automatic(extended_states) if plain else set()
    return [name for name in wanted if name not in installed]


def _find_installed(names: list[str]) -> set[str]:
    try:
        run = subprocess.run(
            [
                "dpkg-query",
                "--show",
                "--showformat=${Package} ${binary:Package} ${db:Status-Status}\n",
                *names,
            ],
            check=False,
            capture_output=True,
            text=True,
            timeout=QUERY_TIMEOUT,
        )
    except FileNotFoundError:
        return set()
    rows = [line.split() for line in run.stdout.splitlines()]
    return {name for row in rows if row[2:] == ["installed"] for name in row[:2]}


def _read_automatic(extended_states: Path) -> set[str]:
    """Return the packages that apt installed because others need them."""
    try:
        text = extended_states.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return set()
    names = set()
    for paragraph in text.split("\n\n"):
        fields = dict(re.findall(r"(?m)^([\w-]+): *(.*)$", paragraph))
        if fields.get("Auto-Installed") == "1":
            name = fields.get("Package", "")
            names |= {name, f"{name}:{fields.get('Architecture', '')}"}
    return names
