# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bare mirror of a repository: the only thing that talks to the remote."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from .errors import Reason, ReleaseError
from .git import Git
from .git_output import GitOutput
from .refs import Refs
from .remote import Remote
from .untrusted_directory import PARTIAL, TRASH, UntrustedDirectory, owner_ids

# Repositories on this server may belong to any user.
UPLOAD_PACK = "git -c safe.directory='*' upload-pack"
REFSPECS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
# Problems of the remote or of the server, which a new clone does not solve.
NOT_OF_THE_MIRROR: frozenset[Reason] = frozenset(
    [
        "auth",
        "certificate",
        "corrupt_repository",
        "disk",
        "host_key",
        "host_key_changed",
        "no_git",
        "no_ssh",
        "ssh_key",
        "timeout",
        "transport",
        "unreachable",
    ]
)


class Mirror:
    """A bare repository with this name below a directory that only the user of this module can change.

    git itself runs as the build user, to whom everything in the repository belongs.
    """

    def __init__(self, base: Path, name: str, remote: Remote, git: Git) -> None:
        self.base = base
        self.name = name
        self.path = base / name
        self.remote = remote
        self.git = git

    def list_refs(self) -> Refs:
        """Ask the remote for its branches and tags. The mirror is not touched."""
        arguments = ["ls-remote", "--symref", *self._upload_pack(), "--", self.remote.url]
        output = self.git.run([*arguments, "HEAD", "refs/heads/*", "refs/tags/*"], self.remote)
        return Refs.parse(self._refuse_failure(output).text)

    def is_usable(self) -> bool:
        """Whether it is there, complete, and a mirror of this remote."""
        if not os.path.isdir(self.path):
            return False
        try:
            with UntrustedDirectory(str(self.base)) as base:
                # As git writes it; asking git takes a process.
                if f"\turl = {self.remote.url}\n".encode() in base.read(f"{self.name}/config", 1 << 16):
                    return True
        except OSError:
            return False
        output = self.git.run([f"--git-dir={self.path}", "config", "--get", "remote.origin.url"])
        return output.rc == 0 and output.text == self.remote.url

    def update(self, usable: bool, sha256: bool = False) -> None:
        """Fetch branches and tags. A mirror that is missing, damaged or of another remote is cloned again."""
        if usable:
            output = self._fetch(self.path)
            if output.rc == 0:
                return
            error = self._make_error(output)
            if error.reason in NOT_OF_THE_MIRROR:
                raise error
        self.clone(sha256)

    def clone(self, sha256: bool = False) -> None:
        """Replace the mirror by a new one. ``sha256`` is the format of a repository with SHA-256 names."""
        self.base.mkdir(parents=True, exist_ok=True)
        parent, _slash, last = self.name.rpartition("/")
        new = os.path.join(parent, f"{PARTIAL}{last}-{secrets.token_hex(4)}")
        with UntrustedDirectory(str(self.base)) as base:
            base.make_parents(new, self.git.access.account, 0o700)
            base.make_directory(new, 0o700, *owner_ids(self.git.access.account))
            try:
                self._fill(self.base / new, sha256)
                self._replace(base, new)
            except BaseException:
                _try_to_remove(base, new)
                raise

    def _fill(self, path: Path, sha256: bool) -> None:
        object_format = ["--object-format=sha256"] if sha256 else []
        initialize = ["init", "--quiet", "--bare", "--template=", *object_format, str(path)]
        self._refuse_failure(self.git.run(initialize))
        self._refuse_failure(self._fetch(path))
        set_url = [f"--git-dir={path}", "config", "remote.origin.url", self.remote.url]
        self._refuse_failure(self.git.run(set_url))

    def _replace(self, base: UntrustedDirectory, new: str) -> None:
        parent, _slash, last = self.name.rpartition("/")
        old = os.path.join(parent, f"{TRASH}{last}-{secrets.token_hex(4)}")
        try:
            base.rename(self.name, old)
        except FileNotFoundError:
            old = ""
        base.rename(new, self.name)
        if old:
            _try_to_remove(base, old)

    def fetch_commit(self, commit: str) -> bool:
        """Fetch a commit that no branch or tag leads to, as of a pull request. Not all servers allow it."""
        arguments = ["fetch", "--quiet", "--no-write-fetch-head", *self._upload_pack(), "--", self.remote.url]
        return self.git.run([f"--git-dir={self.path}", *arguments, commit], self.remote).rc == 0

    def fetch_only(self, commit: str) -> bool:
        """Create the mirror with one commit and without its history."""
        with UntrustedDirectory(str(self.base)) as base:
            base.make_directory(self.name, 0o700, *owner_ids(self.git.access.account))
        arguments = ["fetch", "--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head"]
        arguments += [*self._upload_pack(), "--", self.remote.url, commit]
        created = self.git.run(["init", "--quiet", "--bare", "--template=", str(self.path)])
        return created.rc == 0 and self.git.run([f"--git-dir={self.path}", *arguments], self.remote).rc == 0

    def _fetch(self, path: Path) -> GitOutput:
        arguments = ["fetch", "--quiet", "--prune", "--force", "--no-tags", "--no-write-fetch-head"]
        arguments += [*self._upload_pack(), "--", self.remote.url, *REFSPECS]
        return self.git.run([f"--git-dir={path}", *arguments], self.remote)

    def _upload_pack(self) -> list[str]:
        # A repository named by its path usually belongs to another user. Whoever names it wants it read.
        return [f"--upload-pack={UPLOAD_PACK}"] if self.remote.is_local else []

    def _make_error(self, output: GitOutput) -> ReleaseError:
        # Each call on a server compiles what it imports: only when it is needed.
        from .remote_errors import make_remote_error

        return make_remote_error(self.remote, output, self.git.names)

    def _refuse_failure(self, output: GitOutput) -> GitOutput:
        if output.rc != 0:
            raise self._make_error(output)
        return output


def _try_to_remove(base: UntrustedDirectory, name: str) -> None:
    """Remove a directory. What cannot be removed now is removed by the next run."""
    try:
        base.remove_tree(name)
    except OSError:
        pass
