# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The releases of an app on disk: what there is, what is live, and what a rollback reaches."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from .._system.directory import Directory
from .._system.symlink import replace_symlink
from .activation_order import complete_activation_order, read_activation_order
from .app_paths import AppPaths
from .commit_name import is_commit
from .history import read_history, read_results
from .json_file import read_json, write_json
from .release import BAD, GOOD, UNFINISHED, Release
from .release_name import is_release_name, make_release_name, read_time


class ReleaseStore:
    def __init__(self, paths: AppPaths) -> None:
        self.paths = paths

    def find(self, name: str) -> Release | None:
        """Return the release of that name; None if there is none."""
        path = self.paths.releases / name
        if not is_release_name(name) or path.is_symlink() or not path.is_dir():
            return None
        return self._read(name, None)

    def list_all(self) -> list[Release]:
        """Return every complete release, oldest first."""
        try:
            with os.scandir(self.paths.releases) as entries:
                names = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
        except OSError:
            return []
        results = read_results(read_history(self.paths.history))
        return [self._read(name, results) for name in names if is_release_name(name)]

    def _read(self, name: str, results: dict[str, str] | None) -> Release:
        path = self.paths.releases / name
        record = read_json(self.paths.record(name))
        state = record.get("state")
        if state not in (GOOD, BAD, UNFINISHED):
            # The record is lost: the history still has how the deploy ended.
            known = read_results(read_history(self.paths.history)) if results is None else results
            state = {"ok": GOOD, "failed": BAD}.get(known.get(name, ""), UNFINISHED)
        live_at = record.get("live_at")
        revision = _read_text(record, "revision")
        return Release(
            name=name,
            path=str(path),
            revision=revision if is_commit(revision) else _read_revision_file(path),
            version=_read_text(record, "version"),
            time=read_time(name),
            state=state,
            framework=_read_text(record, "framework"),
            connection=_read_text(record, "connection"),
            virtualenv=_read_text(record, "virtualenv"),
            assets=_read_text(record, "assets"),
            shared=_read_texts(record, "shared"),
            links=_read_texts(record, "links"),
            live_at=float(live_at) if isinstance(live_at, (int, float)) and not math.isnan(live_at) else 0.0,
            reason=_read_text(record, "reason"),
            subject=_read_text(record, "subject"),
        )

    def save(self, release: Release) -> None:
        """Write the record of a release."""
        write_json(self.paths.record(release.name), release.record())

    def plan(self, revision: str, now: float) -> Release:
        """Return a release that is not on disk yet, with a name later than that of the others."""
        name = make_release_name(revision, now, (release.name for release in self.list_all()))
        return Release(name, str(self.paths.releases / name), revision=revision, time=read_time(name))

    def find_linked(self, link: Path) -> Release | None:
        """Return the release that a link leads to."""
        if not link.is_symlink():
            return None
        target = Path(os.path.realpath(link))
        releases = Path(os.path.realpath(self.paths.releases))
        return self.find(target.name) if target.parent == releases else None

    def find_live(self) -> Release | None:
        """Return what serves: the link of the web server goes before the one that is made for people."""
        return self.find_linked(self.paths.live_link) or self.find_linked(self.paths.current)

    def list_linked(self) -> set[str]:
        """Return the names of the releases that the two links lead to."""
        found = map(self.find_linked, (self.paths.live_link, self.paths.current))
        return {release.name for release in found if release is not None}

    def find_previous(self, live: Release | None) -> Release | None:
        """Return the last good release before the live one, in the order in which they went live."""
        order = self.activation_order()
        before = order[: order.index(live.name)] if live is not None and live.name in order else order
        for name in reversed(before):
            release = self.find(name)
            if release is not None and release.state == GOOD and (live is None or name != live.name):
                return release
        return None

    def activation_order(self) -> list[str]:
        """Return the names of releases in the order in which they went live."""
        return complete_activation_order(read_history(self.paths.history), self.list_all())

    def is_last_in_history(self, release: Release) -> bool:
        """Whether the history ends with this release going live."""
        return read_activation_order(read_history(self.paths.history))[-1:] == [release.name]

    def read_pending_migrations(self) -> list[str]:
        """Return the migrations that a restored database does not know yet."""
        return list(_read_texts(read_json(self.paths.pending_migrations), "migrations"))

    def save_pending_migrations(self, names: Sequence[str]) -> None:
        if names:
            write_json(self.paths.pending_migrations, {"migrations": list(names)})
        else:
            self.paths.pending_migrations.unlink(missing_ok=True)

    def make_current(self, release: Release, virtualenv: str, now: float) -> Release:
        """Point ``current`` at the release and record that it is good and live."""
        replace_symlink(self.paths.current, f"releases/{release.name}")
        live = replace(
            release,
            state=GOOD,
            live_at=now,
            reason="",
            virtualenv=virtualenv or release.virtualenv,
        )
        self.save(live)
        return live


def _read_revision_file(release: Path) -> str:
    try:
        with Directory(str(release)) as directory:
            revision = directory.read("REVISION", 80).decode("utf-8", "replace").strip()
    except OSError:
        return ""
    return revision if is_commit(revision) else ""


def _read_text(record: dict[str, Any], key: str) -> str:
    value = record.get(key)
    return value if isinstance(value, str) else ""


def _read_texts(record: dict[str, Any], key: str) -> tuple[str, ...]:
    value = record.get(key)
    return tuple(str(item) for item in value) if isinstance(value, list) else ()
