# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what a person asks for (a branch, a tag, a commit) to a revision."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ansible_collections.masonite.deploy.plugins.module_utils._release_errors import Names, ReleaseError

COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?$")
ABBREVIATED = re.compile(r"[0-9a-f]{4,63}$")


def is_commit(version: str) -> bool:
    return COMMIT.match(version.lower()) is not None


def may_be_commit(version: str) -> bool:
    return ABBREVIATED.match(version.lower()) is not None


@dataclass
class Refs:
    """The branches and tags of a remote, each with the commit it stands for."""

    head: str = ""
    default_branch: str = ""
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, listing: str) -> Refs:
        """Read `git ls-remote --symref`; a tag's peeled line (^{}) follows and replaces its own."""
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

    def named(self, version: str) -> str | None:
        """The commit of a branch or tag; as in git itself, a tag goes before a branch of the same name."""
        if version in ("", "HEAD"):
            return self.head or None
        for prefix, known in (("refs/tags/", self.tags), ("refs/heads/", self.branches)):
            if version.startswith(prefix):
                return known.get(version[len(prefix) :])
        return self.tags.get(version) or self.branches.get(version)

    def ambiguous(self, version: str) -> bool:
        return (
            version in self.tags and version in self.branches and self.tags[version] != self.branches[version]
        )

    def tips(self, prefix: str) -> set[str]:
        commits = {self.head, *self.branches.values(), *self.tags.values()}
        return {commit for commit in commits if commit and commit.startswith(prefix.lower())}

    def unknown(self, version: str, repository: str, names: Names) -> ReleaseError:
        if version in ("", "HEAD") and not self.branches:
            return ReleaseError(
                f"The repository {repository} ({names('repository')}) has no commits yet.",
                hint="Push a first commit.",
                reason="empty_repository",
            )
        # Only for this message, in a program that is compiled anew in each call on a server.
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
        return ReleaseError(
            f"Wanted {version or 'HEAD'} ({names('version')}) of {repository}, but {found}. "
            f"{nearest}Branches: {branches}; tags: {tags}.",
            hint=f"Correct {names('version')}, or push what it names.",
            reason="unknown_version",
            near=near,
        )
