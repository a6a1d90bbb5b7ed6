# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an app's files are on a server, their owners and their modes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

ROOT, APP, BUILD, WEB = "root", "app", "build", "web"


@dataclass(frozen=True)
class AppPath:
    """A directory or file below the app's directory. `made` is false where another module makes it."""

    name: str
    owner: str
    group: str
    mode: int
    made: bool = True
    directory: bool = True


HOME = AppPath("", ROOT, APP, 0o750)
APP_PATHS = (
    AppPath(".state", ROOT, ROOT, 0o700),
    AppPath("backups", ROOT, ROOT, 0o700),
    AppPath("releases", BUILD, BUILD, 0o755),
    AppPath("repo.git", BUILD, BUILD, 0o700, made=False),
    AppPath("shared", APP, APP, 0o750),
    AppPath("build", BUILD, BUILD, 0o700),
    AppPath("ssh", ROOT, BUILD, 0o750),
    AppPath("history.jsonl", ROOT, ROOT, 0o644, made=False, directory=False),
    AppPath(".env", ROOT, APP, 0o640, made=False, directory=False),
)
VENVS = AppPath("", BUILD, APP, 0o750)
CACHES = (AppPath(".cache", BUILD, BUILD, 0o700), AppPath(".cache/uv", BUILD, BUILD, 0o700))


def with_former_users(entries: Iterable[AppPath]) -> list[AppPath]:
    """Return the entries with a mode of shared/ that lets users of an access control list write there."""
    return [replace(entry, mode=0o770) if entry.name == "shared" else entry for entry in entries]
