# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Pythons there are on a server, for the message about one that does not suit an app."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from glob import iglob

PLACES = ("/usr/bin", "/usr/local/bin", "/opt/*/bin", "/opt/*/*/bin")
PROGRAM = re.compile(r"python3\.[0-9]+")
MOST_PYTHONS = 10


def list_pythons() -> list[tuple[str, str]]:
    """Return the paths and versions of Pythons, as their names have it: none is run."""
    found = {os.path.realpath(path): (path, version) for path, version in _find_pythons()}
    return sorted(found.values())[:MOST_PYTHONS]


def _find_pythons() -> Iterator[tuple[str, str]]:
    for place in PLACES:
        for directory in iglob(place):
            try:
                names = os.listdir(directory)
            except OSError:
                continue
            for name in sorted(names):
                path = os.path.join(directory, name)
                if PROGRAM.fullmatch(name) and os.path.isfile(path) and os.access(path, os.X_OK):
                    yield path, name[len("python") :]
