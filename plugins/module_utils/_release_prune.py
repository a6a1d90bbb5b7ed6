# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may go: everything but what serves, what a rollback needs, and what was asked to be kept."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.masonite.deploy.plugins.module_utils._release_folder import PARTIAL, TRASH, Folder
from ansible_collections.masonite.deploy.plugins.module_utils._release_store import (
    BAD,
    GOOD,
    NAME,
    Release,
    Store,
)
from ansible_collections.masonite.deploy.plugins.module_utils._release_virtualenv import KEY, MARKER


@dataclass
class Pruned:
    releases: list[str] = field(default_factory=list)
    virtualenvs: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def facts(self) -> dict[str, list[str]]:
        return {"releases": self.releases, "virtualenvs": self.virtualenvs}


def protected(store: Store, prepared: str) -> set[str]:
    """What no pruning touches: what a link leads to, the way back from it, and what is being prepared."""
    names = store.linked()
    if prepared:
        names.add(prepared)
    for release in [store.get(name) for name in store.linked()] or [None]:
        previous = store.previous(release)
        if previous is not None:
            names.add(previous.name)
    return names


def superfluous(store: Store, keep: int | None, prepared: str = "") -> list[Release]:
    """The releases to remove; with `keep` None only what never became good."""
    releases = store.all()
    safe = protected(store, prepared)
    line = store.succession()
    live = store.live()
    gone: list[Release] = []
    if keep is not None:
        good = [release for release in releases if release.state == GOOD]
        good.sort(
            key=lambda release: (
                live is not None and release.name == live.name,
                release.live_at,
                line.index(release.name) if release.name in line else -1,
                release.name,
            ),
            reverse=True,
        )
        gone += good[keep:]
    bad = [release for release in releases if release.state == BAD]
    gone += bad[:-1]
    gone += [release for release in releases if release.state not in (GOOD, BAD)]
    return [release for release in gone if release.name not in safe]


def discard(path: Path, pruned: Pruned) -> bool:
    """Remove a directory that a lesser user may be changing at this moment."""
    try:
        with Folder(str(path.parent)) as parent:
            parent.discard(path.name)
    except (OSError, RecursionError) as error:
        pruned.warnings.append(f"{path} could not be removed: {error}.")
        return False
    return True


def prune(store: Store, keep: int | None, prepared: str, pruned: Pruned) -> None:
    for release in superfluous(store, keep, prepared):
        if discard(Path(release.path), pruned):
            (store.state / f"{release.name}.json").unlink(missing_ok=True)
            pruned.releases.append(release.name)
    _forget(store)


def _forget(store: Store) -> None:
    """Records without a release, and temporary files of writers that were killed."""
    for entry in _names(store.state):
        name, _dot, extension = entry.rpartition(".")
        stale = extension == "json" and NAME.match(name) and not (store.releases / name).exists()
        if stale or (entry.startswith(".") and entry.endswith(".tmp")):
            (store.state / entry).unlink(missing_ok=True)


def leftovers(store: Store, virtualenvs: Path | None = None) -> None:
    """Remove what an interrupted call left half-made or half-removed."""
    pruned = Pruned()
    for directory in (store.path, store.releases, virtualenvs):
        for entry in _names(directory):
            if entry.startswith((PARTIAL, TRASH)) and directory is not None:
                discard(directory / entry, pruned)


def prune_virtualenvs(store: Store, virtualenvs: Path, used: Iterable[str], pruned: Pruned) -> None:
    """Remove the virtualenvs no release uses; with one release's unknown, none is known to be unused."""
    releases = store.all()
    if any(not release.virtualenv for release in releases if release.state == GOOD):
        return
    needed = {release.virtualenv for release in releases} | set(used)
    try:
        with Folder(str(virtualenvs)) as folder:
            ours = [
                entry
                for entry in folder.names()
                if not entry.startswith(".")
                and folder.is_directory(entry)
                and (KEY.match(entry) is not None or folder.is_file(f"{entry}/{MARKER}"))
            ]
    except OSError:
        return
    for entry in ours:
        directory = virtualenvs / entry
        if str(directory) not in needed and discard(directory, pruned):
            pruned.virtualenvs.append(str(directory))


def _names(directory: Path | None) -> list[str]:
    if directory is None:
        return []
    try:
        return sorted(os.listdir(directory))
    except OSError:
        return []
