# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module release_info returns."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .app_paths import AppPaths
from .deploy_lock import DeployLock
from .directory_files import DirectoryFiles
from .history import read_history
from .lock_holder import LockHolder
from .option_names import OptionNames
from .release import Release
from .release_store import ReleaseStore
from .rollback_plan import describe_rollback

INFO_ARGUMENTS: dict[str, Any] = {
    "path": {"type": "path", "required": True},
    "live_link": {"type": "path"},
    "history": {"type": "int", "default": 20},
    "lock_ttl": {"type": "int", "default": 3600},
    "migrations": {"type": "str", "default": ""},
}


@dataclass(frozen=True)
class InfoOptions:
    path: Path
    live_link: Path | None = None
    history: int = 20
    lock_ttl: int = 3600
    migrations: str = ""

    @classmethod
    def read(cls, params: Mapping[str, Any]) -> InfoOptions:
        """Read the parameters of a task, which the module's specification has checked and filled up."""
        live_link = params.get("live_link")
        return cls(
            path=Path(params["path"]),
            live_link=Path(live_link) if live_link else None,
            history=int(params.get("history") or 0),
            lock_ttl=int(params.get("lock_ttl") or 3600),
            migrations=str(params.get("migrations") or ""),
        )


def read_info(options: InfoOptions) -> dict[str, Any]:
    """Return the releases of an app, its lock and its history."""
    paths = AppPaths.below(options.path, options.live_link)
    store = ReleaseStore(paths)
    live = store.find_live()
    previous = store.find_previous(live)
    deploy_lock = DeployLock(paths.lock, LockHolder(), options.lock_ttl, OptionNames(), time.time())
    lock = deploy_lock.read()
    releases = list(reversed(store.list_all()))
    dropped = _list_dropped(previous, live, options.migrations)
    rollback = {
        "release": previous.name if previous is not None else "",
        "migrations": dropped,
        "message": describe_rollback(previous, live, dropped),
    }
    return {
        "live": live.facts() if live is not None else None,
        "previous": previous.facts() if previous is not None else None,
        "releases": [release.facts() for release in releases],
        "rollback": rollback,
        "lock": {**lock.facts(), "expired": deploy_lock.is_expired(lock)} if lock is not None else None,
        "history": read_history(paths.history, options.history),
    }


def _list_dropped(previous: Release | None, live: Release | None, directory: str) -> list[str]:
    """Return the migrations that the live release has and the one before it does not know."""
    if previous is None or live is None or not directory:
        return []
    changes = DirectoryFiles(Path(live.path)).compare(DirectoryFiles(Path(previous.path)), directory)
    return changes["removed"]
