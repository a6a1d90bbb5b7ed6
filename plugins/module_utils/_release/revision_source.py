# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the wanted version to a commit in the mirror, with as little network as possible."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .app_users import AppUsers
from .commit_name import is_commit, may_be_commit
from .errors import ReleaseError
from .git import Git
from .git_access import GitAccess
from .git_objects import GitObjects
from .mirror import Mirror
from .options import ReleaseOptions
from .refs import Refs
from .remote import Remote
from .untrusted_directory import UntrustedDirectory


def make_git(options: ReleaseOptions, users: AppUsers, read_only: bool, local: bool) -> Git:
    """Return the git of the build user. ``local`` allows repositories on this server."""
    access = GitAccess(
        ssh_key=options.ssh_key,
        known_hosts=options.known_hosts,
        accept_hostkey=options.accept_hostkey,
        timeout=options.timeout,
        read_only=read_only,
        local=local,
        environment=options.environment,
        account=users.build,
        base_environment=users.build_environment(),
    )
    return Git(access, options.names)


class RevisionSource:
    """The repository of the app and its mirror; ``warnings`` is the list that warnings are added to."""

    def __init__(
        self,
        options: ReleaseOptions,
        mirror: Path,
        users: AppUsers,
        check_mode: bool,
        warnings: list[str],
    ) -> None:
        self.names = options.names
        self.check_mode = check_mode
        self.warnings = warnings
        self.wanted = options.revision or options.version or "HEAD"
        self.label = options.version if options.revision else ""
        self.remote = self._parse_remote(options.repository)
        self.git = make_git(options, users, check_mode, self.remote.is_local)
        self.mirror = Mirror(mirror.parent, mirror.name, self.remote, self.git)
        self.objects = GitObjects(self.git, self.mirror.path)
        self.refs = Refs()
        self._is_usable: bool | None = None

    def _parse_remote(self, repository: str) -> Remote:
        option = self.names.display("repository")
        if not repository:
            raise ReleaseError(
                f"Neither {option} nor {self.names.display('release')} is given.",
                reason="no_repository",
                options=["repository", "release"],
                hint=f"Give {option}: the app's git repository.",
            )
        remote = Remote.parse(repository)
        if remote.url.startswith(("-", "./", "../")):
            raise ReleaseError(
                f"{remote.display} ({option}) is not a repository's address.",
                reason="unknown_repository",
                options=["repository"],
                hint="Give an https or ssh address, or an absolute path on the server.",
            )
        return remote

    @property
    def version(self) -> str:
        """The wanted version, with the name of the default branch for HEAD where it is known."""
        if self.label:
            return self.label
        if self.wanted == "HEAD":
            return self.refs.default_branch or "HEAD"
        return self.wanted

    def _has_usable_mirror(self) -> bool:
        if self._is_usable is None:
            self._is_usable = self.mirror.is_usable()
        return self._is_usable

    def has_commit(self, revision: str) -> bool:
        """Whether the commit is in the mirror already."""
        return bool(revision) and self._has_usable_mirror() and self.objects.has_commit(revision)

    def find_revision(self) -> str:
        """Return the wanted commit; empty where only a fetch can find it. The mirror is not touched."""
        try:
            return self._find_revision()
        except ReleaseError as error:
            if self.check_mode and not self.mirror.path.exists() and error.reason != "unknown_version":
                self.warnings.append(f"Which revision it would be is not known yet: {error.message}")
                return ""
            raise

    def _find_revision(self) -> str:
        if is_commit(self.wanted) and self._has_usable_mirror():
            known = self.objects.find_commit(self.wanted.lower())
            if known:
                return known
        self.refs = self.mirror.list_refs()
        named = self.refs.find(self.wanted)
        if named:
            if self.refs.is_ambiguous(self.wanted):
                self.warnings.append(
                    f"{self.wanted} is a tag and a branch: the tag is taken. "
                    f"refs/heads/{self.wanted} in {self.names.display('version')} means the branch."
                )
            return named
        if is_commit(self.wanted):
            return self.wanted.lower()
        if may_be_commit(self.wanted):
            return self._find_abbreviated()
        raise self._unknown_version_error()

    def _find_abbreviated(self) -> str:
        candidates = self.refs.find_by_prefix(self.wanted)
        if self._has_usable_mirror():
            candidates |= set(self.objects.find_abbreviated(self.wanted))
        if len(candidates) > 1:
            raise ReleaseError(
                f"{self.wanted} ({self.names.display('version')}) stands for {len(candidates)} commits: "
                f"{', '.join(sorted(candidates)[:5])}.",
                reason="unknown_version",
                options=["version"],
                hint="Give more of its digits.",
            )
        return candidates.pop() if candidates else ""

    def _unknown_version_error(self) -> ReleaseError:
        return self.refs.unknown_version_error(self.wanted, self.remote.display, self.names)

    def fetch(self, revision: str) -> str:
        """Fetch the commit into the mirror if it is not there; returns it, also where it was abbreviated."""
        if revision and self._has_usable_mirror():
            commit = self.objects.find_commit(revision)
            if commit:
                return commit
        self.mirror.update(self._has_usable_mirror(), sha256=len(revision) == 64)
        self._is_usable = True
        revision = revision or self._find_abbreviated()
        if not revision:
            raise self._unknown_version_error()
        commit = self.objects.find_commit(revision)
        if not commit and self.mirror.fetch_commit(revision):
            commit = self.objects.find_commit(revision)
        if not commit:
            self.mirror.clone(sha256=len(revision) == 64)
            commit = self.objects.find_commit(revision)
        if not commit:
            raise self._unknown_version_error()
        return commit

    @contextmanager
    def fetch_temporarily(self, revision: str) -> Iterator[GitObjects | None]:
        """Fetch a commit into a temporary directory, for check mode; None if it cannot be fetched."""
        if not revision:
            yield None
            return
        base = tempfile.mkdtemp(prefix="release-check-")
        try:
            os.chmod(base, 0o711)
            mirror = Mirror(Path(base), "repo.git", self.remote, self.git)
            yield GitObjects(self.git, mirror.path) if mirror.fetch_only(revision) else None
        finally:
            with UntrustedDirectory(os.path.dirname(base)) as temporary:
                temporary.remove_tree(os.path.basename(base))
