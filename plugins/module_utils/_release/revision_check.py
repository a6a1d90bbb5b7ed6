# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuses revisions that would be written outside of a release."""

from __future__ import annotations

from collections.abc import Sequence

from .errors import ReleaseError
from .revision_entry import RevisionEntry

FORBIDDEN_PARTS = frozenset(["", ".", "..", ".git"])


def refuse_unsafe_entries(entries: Sequence[RevisionEntry], commit: str, repository: str) -> None:
    """Refuse a revision in which a name leads out of it, or in which something is below a link or a file."""
    names = {entry.name for entry in entries}
    for entry in entries:
        parts = entry.name.split("/")
        above = ["/".join(parts[:count]) for count in range(1, len(parts))]
        crossed = next((name for name in above if name in names), "")
        if crossed or FORBIDDEN_PARTS.intersection(part.lower() for part in parts):
            why = f"{crossed!r} is a link or a file there" if crossed else "such a name is not allowed"
            raise corrupt_revision_error(commit, repository, f"it holds {entry.name!r}, and {why}")
    if len(names) != len(entries):
        raise corrupt_revision_error(commit, repository, "it holds a name twice")


def corrupt_revision_error(commit: str, repository: str, why: str) -> ReleaseError:
    return ReleaseError(
        f"Revision {commit[:12]} of {repository} cannot be exported: {why}.",
        reason="corrupt_repository",
        options=["repository", "version"],
        hint="Run `git fsck --strict` in a clone, and correct the history of the repository.",
    )
