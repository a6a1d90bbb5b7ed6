# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""state=present: a release of the wanted revision, whole, on disk and not yet live."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible_collections.masonite.deploy.plugins.module_utils._release_context import Context, diff
from ansible_collections.masonite.deploy.plugins.module_utils._release_errors import ReleaseError
from ansible_collections.masonite.deploy.plugins.module_utils._release_files import mutex
from ansible_collections.masonite.deploy.plugins.module_utils._release_placed import Placed
from ansible_collections.masonite.deploy.plugins.module_utils._release_source import Source
from ansible_collections.masonite.deploy.plugins.module_utils._release_store import BAD, GOOD, Release
from ansible_collections.masonite.deploy.plugins.module_utils._release_tree import (
    Files,
    GitFiles,
    NoFiles,
    TreeFiles,
)

if TYPE_CHECKING:
    from ansible_collections.masonite.deploy.plugins.module_utils._release_make import Maker


class Present:
    def __init__(self, context: Context) -> None:
        self.context = context
        self.store = context.store
        self.lock = context.lock
        links = context.params.get("links") or {}
        self.placed = Placed.parse(context.items("shared"), links, context.names)
        self.figures: dict[str, Any] | None = None

    def run(self) -> dict[str, Any]:
        context = self.context
        if context.check_mode:
            foreign = self.lock.foreign()
            if foreign is not None and not context.flag("break_lock"):
                context.warnings.append(self.lock.refuse(foreign).message)
        else:
            context.parties.check_owner(self.store.path, self.store.state)
            self.lock.check(context.flag("break_lock"), context.text("takeover"))
            prepared = self._prepared()
            if prepared is not None:
                return self._result(prepared, TreeFiles(Path(prepared.path)), changed=False)
        if context.text("release"):
            return self._existing(self._chosen())
        return self._revision()

    def _request(self) -> str:
        """What was asked for: asked again within a run it is the same release, whatever was pushed since."""
        options = ("repository", "version", "release", "shared", "links", "force")
        asked = json.dumps([self.context.params.get(option) for option in options], default=str)
        return hashlib.sha256(asked.encode()).hexdigest()

    def _prepared(self) -> Release | None:
        lock = self.lock.mine()
        if lock is None or not lock.release or lock.request != self._request():
            return None
        release = self.store.get(lock.release)
        if release is None or release.state == BAD:
            return None
        self.lock.write(replace(lock, renewed=self.context.now))
        return release

    # An existing release

    def _chosen(self) -> Release:
        names = self.context.names
        wanted = self.context.text("release")
        if wanted == "previous":
            previous = self.store.previous(self.store.live())
            if previous is None:
                raise ReleaseError(
                    f"There is no good release before the live one to go back to. {self._known()}",
                    hint=f"Name one in {names('release')}, or deploy an older {names('version')}.",
                    reason="no_previous",
                )
            return previous
        release = self.store.get(wanted)
        if release is None:
            raise ReleaseError(
                f"There is no release {wanted} ({names('release')}) in {self.store.releases}. "
                f"{self._known()}",
                hint=f"Name one of these, or deploy its revision by {names('version')}.",
                reason="unknown_release",
            )
        live = self.store.live()
        is_live = live is not None and live.name == release.name
        if release.state != GOOD and not is_live and not self.context.flag("force"):
            why = f": {release.reason}" if release.reason else ""
            raise ReleaseError(
                f"Release {wanted} ({names('release')}) is {release.state}{why}. {self._known()}",
                hint=f"Choose a good one; {names('force')}=true takes it all the same.",
                reason="release_not_good",
            )
        return release

    def _known(self) -> str:
        releases = [f"{release.name} ({release.state})" for release in reversed(self.store.all())]
        return f"Releases here: {', '.join(releases)}." if releases else "There are no releases here."

    def _existing(self, release: Release) -> dict[str, Any]:
        files = TreeFiles(Path(release.path))
        self._require(files, release)
        live = self.store.live()
        if live is not None and live.name == release.name and not self.context.flag("force"):
            return self._live(release, files)
        if self.context.check_mode:
            return self._result(release, files, changed=True)
        with mutex(self.context.mutex, self.context.patience):
            self._lock()
            release = self._maker().link(release)
            virtualenv = self.context.virtualenv(files.read, release)
            self._hold(release, virtualenv)
        return self._result(release, files, changed=True)

    # A revision

    def _revision(self) -> dict[str, Any]:
        source = Source(self.context)
        revision = source.resolve()
        live = self.store.live()
        if live is not None and revision and self._fits(live, revision):
            files = TreeFiles(Path(live.path))
            self._require(files, live)
            return self._live(replace(live, version=live.version or source.version), files)
        if self.context.check_mode:
            release = replace(self.store.new(revision, self.context.now), version=source.version)
            if source.mirrored(revision):
                return self._predicted(GitFiles(source.mirror, revision), release)
            with source.peek(revision) as files_of:
                return self._predicted(files_of, release)
        self.store.prepare_releases(self.context.parties.build)
        with mutex(self.context.mutex, self.context.patience):
            had_lock = self._lock() is not None
            try:
                revision = source.obtain(revision)
                live = self.store.live()
                if live is not None and self._fits(live, revision):
                    # Only the fetched commits could tell what an abbreviated one stands for.
                    release = live
                    if not had_lock:
                        self.lock.release()
                else:
                    release, live = self._make(source, revision), None
            except BaseException:
                if not had_lock:
                    self.lock.release()
                raise
        files = TreeFiles(Path(release.path))
        return self._live(release, files) if live is not None else self._result(release, files, changed=True)

    def _predicted(self, files: Files, release: Release) -> dict[str, Any]:
        if files.known:
            self._require(files, release)
        return self._result(release, files, changed=True)

    def _fits(self, live: Release, revision: str) -> bool:
        """The live release is what was asked for: revision and links."""
        return (
            live.revision == revision
            and live.state != BAD
            and not self.context.flag("force")
            and self.placed.fits(Path(live.path), live.shared, live.links)
        )

    def _make(self, source: Source, revision: str) -> Release:
        release = replace(self.store.new(revision, self.context.clock()), version=source.version)
        maker = self._maker()
        entries = maker.entries(source, revision)
        wanted = GitFiles(source.mirror, revision, entries)
        self._require(wanted, release)
        virtualenv = self.context.virtualenv(wanted.read, release)
        maker.measure(entries, virtualenv)
        self.figures = maker.figures
        release = replace(release, virtualenv=virtualenv["path"] if virtualenv else "")
        return maker.make(source, release, entries, lambda made: self._hold(made, virtualenv))

    def _maker(self) -> Maker:
        # Python compiles what it imports anew in each call on a server: only when there is something to do.
        from ansible_collections.masonite.deploy.plugins.module_utils._release_make import Maker

        return Maker(self.context, self.placed)

    def _require(self, files: Files, release: Release) -> None:
        missing = [name for name in self.context.items("required") if not files.has(name)]
        if missing:
            names = self.context.names
            raise ReleaseError(
                f"Revision {release.revision[:12]} ({names('version')}: {release.version or 'HEAD'}) "
                f"has no {', '.join(missing)}, which {names('required')} names.",
                hint=f"Add what is missing to the repository, or correct {names('required')}.",
                reason="missing_files",
                missing=missing,
            )

    # Locks and results

    def _lock(self) -> Any:
        """Take the lock, then clear what earlier calls left behind; returns the lock held before."""
        before = self.lock.mine()
        self.lock.acquire(self.context.flag("break_lock"), self.context.text("takeover"))
        self._maker().clear()
        return before

    def _hold(self, release: Release, virtualenv: dict[str, Any] | None) -> None:
        self.lock.acquire(
            release=release.name, virtualenv=virtualenv["path"] if virtualenv else "", request=self._request()
        )

    def _live(self, release: Release, files: TreeFiles) -> dict[str, Any]:
        """The live release is the answer; only what is still to be done for it is a reason to lock."""
        virtualenv = self.context.virtualenv(files.read, release)
        unfinished = release.state != GOOD or (virtualenv is not None and not virtualenv["ready"])
        abandoned = self.lock.read() is not None and self.lock.mine() is None
        if (unfinished or abandoned) and not self.context.check_mode:
            with mutex(self.context.mutex, self.context.patience):
                self._lock()
                if unfinished:
                    self._hold(release, virtualenv)
                else:
                    self.lock.release()
        return self._result(release, files, changed=False)

    def _result(self, release: Release, files: Files, changed: bool) -> dict[str, Any]:
        context = self.context
        live = self.store.live()
        before: Files = TreeFiles(Path(live.path)) if live is not None else NoFiles()
        more: dict[str, Any] = {
            "virtualenv": context.virtualenv(files.read if files.known else None, release),
            "changes": {folder: before.changes(files, folder) for folder in context.items("compare")},
            "disk": self.figures,
        }
        if changed:
            more["diff"] = diff(self.store.path, live, release)
        return context.result(release, changed, **more)
