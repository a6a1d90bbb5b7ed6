# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""state=present: a complete release on disk, not live yet; what both ways to it have in common."""

from __future__ import annotations

import hashlib
import json
import posixpath
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .._system.framework import expand_shared
from .app_files import AppFiles
from .app_module import refuse_missing_module
from .assets import AssetFinder
from .directory_files import DirectoryFiles
from .errors import ReleaseError
from .framework_facts import FrameworkFinder
from .git_requirements import GitRequirement
from .linked_paths import LinkedPaths
from .lock_record import LockRecord
from .module_call import ModuleCall
from .release import BAD, GOOD, Release
from .release_files import ReleaseFiles, UnknownFiles
from .result import make_diff, make_result
from .untrusted_directory import UntrustedDirectory
from .virtualenv import Virtualenv, VirtualenvFinder

if TYPE_CHECKING:
    from .committed_databases import CommittedDatabases


class PresentState(ABC):
    def __init__(self, call: ModuleCall) -> None:
        self.call = call
        self.options = call.options
        self.store = call.store
        self.lock = call.lock
        self.frameworks = FrameworkFinder(self.options)
        self.virtualenvs = VirtualenvFinder(self.options, call.users, self.frameworks)
        self.assets = AssetFinder(self.options, call.users)
        self.disk: dict[str, Any] | None = None
        self.dependencies: tuple[GitRequirement, ...] = ()
        """Repositories that the build of the virtualenv, which is not there yet, will ask for."""
        self.link_paths(UnknownFiles())  # refuses wrong paths before anything is asked for

    @abstractmethod
    def prepare(self) -> dict[str, Any]:
        """Prepare the release and return the result."""

    def run(self) -> dict[str, Any]:
        options = self.options
        ssh_changed = False
        if self.call.check_mode:
            foreign = self.lock.read_foreign()
            if foreign is not None and not options.break_lock:
                self.call.warnings.append(self.lock.locked_error(foreign).message)
        else:
            self.call.users.refuse_foreign_owner(self.call.paths.path, self.call.paths.records)
            self.lock.refuse_foreign(options.break_lock, options.takeover)
            ssh_changed = self._write_ssh_files()
            prepared = self._find_prepared()
            if prepared is not None:
                return self.make_result(prepared, DirectoryFiles(Path(prepared.path)), changed=ssh_changed)
        result = self.prepare()
        result["changed"] = result["changed"] or ssh_changed
        return result

    def _write_ssh_files(self) -> bool:
        if self.options.ssh_files is None:
            return False
        # Each call on a server compiles what it imports: only when there is something to do.
        from .ssh_file_writer import write_ssh_files

        return write_ssh_files(self.options.ssh_files, self.call.users.build)

    def _hash_request(self) -> str:
        """Return a hash of what is asked for, for `_find_prepared`."""
        options = self.options
        request = [
            options.repository,
            options.version,
            options.revision,
            options.keep_live,
            options.release,
            options.framework,
            options.shared,
            options.links,
            options.directory,
            options.force,
            options.build,
            options.node_version,
            options.build_environment,
        ]
        return hashlib.sha256(json.dumps(request).encode()).hexdigest()

    def _find_prepared(self) -> Release | None:
        """Return what this run has prepared for the same request, whatever was pushed since."""
        lock = self.lock.read_own()
        if lock is None or not lock.release or lock.request != self._hash_request():
            return None
        release = self.store.find(lock.release)
        if release is None or release.state == BAD:
            return None
        self.lock.renew(lock)
        return release

    def app_files(self, files: ReleaseFiles) -> AppFiles:
        """Return the files of the app, which may be in a directory of the revision."""
        return AppFiles(files, self.options.directory)

    def refuse_missing_files(self, files: ReleaseFiles, release: Release) -> None:
        """Refuse a revision that lacks its directory, its module or one of the required files."""
        options, display = self.options, self.options.names.display
        framework = self.frameworks.find(files)
        refuse_missing_module(files, options, release, framework.name, framework.module)
        app_files = self.app_files(files)
        missing = [name for name in options.required if not app_files.has(name)]
        if missing:
            raise ReleaseError(
                f"Revision {release.revision[:12]} ({display('version')}: {release.version or 'HEAD'}) "
                f"has no {', '.join(missing)}, which {display('required')} names.",
                reason="missing_files",
                options=["required", "version"],
                hint=f"Add what is missing to the repository, or correct {display('required')}.",
                missing=missing,
            )

    def take_lock(self, keep: str = "") -> LockRecord | None:
        """Lock the app and remove what earlier calls left behind, but for the release with the name ``keep``.

        Returns the lock of this run before.
        """
        before = self.lock.read_own()
        self.lock.acquire(self.options.break_lock, self.options.takeover)
        self._clean_up(keep)
        return before

    def _clean_up(self, keep: str) -> None:
        # Each call on a server compiles what it imports: only when there is something to do.
        from .pruning import Pruned, prune_releases, remove_leftovers

        virtualenvs = self.options.virtualenvs
        remove_leftovers(self.call.paths, Path(virtualenvs) if virtualenvs else None)
        pruned = Pruned()
        prune_releases(self.store, None, keep, pruned)
        self.call.warnings += pruned.warnings

    def link_paths(self, files: ReleaseFiles) -> LinkedPaths:
        """Return what is a link in a release with these files."""
        shared = expand_shared(self.options.shared, self.frameworks.find(files).name)
        return LinkedPaths.parse(shared, self.options.links, self.options.names, self.options.directory)

    def make_links(self, releases: UntrustedDirectory, name: str, linked: LinkedPaths) -> None:
        """Make the links of the release ``name``, which is below ``releases``."""
        # Each call on a server compiles what it imports: only when there is something to do.
        from .release_linker import ReleaseLinker

        place = posixpath.join(name, self.options.directory).rstrip("/")
        linker = ReleaseLinker(releases, place, self.call.paths.shared, self.call.users, self.options.names)
        linker.make_links(linked)
        self.call.warnings += linker.warnings
        if self.options.web_group and self.options.static:
            from .static_access import open_shared_paths

            open_shared_paths(self.options, self.call.paths.shared, linked, self.call.users.app)

    def record_in_lock(self, release: Release, virtualenv: Virtualenv | None) -> None:
        """Write into the lock what this run is preparing."""
        self.lock.acquire(
            release=release.name,
            virtualenv=virtualenv.path if virtualenv is not None else "",
            request=self._hash_request(),
        )

    def keep_live(self, release: Release, files: ReleaseFiles) -> dict[str, Any]:
        """Return the live release as the result, and lock the app only if there is still something to do."""
        virtualenv = self.virtualenvs.find(files, release)
        assets = self.assets.find(self.app_files(files), release, None)
        is_unfinished = (
            release.state != GOOD
            or (virtualenv is not None and not virtualenv.ready)
            or (assets is not None and not assets.ready)
            or bool(self.store.read_pending_migrations())
        )
        is_abandoned = self.lock.read() is not None and self.lock.read_own() is None
        if (is_unfinished or is_abandoned) and not self.call.check_mode:
            with self.call.exclusive():
                self.take_lock()
                if is_unfinished:
                    self.record_in_lock(release, virtualenv)
                else:
                    self.lock.remove_own()
        return self._make_result(release, files, changed=False, virtualenv=virtualenv)

    def committed_databases(self) -> CommittedDatabases:
        # Each call on a server compiles what it imports: only when there is something to do.
        from .committed_databases import CommittedDatabases

        call = self.call
        return CommittedDatabases(self.options, call.paths, call.users, call.warnings)

    def make_result(self, release: Release, files: ReleaseFiles, changed: bool) -> dict[str, Any]:
        return self._make_result(release, files, changed, self.virtualenvs.find(files, release))

    def _make_result(
        self, release: Release, files: ReleaseFiles, changed: bool, virtualenv: Virtualenv | None
    ) -> dict[str, Any]:
        live = self.store.find_live()
        if virtualenv is not None and not virtualenv.ready and not self.call.check_mode:
            self.dependencies = virtualenv.git
        taken = False
        if self.options.database_from_repository and not self.call.check_mode:
            taken = self.committed_databases().take(release)
        assets = self.assets.find(self.app_files(files), release, live)
        more: dict[str, Any] = {
            "database_taken": taken,
            "virtualenv": virtualenv.facts() if virtualenv is not None else None,
            "framework": self.frameworks.find(files).facts(self.app_files(files), release.connection),
            "assets": assets.facts() if assets is not None else None,
            "changes": self._compare(files, live),
            "disk": self.disk,
            "pending_migrations": self.store.read_pending_migrations(),
        }
        if changed:
            more["diff"] = make_diff(self.call.paths.path, live, release)
        return make_result(self.store, self.lock, release, changed, self.call.warnings, **more)

    def _compare(self, files: ReleaseFiles, live: Release | None) -> dict[str, dict[str, list[str]]]:
        """Return what the release adds to each directory of the option compare, and removes from it."""
        before: ReleaseFiles = DirectoryFiles(Path(live.path)) if live is not None else UnknownFiles()
        earlier, later = self.app_files(before), self.app_files(files)
        return {name: earlier.compare(later, name) for name in self.options.compare}
