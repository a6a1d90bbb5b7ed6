# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the wanted version to commits in the mirror, with as little network as the question needs."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ansible_collections.masonite.deploy.plugins.module_utils._release_context import Context
from ansible_collections.masonite.deploy.plugins.module_utils._release_errors import ReleaseError
from ansible_collections.masonite.deploy.plugins.module_utils._release_folder import Folder
from ansible_collections.masonite.deploy.plugins.module_utils._release_git import Access, Git, Remote
from ansible_collections.masonite.deploy.plugins.module_utils._release_mirror import Mirror
from ansible_collections.masonite.deploy.plugins.module_utils._release_tree import Files, GitFiles, NoFiles
from ansible_collections.masonite.deploy.plugins.module_utils._release_version import (
    Refs,
    is_commit,
    may_be_commit,
)


class Source:
    def __init__(self, context: Context) -> None:
        self.context = context
        repository = context.text("repository")
        if not repository:
            raise ReleaseError(
                f"Neither {context.names('repository')} nor {context.names('release')} is given.",
                hint=f"Give {context.names('repository')}: the app's git repository.",
                reason="no_repository",
            )
        self.remote = Remote.parse(repository)
        if self.remote.url.startswith("-") or self.remote.url.startswith(("./", "../")):
            raise ReleaseError(
                f"{self.remote.display} ({context.names('repository')}) is not a repository's address.",
                hint="Give an https or ssh address, or an absolute path on the server.",
                reason="unknown_repository",
            )
        access = Access(
            ssh_key=context.text("ssh_key"),
            known_hosts=context.text("known_hosts"),
            accept_hostkey=context.flag("accept_hostkey"),
            timeout=int(context.params.get("timeout") or 300),
            read_only=context.check_mode,
            local=self.remote.local,
            environment={
                str(key): str(value) for key, value in (context.params.get("environment") or {}).items()
            },
            account=context.parties.build,
        )
        self.git = Git(access, context.names)
        self.mirror = Mirror(context.store.path, context.store.mirror.name, self.remote, self.git)
        self.wanted = context.text("version") or "HEAD"
        self.refs = Refs()
        self._usable: bool | None = None

    @property
    def version(self) -> str:
        if self.wanted == "HEAD":
            return self.refs.default_branch or "HEAD"
        return self.wanted

    def usable(self) -> bool:
        if self._usable is None:
            self._usable = self.mirror.usable()
        return self._usable

    def mirrored(self, revision: str) -> bool:
        return bool(revision) and self.usable() and self.mirror.has(revision)

    def resolve(self) -> str:
        """The wanted commit, or nothing when only a fetch can tell; the mirror is not touched."""
        try:
            return self._resolve()
        except ReleaseError as error:
            fresh = not self.context.store.mirror.exists()
            if self.context.check_mode and fresh and error.facts.get("reason") != "unknown_version":
                self.context.warnings.append(
                    f"Which revision it would be cannot be told yet: {error.message}"
                )
                return ""
            raise

    def _resolve(self) -> str:
        if is_commit(self.wanted) and self.usable():
            known = self.mirror.commit_of(self.wanted.lower())
            if known:
                return known
        self.refs = self.mirror.refs()
        named = self.refs.named(self.wanted)
        if named:
            if self.refs.ambiguous(self.wanted):
                self.context.warnings.append(
                    f"{self.wanted} is a tag and a branch: the tag is taken. "
                    f"refs/heads/{self.wanted} in {self.context.names('version')} means the branch."
                )
            return named
        if is_commit(self.wanted):
            return self.wanted.lower()
        if may_be_commit(self.wanted):
            return self._abbreviated()
        raise self._unknown()

    def _abbreviated(self) -> str:
        candidates = self.refs.tips(self.wanted)
        if self.usable():
            candidates |= set(self.mirror.lookup(self.wanted))
        if len(candidates) > 1:
            raise ReleaseError(
                f"{self.wanted} ({self.context.names('version')}) stands for {len(candidates)} commits: "
                f"{', '.join(sorted(candidates)[:5])}.",
                hint="Give more of its digits.",
                reason="unknown_version",
            )
        return candidates.pop() if candidates else ""

    def _unknown(self) -> ReleaseError:
        return self.refs.unknown(self.wanted, self.remote.display, self.context.names)

    def obtain(self, revision: str) -> str:
        """Bring the commit into the mirror; returns what an abbreviated one stands for."""
        if revision and self.usable():
            commit = self.mirror.commit_of(revision)
            if commit:
                return commit
        self.mirror.update(self.usable(), sha256=len(revision) == 64)
        self._usable = True
        revision = revision or self._abbreviated()
        if not revision:
            raise self._unknown()
        commit = self.mirror.commit_of(revision)
        if not commit and self.mirror.fetch_commit(revision):
            commit = self.mirror.commit_of(revision)
        if not commit:
            self.mirror.clone(sha256=len(revision) == 64)
            commit = self.mirror.commit_of(revision)
        if not commit:
            raise self._unknown()
        return commit

    @contextmanager
    def peek(self, revision: str) -> Iterator[Files]:
        """The files of a commit that the mirror does not have, for check mode: nothing of it stays."""
        if not revision:
            yield NoFiles()
            return
        base = tempfile.mkdtemp(prefix="release-check-")
        try:
            os.chmod(base, 0o711)
            scratch = Mirror(Path(base), "repo.git", self.remote, self.git)
            yield GitFiles(scratch, revision) if scratch.borrow(revision) else NoFiles()
        finally:
            with Folder(os.path.dirname(base)) as temporary:
                temporary.discard(os.path.basename(base))
