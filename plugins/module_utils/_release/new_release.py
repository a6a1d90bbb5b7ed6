# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""state=present with a repository: a release of the wanted revision, exported unless it is live already."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from .._system.framework import FRAMEWORKS
from .directory_files import DirectoryFiles
from .errors import ReleaseError
from .linked_paths import LinkedPaths
from .mirror_files import MirrorFiles
from .options import ReleaseOptions
from .release import BAD, Release
from .release_files import ReleaseFiles, UnknownFiles
from .result import make_result
from .revision_entry import RevisionEntry
from .revision_source import RevisionSource
from .state_present import PresentState
from .untrusted_directory import PARTIAL, UntrustedDirectory, owner_ids
from .virtualenv import Virtualenv


class NewRelease(PresentState):
    def prepare(self) -> dict[str, Any]:
        call = self.call
        live = self.store.find_live()
        if live is None and not self.options.make_first:
            return self._wait_for_revision()
        options = self.options
        if options.keep_live and live is not None:
            options = self._ask_for_live(live)
        source = RevisionSource(options, call.paths.mirror, call.users, call.check_mode, call.warnings)
        revision = options.revision or source.find_revision()
        if live is not None and revision and self._matches(live, revision):
            files = DirectoryFiles(Path(live.path))
            self.refuse_missing_files(files, live)
            return self.keep_live(replace(live, version=live.version or source.version), files)
        if call.check_mode:
            return self._predict(source, revision)
        return self._make(source, revision)

    def _ask_for_live(self, live: Release) -> ReleaseOptions:
        """Return the options with the live release's revision in the place of the version."""
        if not live.revision:
            self.call.warnings.append(
                f"The revision of the live release {live.name} is not known any more, so "
                f"{self.options.names.display('version')} is taken."
            )
        return replace(self.options, revision=live.revision, version=live.version or self.options.version)

    def _wait_for_revision(self) -> dict[str, Any]:
        """Return the result without a release: the caller first finds out what other servers have."""
        return make_result(
            self.store, self.lock, None, False, self.call.warnings, virtualenv=None, changes={}, disk=None
        )

    def _matches(self, live: Release, revision: str) -> bool:
        """Whether the live release is what is asked for: revision, links and built files."""
        files = DirectoryFiles(Path(live.path))
        return (
            live.revision == revision
            and live.state != BAD
            and not self.options.force
            and self.link_paths(files).match(Path(live.path), live.shared, live.links)
            and self.assets.match(self.app_files(files), live)
        )

    def _predict(self, source: RevisionSource, revision: str) -> dict[str, Any]:
        """Return the result of check mode, which nothing is written for but a temporary directory."""
        named_at = self.options.named_at or self.call.now
        release = replace(self.store.plan(revision, named_at), version=source.version)
        if source.has_commit(revision):
            release = replace(release, subject=source.objects.read_subject(revision))
            return self._predict_from(MirrorFiles(source.objects, revision), release)
        with source.fetch_temporarily(revision) as objects:
            files = MirrorFiles(objects, revision) if objects is not None else UnknownFiles()
            return self._predict_from(files, release)

    def _predict_from(self, files: ReleaseFiles, release: Release) -> dict[str, Any]:
        if files.known:
            self.refuse_missing_files(files, release)
            connection = self.frameworks.find(files).find_connection(self.app_files(files))
            release = replace(release, connection=connection)
        if isinstance(files, MirrorFiles):
            release = self.assets.plan(self.app_files(files), release, files.entries)
        return self.make_result(release, files, changed=True)

    def _make(self, source: RevisionSource, revision: str) -> dict[str, Any]:
        # Each call on a server compiles what it imports: only when there is something to do.
        from .app_directories import create_releases_directory

        create_releases_directory(self.call.paths, self.call.users.build)
        with self.call.exclusive():
            had_lock = self.take_lock() is not None
            try:
                revision = source.fetch(revision)
                live = self.store.find_live()
                # Only after the fetch is it known what an abbreviated commit stands for.
                is_live = live is not None and self._matches(live, revision)
                if live is not None and is_live:
                    release = live
                    if not had_lock:
                        self.lock.remove_own()
                else:
                    release = self._make_release(source, revision)
            except BaseException:
                if not had_lock:
                    self.lock.remove_own()
                raise
        files = DirectoryFiles(Path(release.path))
        if is_live:
            return self.keep_live(release, files)
        return self.make_result(release, files, changed=True)

    def _make_release(self, source: RevisionSource, revision: str) -> Release:
        # Each call on a server compiles what it imports: only when there is something to do.
        from .disk_check import check_disk

        named_at = self.options.named_at or self.call.clock()
        release = replace(
            self.store.plan(revision, named_at),
            version=source.version,
            subject=source.objects.read_subject(revision),
        )
        entries = self._list_entries(source, revision)
        files = MirrorFiles(source.objects, revision, entries)
        self.refuse_missing_files(files, release)
        virtualenv = self.virtualenvs.find(files, release)
        room = check_disk(self.options, self.call.paths.releases, entries, virtualenv, self.store.find_live())
        self.disk = room.facts
        if room.warning:
            self.call.warnings.append(room.warning)
        release = replace(release, virtualenv=virtualenv.path if virtualenv is not None else "")
        framework = self.frameworks.find(files)
        release = replace(
            release, framework=framework.name, connection=framework.find_connection(self.app_files(files))
        )
        linked = self.link_paths(files)
        release = self.assets.plan(self.app_files(files), linked.record_in(release), entries)
        self._write(source, release, entries, virtualenv, linked)
        if self.store.find_live() is None:
            self.committed_databases().tell(release, entries, linked)
        return release

    def _list_entries(self, source: RevisionSource, revision: str) -> list[RevisionEntry]:
        """Return what the revision holds; all of it is safe to be written."""
        from .revision_check import refuse_unsafe_entries

        try:
            entries = source.objects.list_entries(revision)
        except ReleaseError:
            source.mirror.clone(sha256=len(revision) == 64)
            entries = source.objects.list_entries(revision)
        refuse_unsafe_entries(entries, revision, source.remote.display)
        return entries

    def _write(
        self,
        source: RevisionSource,
        release: Release,
        entries: Sequence[RevisionEntry],
        virtualenv: Virtualenv | None,
        linked: LinkedPaths,
    ) -> None:
        """Write the release under a temporary name. It gets its own when it is complete and recorded."""
        releases_path = self.call.paths.releases
        partial = f"{PARTIAL}{release.name}-{os.getpid()}"
        with UntrustedDirectory(str(releases_path)) as releases:
            try:
                self._fill(source, release, entries, releases, partial)
                self.make_links(releases, partial, linked)
                self._make_static_directories(releases, partial, linked, release.framework)
                self.assets.place(release, releases_path / partial, self.store.find_live())
                self.store.save(release)
                self.record_in_lock(release, virtualenv)
                releases.rename(partial, release.name)
            except BaseException as error:
                from .pruning import Pruned, remove_directory

                remove_directory(releases_path / partial, Pruned())
                self.call.paths.record(release.name).unlink(missing_ok=True)
                if isinstance(error, OSError):
                    raise ReleaseError(
                        f"Release {release.name} could not be written below {releases_path}: {error}.",
                        reason="disk",
                        options=["path"],
                        hint="Free some space or correct the rights there, and run again.",
                    ) from error
                raise

    def _fill(
        self,
        source: RevisionSource,
        release: Release,
        entries: Sequence[RevisionEntry],
        releases: UntrustedDirectory,
        name: str,
    ) -> None:
        """Write everything of the release to the directory ``name``, which is below ``releases``."""
        from .revision_export import export_revision
        from .submodules import export_submodules

        mirror, revision, build = source.mirror, release.revision, self.call.users.build
        target = self.call.paths.releases / name
        releases.remove_tree(name)
        releases.make_directory(name, 0o755, *owner_ids(build))
        try:
            export_revision(source.git, mirror.path, revision, target)
        except ReleaseError as error:
            if error.reason == "disk":
                raise
            # The mirror has the commit but not all of its files: it was damaged.
            mirror.clone(sha256=len(revision) == 64)
            export_revision(source.git, mirror.path, revision, target)
        export_submodules(mirror, revision, entries, releases, name)
        if releases.status(f"{name}/REVISION") is None:
            releases.create(f"{name}/REVISION", f"{revision}\n".encode(), 0o644, build)

    def _make_static_directories(
        self, releases: UntrustedDirectory, name: str, linked: LinkedPaths, framework: str
    ) -> None:
        """Make the directories that the app user collects static files in; what the revision has goes."""
        if not FRAMEWORKS[framework].collects:
            return
        for path in self.options.static:
            inside = linked.place(posixpath.normpath(path))
            if any(inside == shared or inside.startswith(f"{shared}/") for shared in linked.shared_names):
                continue
            releases.make_parents(f"{name}/{inside}", self.call.users.build)
            releases.remove_tree(f"{name}/{inside}")
            releases.make_directory(f"{name}/{inside}", 0o755, *owner_ids(self.call.users.app))
