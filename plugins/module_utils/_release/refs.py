# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The branches and tags of a repository, and which commit a version stands for."""

from __future__ import annotations

from dataclasses import dataclass, field

from .commit_name import is_commit
from .errors import ReleaseError
from .option_names import OptionNames


@dataclass
class Refs:
    """The branches and tags of a remote, each with the commit it stands for."""

    head: str = ""
    default_branch: str = ""
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, listing: str) -> Refs:
        """Read the output of `git ls-remote --symref`.

        The line of a tag is followed by a line that ends in ^{}, which has the commit that the tag names.
        """
        refs = cls()
        for line in listing.splitlines():
            value, _tab, name = line.partition("\t")
            if value.startswith("ref: refs/heads/") and name == "HEAD":
                refs.default_branch = value[len("ref: refs/heads/") :]
            elif not is_commit(value):
                continue
            elif name == "HEAD":
                refs.head = value
            elif name.startswith("refs/heads/"):
                refs.branches[name[len("refs/heads/") :]] = value
            elif name.startswith("refs/tags/"):
                tag = name[len("refs/tags/") :]
                refs.tags[tag[:-3] if tag.endswith("^{}") else tag] = value
        return refs

    def find(self, version: str) -> str | None:
        """Return the commit of a branch or tag. As in git, a tag goes before a branch of the same name."""
        if version in ("", "HEAD"):
            return self.head or None
        for prefix, known in (("refs/tags/", self.tags), ("refs/heads/", self.branches)):
            if version.startswith(prefix):
                return known.get(version[len(prefix) :])
        return self.tags.get(version) or self.branches.get(version)

    def is_ambiguous(self, version: str) -> bool:
        """Whether it is the name of a tag and of a branch with another commit."""
        return (
            version in self.tags and version in self.branches and self.tags[version] != self.branches[version]
        )

    def find_by_prefix(self, prefix: str) -> set[str]:
        """Return the commits of branches and tags that begin with these digits."""
        commits = {self.head, *self.branches.values(), *self.tags.values()}
        return {commit for commit in commits if commit and commit.startswith(prefix.lower())}

    def unknown_version_error(self, version: str, repository: str, names: OptionNames) -> ReleaseError:
        """Return the error that says which branches and tags there are."""
        if version in ("", "HEAD") and not self.branches:
            return ReleaseError(
                f"The repository {repository} ({names.display('repository')}) has no commits yet.",
                reason="empty_repository",
                options=["repository"],
                hint="Push a first commit.",
            )
        # Each call on a server compiles what it imports: only when it is needed.
        import difflib

        known = [*self.branches, *self.tags]
        near = difflib.get_close_matches(version, known, n=5, cutoff=0.4)
        if version in ("", "HEAD"):
            found = f"its default branch {self.default_branch or 'HEAD'} does not exist"
        else:
            found = "it has no such branch, tag or commit"
        branches = ", ".join(sorted(self.branches)[:8]) or "none"
        tags = ", ".join(sorted(self.tags, reverse=True)[:8]) or "none"
        nearest = f"Near to it: {', '.join(near)}. " if near else ""
        option = names.display("version")
        return ReleaseError(
            f"Wanted {version or 'HEAD'} ({option}) of {repository}, but {found}. "
            f"{nearest}Branches: {branches}; tags: {tags}.",
            reason="unknown_version",
            options=["version"],
            hint=f"Correct {option}, or push what it names.",
            near=near,
        )
