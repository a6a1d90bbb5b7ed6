# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""state=present with a release that is on disk already: a rollback, for example."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .commit_name import is_commit, may_be_commit
from .directory_files import DirectoryFiles
from .errors import ReleaseError
from .linked_paths import LinkedPaths
from .release import GOOD, Release
from .state_present import PresentState
from .untrusted_directory import UntrustedDirectory

# The value of the option release that means the last good release before the live one.
PREVIOUS = "previous"


class ExistingRelease(PresentState):
    def prepare(self) -> dict[str, Any]:
        release = self._choose()
        files = DirectoryFiles(Path(release.path))
        self.refuse_missing_files(files, release)
        if self._is_live(release) and not self.options.force:
            return self.keep_live(release, files)
        if not self.call.check_mode:
            with self.call.exclusive():
                self.take_lock(release.name)
                release = self._link(release, self.link_paths(files))
                self.assets.place_former(release, self.store.find_live())
                self.record_in_lock(release, self.virtualenvs.find(files, release))
        return self.make_result(release, files, changed=True)

    def _is_live(self, release: Release) -> bool:
        live = self.store.find_live()
        return live is not None and live.name == release.name

    def _choose(self) -> Release:
        wanted, display = self.options.release, self.options.names.display
        if wanted == PREVIOUS:
            previous = self.store.find_previous(self.store.find_live())
            if previous is None:
                raise ReleaseError(
                    f"There is no good release before the live one to go back to. {self._list_known()}",
                    reason="no_previous",
                    options=["release"],
                    hint=f"Name one in {display('release')}, or deploy an older {display('version')}.",
                )
            return previous
        release = self.store.find(wanted) or self._find_by_revision(wanted)
        if release is None:
            raise ReleaseError(
                f"There is no release {wanted} ({display('release')}) in {self.call.paths.releases}, and "
                f"none of such a revision or tag. {self._list_known()}",
                reason="unknown_release",
                options=["release"],
                hint=f"Name one of these, or deploy its revision by {display('version')}.",
            )
        if release.state != GOOD and not self._is_live(release) and not self.options.force:
            why = f": {release.reason}" if release.reason else ""
            raise ReleaseError(
                f"Release {wanted} ({display('release')}) is {release.state}{why}. {self._list_known()}",
                reason="release_not_good",
                options=["release", "force"],
                hint=f"Choose a good one; {display('force')}=true takes it all the same.",
            )
        return release

    def _find_by_revision(self, wanted: str) -> Release | None:
        """Return the newest release of a commit, abbreviated or not, or of a tag or branch that was deployed.

        A release that can be taken goes before one that cannot.
        """
        commit = wanted.lower() if may_be_commit(wanted) or is_commit(wanted) else None
        found = [
            release
            for release in self.store.list_all()
            if (commit and release.revision.startswith(commit)) or release.version == wanted
        ]
        revisions = list(dict.fromkeys(release.revision for release in found))
        if len(revisions) > 1:
            display = self.options.names.display
            known = ", ".join(_describe(release) for release in reversed(found))
            raise ReleaseError(
                f"{wanted} ({display('release')}) was deployed with {len(revisions)} revisions: {known}.",
                reason="ambiguous_release",
                options=["release"],
                hint="Name one of these releases, or more of its digits.",
            )
        takable = [release for release in found if release.state == GOOD or self._is_live(release)]
        return next(reversed(takable or found), None)

    def _list_known(self) -> str:
        releases = [_describe(release) for release in reversed(self.store.list_all())]
        return f"Releases here: {', '.join(releases)}." if releases else "There are no releases here."

    def _link(self, release: Release, linked: LinkedPaths) -> Release:
        """Give the release the links that a new one would get."""
        with UntrustedDirectory(str(self.call.paths.releases)) as releases:
            self.make_links(releases, release.name, linked)
        recorded = linked.record_in(release)
        self.store.save(recorded)
        return recorded


def _describe(release: Release) -> str:
    subject = f', "{release.subject}"' if release.subject else ""
    return f"{release.name} ({release.state}{subject})"
