# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads commits and their files from a mirror."""

from __future__ import annotations

from pathlib import Path

from .commit_name import is_commit
from .errors import ReleaseError
from .git import Git
from .git_output import GitOutput
from .revision_entry import RevisionEntry

# Characters.
LONGEST_SUBJECT = 200


class GitObjects:
    """The objects of the bare repository in a directory."""

    def __init__(self, git: Git, path: Path) -> None:
        self.git = git
        self.path = path

    def _run(self, *arguments: str, stdin: bytes = b"") -> GitOutput:
        return self.git.run([f"--git-dir={self.path}", *arguments], stdin=stdin)

    def has_commit(self, name: str) -> bool:
        return self.find_commit(name) != ""

    def find_commit(self, name: str) -> str:
        """Return the commit of a full name, which may be that of an annotated tag; empty if it is missing."""
        if not is_commit(name):
            return ""
        output = self._run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        return output.text if output.rc == 0 else ""

    def find_abbreviated(self, digits: str) -> list[str]:
        """Return the commits that an abbreviated name may stand for."""
        output = self._run("rev-parse", f"--disambiguate={digits.lower()}")
        return [line for line in output.text.splitlines() if is_commit(line) and self.has_commit(line)]

    def read_subject(self, commit: str) -> str:
        """Return the first line of a commit's message, as far as it can be shown in a table."""
        output = self._run("log", "-1", "--format=%s", "--no-show-signature", commit)
        text = output.out.decode("utf-8", "replace").strip() if output.rc == 0 else ""
        return "".join(letter for letter in text if letter.isprintable())[:LONGEST_SUBJECT]

    def read(self, commit: str, name: str) -> bytes | None:
        """Return the content of a file. Links inside the revision are followed, others are not."""
        _kind, content = self._find(commit, name, "--batch")
        return content

    def find_kind(self, commit: str, name: str) -> str:
        """Return blob, tree, symlink (one that leads out of the revision) or dangling; empty if missing."""
        return self._find(commit, name, "--batch-check")[0]

    def _find(self, commit: str, name: str, option: str) -> tuple[str, bytes | None]:
        if "\n" in name:
            return "", None
        output = self._run(
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

    def list_entries(self, commit: str) -> list[RevisionEntry]:
        """Return every file, link and submodule of a revision."""
        output = self._run("ls-tree", "-r", "-l", "-z", "--full-tree", commit)
        if output.rc != 0:
            raise ReleaseError(
                f"Revision {commit} cannot be read from {self.path}: {output.err}.",
                reason="mirror",
                hint=f"Remove {self.path}; the next run clones it again.",
            )
        found: list[RevisionEntry] = []
        for entry in output.out.decode("utf-8", "surrogateescape").split("\0"):
            if entry:
                about, _tab, name = entry.partition("\t")
                mode, _kind, sha, size = about.split()
                found.append(RevisionEntry(mode, sha, int(size) if size.isdigit() else 0, name))
        return found

    def list_submodule_addresses(self, commit: str) -> dict[str, str]:
        """Return the address of each submodule by its path, from .gitmodules of the revision."""
        blob = f"{commit}:.gitmodules"
        output = self._run("config", "--blob", blob, "--null", "--get-regexp", r"^submodule\.")
        sections: dict[str, dict[str, str]] = {}
        for entry in output.out.decode("utf-8", "surrogateescape").split("\0"):
            key, _newline, value = entry.partition("\n")
            section, _dot, name = key[len("submodule.") :].rpartition(".")
            if key.startswith("submodule.") and section and name in ("path", "url"):
                sections.setdefault(section, {})[name] = value
        return {section["path"]: section["url"] for section in sections.values() if len(section) == 2}
