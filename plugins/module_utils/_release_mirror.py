# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bare mirror of an app's repository: the only thing that talks to the remote."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.masonite.deploy.plugins.module_utils._release_errors import ReleaseError
from ansible_collections.masonite.deploy.plugins.module_utils._release_folder import (
    PARTIAL,
    TRASH,
    Folder,
    ids,
)
from ansible_collections.masonite.deploy.plugins.module_utils._release_git import (
    SAFE_UPLOAD_PACK,
    Git,
    Output,
    Remote,
)
from ansible_collections.masonite.deploy.plugins.module_utils._release_version import Refs, is_commit

REFSPECS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
# What is wrong with the remote or the disk is not cured by a new clone.
NOT_OURS = frozenset(
    [
        "disk",
        "host_key",
        "host_key_changed",
        "ssh_key",
        "auth",
        "unreachable",
        "certificate",
        "no_ssh",
        "timeout",
        "no_git",
        "corrupt_repository",
        "transport",
    ]
)
GITLINK = "160000"
LINK = "120000"


@dataclass(frozen=True)
class Entry:
    """A file, a link or a submodule of a revision."""

    mode: str
    sha: str
    size: int
    name: str


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

    def _local(self, *arguments: str, stdin: bytes = b"") -> Output:
        return self.git.run([f"--git-dir={self.path}", *arguments], stdin=stdin)

    def _upload_pack(self) -> list[str]:
        # A repository named by its path usually belongs to somebody else; naming it is consent enough.
        return [f"--upload-pack={SAFE_UPLOAD_PACK}"] if self.remote.local else []

    def refs(self) -> Refs:
        """Ask the remote what it has, without touching the mirror."""
        arguments = ["ls-remote", "--symref", *self._upload_pack(), "--", self.remote.url]
        output = self.git.run([*arguments, "HEAD", "refs/heads/*", "refs/tags/*"], self.remote)
        if output.rc != 0:
            raise self._failure(output)
        return Refs.parse(output.text)

    def usable(self) -> bool:
        """True for a whole mirror of this very remote."""
        if not os.path.isdir(self.path):
            return False
        try:
            with Folder(str(self.base)) as base:
                # As git writes it; asking git takes a process.
                if f"\turl = {self.remote.url}\n".encode() in base.read(f"{self.name}/config", 1 << 16):
                    return True
        except OSError:
            return False
        output = self._local("config", "--get", "remote.origin.url")
        return output.rc == 0 and output.text == self.remote.url

    def has(self, commit: str) -> bool:
        return self.commit_of(commit) != ""

    def lookup(self, abbreviated: str) -> list[str]:
        """The commits an abbreviated name may stand for."""
        output = self._local("rev-parse", f"--disambiguate={abbreviated.lower()}")
        return [line for line in output.text.splitlines() if is_commit(line) and self.has(line)]

    def commit_of(self, name: str) -> str:
        """The commit a full object name (perhaps of an annotated tag) leads to; empty if it is not here."""
        if not is_commit(name):
            return ""
        output = self._local("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        return output.text if output.rc == 0 else ""

    def update(self, usable: bool, sha256: bool = False) -> None:
        """Fetch branches and tags; a missing, foreign or damaged mirror is cloned anew."""
        if usable:
            output = self._fetch(self.path)
            if output.rc == 0:
                return
            failure = self._failure(output)
            if failure.facts.get("reason") in NOT_OURS:
                raise failure
        self.clone(sha256)

    def clone(self, sha256: bool = False) -> None:
        self.base.mkdir(parents=True, exist_ok=True)
        folder, _slash, last = self.name.rpartition("/")
        fresh = os.path.join(folder, f"{PARTIAL}{last}-{secrets.token_hex(4)}")
        with Folder(str(self.base)) as base:
            base.make_parents(fresh, self.git.access.account, 0o700)
            base.make_directory(fresh, 0o700, *ids(self.git.access.account))
            try:
                self._fill(self.base / fresh, sha256)
                self._replace(base, fresh)
            except BaseException:
                _discard_quietly(base, fresh)
                raise

    def _fill(self, path: Path, sha256: bool) -> None:
        form = ["--object-format=sha256"] if sha256 else []
        self._expect(self.git.run(["init", "--quiet", "--bare", "--template=", *form, str(path)]))
        output = self._fetch(path)
        if output.rc != 0:
            raise self._failure(output)
        self._expect(self.git.run([f"--git-dir={path}", "config", "remote.origin.url", self.remote.url]))

    def _replace(self, base: Folder, fresh: str) -> None:
        folder, _slash, last = self.name.rpartition("/")
        old = os.path.join(folder, f"{TRASH}{last}-{secrets.token_hex(4)}")
        try:
            base.rename(self.name, old)
        except FileNotFoundError:
            old = ""
        base.rename(fresh, self.name)
        if old:
            _discard_quietly(base, old)

    def fetch_commit(self, commit: str) -> bool:
        """Some servers hand out a commit no branch or tag leads to, a pull request's for one."""
        arguments = ["fetch", "--quiet", "--no-write-fetch-head", *self._upload_pack(), "--", self.remote.url]
        return self.git.run([f"--git-dir={self.path}", *arguments, commit], self.remote).rc == 0

    def borrow(self, commit: str) -> bool:
        """Make this a repository of one commit, without its history."""
        with Folder(str(self.base)) as base:
            base.make_directory(self.name, 0o700, *ids(self.git.access.account))
        arguments = ["fetch", "--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head"]
        arguments += [*self._upload_pack(), "--", self.remote.url, commit]
        made = self.git.run(["init", "--quiet", "--bare", "--template=", str(self.path)])
        return made.rc == 0 and self.git.run([f"--git-dir={self.path}", *arguments], self.remote).rc == 0

    def _fetch(self, path: Path) -> Output:
        arguments = ["fetch", "--quiet", "--prune", "--force", "--no-tags", "--no-write-fetch-head"]
        arguments += [*self._upload_pack(), "--", self.remote.url, *REFSPECS]
        return self.git.run([f"--git-dir={path}", *arguments], self.remote)

    def _failure(self, output: Output) -> ReleaseError:
        # Python compiles what it imports anew in each call on a server: only when it is needed.
        from ansible_collections.masonite.deploy.plugins.module_utils._release_causes import remote_failure

        return remote_failure(self.remote, output, self.git.names)

    def _expect(self, output: Output) -> Output:
        if output.rc != 0:
            raise self._failure(output)
        return output

    def read(self, commit: str, name: str) -> bytes | None:
        """The content of a file; links inside the revision are followed, others are not."""
        _kind, content = self._object(commit, name, "--batch")
        return content

    def kind(self, commit: str, name: str) -> str:
        """blob, tree, symlink (one that leads out) or dangling; empty if the revision has no such thing."""
        return self._object(commit, name, "--batch-check")[0]

    def _object(self, commit: str, name: str, option: str) -> tuple[str, bytes | None]:
        if "\n" in name:
            return "", None
        output = self._local(
            "cat-file",
            option,
            "--follow-symlinks",
            stdin=f"{commit}:{name}\n".encode("utf-8", "surrogateescape"),
        )
        head, _newline, rest = output.out.partition(b"\n")
        words = head.split(b" ")
        if output.rc != 0 or len(words) < 2:
            return "", None
        if words[0] in (b"symlink", b"dangling"):
            return words[0].decode(), None
        if len(words) == 3 and words[1] in (b"blob", b"tree") and words[2].isdigit():
            return words[1].decode(), rest[: int(words[2])] if words[1] == b"blob" else None
        return "", None

    def entries(self, commit: str, below: str = "") -> list[Entry]:
        """Every file, link and submodule of a revision, or of one of its directories."""
        output = self._local(
            "ls-tree", "-r", "-l", "-z", "--full-tree", commit, *([f"{below}/"] if below else [])
        )
        if output.rc != 0:
            raise ReleaseError(
                f"Revision {commit} cannot be read from {self.path}: {output.err}.",
                hint=f"Remove {self.path}; the next run clones it anew.",
                reason="mirror",
            )
        found: list[Entry] = []
        for entry in output.out.decode("utf-8", "surrogateescape").split("\0"):
            if entry:
                about, _tab, name = entry.partition("\t")
                mode, _kind, sha, size = about.split()
                found.append(Entry(mode, sha, int(size) if size.isdigit() else 0, name))
        return found


def _discard_quietly(base: Folder, name: str) -> None:
    """What stays is removed by the next run."""
    try:
        base.discard(name)
    except OSError:
        pass
