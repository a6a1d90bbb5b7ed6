# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an app's files are on a server, whose they are, and their modes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

ROOT, APP, BUILD, WEB = "root", "app", "build", "web"


@dataclass(frozen=True)
class Place:
    """A directory or file below the app's directory. `made` is false for what others make."""

    name: str
    owner: str
    group: str
    mode: int
    made: bool = True
    directory: bool = True


HOME = Place("", ROOT, APP, 0o750)
PLACES = (
    Place(".state", ROOT, ROOT, 0o700),
    Place("backups", ROOT, ROOT, 0o700),
    Place("releases", BUILD, BUILD, 0o755),
    Place("repo.git", BUILD, BUILD, 0o700, made=False),
    Place("shared", APP, APP, 0o750),
    Place("build", BUILD, BUILD, 0o700),
    Place("ssh", ROOT, BUILD, 0o750),
    Place("history.jsonl", ROOT, ROOT, 0o644, made=False, directory=False),
    Place(".env", ROOT, APP, 0o640, made=False, directory=False),
)
VENVS = Place("", BUILD, APP, 0o750)
CACHES = (Place(".cache", BUILD, BUILD, 0o700), Place(".cache/uv", BUILD, BUILD, 0o700))


def with_guests(places: Iterable[Place]) -> list[Place]:
    """Where an access control list lets more users write, the mode of the group is the most they may do."""
    return [replace(place, mode=0o770) if place.name == "shared" else place for place in places]
