# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bare mirror of an app's repository: the only thing that talks to the remote."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ansible_collections.masonite.deploy.plugins.module_utils._release_errors import ReleaseError
from ansible_collections.masonite.deploy.plugins.module_utils._release_git import (
    SAFE_UPLOAD_PACK,
    Git,
    Output,
    Remote,
    remote_failure,
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
    ]
)


class Mirror:
    def __init__(self, path: Path, remote: Remote, git: Git) -> None:
        self.path = path
        self.remote = remote
        self.git = git

    def _local(self, *arguments: str) -> Output:
        return self.git.run([f"--git-dir={self.path}", *arguments])

    def _upload_pack(self) -> list[str]:
        # A repository named by its path usually belongs to somebody else; naming it is consent enough.
        return [f"--upload-pack={SAFE_UPLOAD_PACK}"] if self.remote.local else []

    def refs(self) -> Refs:
        """Ask the remote what it has, without touching the mirror."""
        arguments = ["ls-remote", "--symref", *self._upload_pack(), "--", self.remote.url]
        output = self.git.run([*arguments, "HEAD", "refs/heads/*", "refs/tags/*"], self.remote)
        if output.rc != 0:
            raise remote_failure(self.remote, output, self.git.names)
        return Refs.parse(output.text)

    def usable(self) -> bool:
        """True for a whole mirror of this very remote."""
        if not (self.path / "HEAD").is_file():
            return False
        output = self._local("config", "--get", "remote.origin.url")
        return output.rc == 0 and output.text == self.remote.url

    def has(self, commit: str) -> bool:
        return is_commit(commit) and self._local("cat-file", "-e", f"{commit}^{{commit}}").rc == 0

    def lookup(self, abbreviated: str) -> list[str]:
        """The commits an abbreviated name may stand for."""
        output = self._local("rev-parse", f"--disambiguate={abbreviated.lower()}")
        return [line for line in output.text.splitlines() if is_commit(line) and self.has(line)]

    def commit_of(self, name: str) -> str:
        """The commit a full object name (perhaps of an annotated tag) leads to."""
        output = self._local("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        return output.text if output.rc == 0 else name

    def update(self, sha256: bool = False) -> None:
        """Fetch branches and tags; a missing, foreign or damaged mirror is cloned anew."""
        if self.usable():
            output = self._fetch(self.path)
            if output.rc == 0:
                return
            failure = remote_failure(self.remote, output, self.git.names)
            if failure.facts.get("reason") in NOT_OURS:
                raise failure
        self.clone(sha256)

    def clone(self, sha256: bool = False) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix=f".partial-{self.path.name}-", dir=self.path.parent))
        try:
            form = ["--object-format=sha256"] if sha256 else []
            self._expect(self.git.run(["init", "--quiet", "--bare", "--template=", *form, str(fresh)]))
            output = self._fetch(fresh)
            if output.rc != 0:
                raise remote_failure(self.remote, output, self.git.names)
            self._expect(self.git.run([f"--git-dir={fresh}", "config", "remote.origin.url", self.remote.url]))
            self._replace(fresh)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise

    def _replace(self, fresh: Path) -> None:
        if self.path.is_symlink() or self.path.is_file():
            self.path.unlink()
        elif self.path.exists():
            old = Path(tempfile.mkdtemp(prefix=f".trash-{self.path.name}-", dir=self.path.parent))
            self.path.rename(old / self.path.name)
            fresh.rename(self.path)
            shutil.rmtree(old, ignore_errors=True)
            return
        fresh.rename(self.path)

    def fetch_commit(self, commit: str) -> bool:
        """Some servers hand out a commit no branch or tag leads to, a pull request's for one."""
        arguments = ["fetch", "--quiet", "--no-write-fetch-head", *self._upload_pack(), "--", self.remote.url]
        return self.git.run([f"--git-dir={self.path}", *arguments, commit], self.remote).rc == 0

    def borrow(self, commit: str) -> bool:
        """Make this a repository of one commit, without its history."""
        arguments = ["fetch", "--quiet", "--depth=1", "--no-tags", "--no-write-fetch-head"]
        arguments += [*self._upload_pack(), "--", self.remote.url, commit]
        made = self.git.run(["init", "--quiet", "--bare", "--template=", str(self.path)])
        return made.rc == 0 and self.git.run([f"--git-dir={self.path}", *arguments], self.remote).rc == 0

    def _fetch(self, path: Path) -> Output:
        arguments = ["fetch", "--quiet", "--prune", "--force", "--no-tags", "--no-write-fetch-head"]
        arguments += [*self._upload_pack(), "--", self.remote.url, *REFSPECS]
        return self.git.run([f"--git-dir={path}", *arguments], self.remote)

    def _expect(self, output: Output) -> Output:
        if output.rc != 0:
            raise remote_failure(self.remote, output, self.git.names)
        return output

    def read(self, commit: str, name: str) -> bytes | None:
        output = self._local("cat-file", "blob", f"{commit}:{name}")
        return output.out if output.rc == 0 else None

    def contains(self, commit: str, name: str) -> bool:
        return self._local("cat-file", "-e", f"{commit}:{name}").rc == 0

    def entries(self, commit: str, below: str = "") -> Iterator[tuple[str, str, int, str]]:
        """Mode, object, size and name of every file of a revision."""
        output = self._local(
            "ls-tree", "-r", "-l", "-z", "--full-tree", commit, *([f"{below}/"] if below else [])
        )
        if output.rc != 0:
            raise ReleaseError(
                f"Revision {commit} cannot be read from {self.path}: {output.err}.",
                hint=f"Remove {self.path}; the next run clones it anew.",
                reason="mirror",
            )
        for entry in output.out.decode("utf-8", "surrogateescape").split("\0"):
            if entry:
                about, _tab, name = entry.partition("\t")
                mode, _kind, sha, size = about.split()
                yield mode, sha, int(size) if size.isdigit() else 0, name

    def export(self, commit: str, target: Path) -> None:
        """Write the files of a revision below `target`, 0644 and 0755 whatever the umask."""
        archive = [
            self.git.binary,
            f"--git-dir={self.path}",
            "-c",
            "tar.umask=0022",
            "archive",
            "--format=tar",
            commit,
        ]
        unpack = ["tar", "--extract", "--file=-", f"--directory={target}", "--no-same-owner"]
        unpack += ["--preserve-permissions"]
        with tempfile.TemporaryFile() as complaints:
            with (
                subprocess.Popen(
                    archive,
                    stdout=subprocess.PIPE,
                    stderr=complaints,
                    env=self.git.access.variables(None),
                    cwd="/",
                ) as source,
                subprocess.Popen(
                    unpack, stdin=source.stdout, stderr=complaints, env=self.git.access.variables(None)
                ) as sink,
            ):
                if source.stdout is not None:
                    source.stdout.close()
            if source.returncode == 0 and sink.returncode == 0:
                return
            complaints.seek(0)
            said = complaints.read().decode("utf-8", "replace").strip().splitlines()
        raise _export_failure(commit, target, [line for line in said if line.strip()])


def _export_failure(commit: str, target: Path, said: list[str]) -> ReleaseError:
    cause = next((line for line in said if "No space left" in line or "quota" in line.lower()), "")
    if cause:
        free = shutil.disk_usage(target).free // 1024**2
        return ReleaseError(
            f"Revision {commit[:12]} could not be written to {target.parent}: "
            f"the disk is full ({free} MB free; {cause}).",
            hint="Free some space on the server and run again; nothing of the attempt was left behind.",
            reason="disk",
        )
    return ReleaseError(
        f"Revision {commit[:12]} could not be written to {target.parent}: "
        f"{said[0] if said else 'no message'}.",
        hint="Run again; if it stays so, remove the repo.git beside the releases, which is then cloned anew.",
        reason="export",
        stderr_lines=said[-12:],
    )
