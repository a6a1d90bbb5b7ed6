# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Removes what need not be kept: all but what serves, what a rollback needs, and the number to keep."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from .._system.complete_directory import COMPLETE
from .app_paths import AppPaths
from .asset_key import is_asset_key
from .release import BAD, GOOD, Release
from .release_name import is_release_name
from .release_store import ReleaseStore
from .untrusted_directory import PARTIAL, TRASH, UntrustedDirectory
from .virtualenv_key import is_virtualenv_key


@dataclass
class Pruned:
    """What was removed, and a sentence for each thing that could not be removed."""

    releases: list[str] = field(default_factory=list)
    virtualenvs: list[str] = field(default_factory=list)
    assets: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def facts(self) -> dict[str, list[str]]:
        return {"releases": self.releases, "virtualenvs": self.virtualenvs, "assets": self.assets}


def list_protected(store: ReleaseStore, prepared: str) -> set[str]:
    """Return what is never removed: what a link leads to, the release before it, and what is prepared."""
    linked = store.list_linked()
    names = {*linked, prepared} if prepared else set(linked)
    for release in [store.find(name) for name in linked] or [None]:
        previous = store.find_previous(release)
        if previous is not None:
            names.add(previous.name)
    return names


def list_superfluous(store: ReleaseStore, keep: int | None, prepared: str = "") -> list[Release]:
    """Return the releases to remove. Without ``keep`` these are only some that never became good."""
    releases = store.list_all()
    protected = list_protected(store, prepared)
    order = store.activation_order()
    live = store.find_live()
    found: list[Release] = []
    if keep is not None:
        good = [release for release in releases if release.state == GOOD]
        good.sort(
            key=lambda release: (
                live is not None and release.name == live.name,
                release.live_at,
                order.index(release.name) if release.name in order else -1,
                release.name,
            ),
            reverse=True,
        )
        found += good[keep:]
    bad = [release for release in releases if release.state == BAD]
    found += bad[:-1]
    found += [release for release in releases if release.state not in (GOOD, BAD)]
    return [release for release in found if release.name not in protected]


def remove_directory(path: Path, pruned: Pruned) -> bool:
    """Remove a directory that another user may be changing at this moment; returns whether it succeeded."""
    try:
        with UntrustedDirectory(str(path.parent)) as parent:
            parent.remove_tree(path.name)
    except (OSError, RecursionError) as error:
        pruned.warnings.append(f"{path} could not be removed: {error}.")
        return False
    return True


def prune_releases(store: ReleaseStore, keep: int | None, prepared: str, pruned: Pruned) -> None:
    """Remove the releases that need not be kept, with their records."""
    for release in list_superfluous(store, keep, prepared):
        if remove_directory(Path(release.path), pruned):
            store.paths.record(release.name).unlink(missing_ok=True)
            pruned.releases.append(release.name)
    _remove_stale_records(store.paths)


def _remove_stale_records(paths: AppPaths) -> None:
    """Remove records without a release, and temporary files of writers that were killed."""
    for entry in _list_names(paths.records):
        name, _dot, extension = entry.rpartition(".")
        is_stale = extension == "json" and is_release_name(name) and not (paths.releases / name).exists()
        if is_stale or (entry.startswith(".") and entry.endswith(".tmp")):
            (paths.records / entry).unlink(missing_ok=True)


def remove_leftovers(paths: AppPaths, virtualenvs: Path | None = None) -> None:
    """Remove what an interrupted call left incomplete or did not finish to remove."""
    pruned = Pruned()
    for directory in (paths.path, paths.releases, virtualenvs):
        for entry in _list_names(directory):
            if entry.startswith((PARTIAL, TRASH)) and directory is not None:
                remove_directory(directory / entry, pruned)


def prune_virtualenvs(store: ReleaseStore, virtualenvs: Path, used: Iterable[str], pruned: Pruned) -> None:
    """Remove the virtualenvs that no release uses; none while that of a good release is not known."""
    releases = store.list_all()
    if any(not release.virtualenv for release in releases if release.state == GOOD):
        return
    needed = {release.virtualenv for release in releases} | set(used)
    try:
        with UntrustedDirectory(str(virtualenvs)) as directory:
            own = [
                entry
                for entry in directory.names()
                if not entry.startswith(".")
                and directory.is_directory(entry)
                and (is_virtualenv_key(entry) or directory.is_file(f"{entry}/{COMPLETE}"))
            ]
    except OSError:
        return
    for entry in own:
        path = virtualenvs / entry
        if str(path) not in needed and remove_directory(path, pruned):
            pruned.virtualenvs.append(str(path))


def prune_assets(store: ReleaseStore, assets: Path, pruned: Pruned) -> None:
    """Remove the results of builds that no release has."""
    needed = {release.assets for release in store.list_all()}
    for entry in _list_names(assets):
        if is_asset_key(entry) and entry not in needed and remove_directory(assets / entry, pruned):
            pruned.assets.append(str(assets / entry))


def _list_names(directory: Path | None) -> list[str]:
    if directory is None:
        return []
    try:
        return sorted(os.listdir(directory))
    except OSError:
        return []
