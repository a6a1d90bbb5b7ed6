# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exports submodules: each has a bare mirror of its own beside the app's."""

from __future__ import annotations

import errno
import hashlib
import posixpath
from collections.abc import Sequence
from pathlib import Path

from .errors import ReleaseError
from .git_objects import GitObjects
from .mirror import Mirror
from .revision_check import corrupt_revision_error, refuse_unsafe_entries
from .revision_entry import SUBMODULE, RevisionEntry
from .revision_export import export_revision
from .submodule_address import check_address, make_submodule_remote, resolve_address
from .untrusted_directory import UntrustedDirectory, owner_ids

MAX_DEPTH = 5


def export_submodules(
    mirror: Mirror,
    revision: str,
    entries: Sequence[RevisionEntry],
    releases: UntrustedDirectory,
    place: str,
    depth: int = 0,
) -> None:
    """Export each submodule of what was exported to ``place``, a name below ``releases``."""
    submodules = [entry for entry in entries if entry.mode == SUBMODULE]
    objects = GitObjects(mirror.git, mirror.path)
    addresses = objects.list_submodule_addresses(revision) if submodules else {}
    for entry in submodules:
        url = addresses.get(entry.name)
        why = ".gitmodules gives no address for it" if url is None else ""
        address = resolve_address(mirror.remote.url, url or "")
        why = why or check_address(address, mirror.git.access.local)
        if depth >= MAX_DEPTH:
            why = f"submodules are nested deeper than {MAX_DEPTH}"
        if why:
            raise ReleaseError(
                f"The submodule {entry.name} of revision {revision[:12]} cannot be fetched: {why}.",
                reason="submodule",
                options=["repository", "version"],
                hint="Correct .gitmodules in the repository.",
            )
        module = _fetch_submodule(mirror, address, entry, depth)
        target = f"{place}/{entry.name}"
        _make_directory(releases, target, entry, revision, mirror)
        inner = GitObjects(module.git, module.path).list_entries(entry.sha)
        refuse_unsafe_entries(inner, entry.sha, module.remote.display)
        export_revision(module.git, module.path, entry.sha, Path(releases.path) / target)
        export_submodules(module, entry.sha, inner, releases, target, depth + 1)


def _fetch_submodule(parent: Mirror, address: str, entry: RevisionEntry, depth: int) -> Mirror:
    """Return the mirror of a submodule, with the wanted commit in it."""
    remote = make_submodule_remote(parent.remote, address)
    digest = hashlib.sha256(remote.url.encode()).hexdigest()[:16]
    below = f"{parent.name}/modules" if depth == 0 else posixpath.dirname(parent.name)
    module = Mirror(parent.base, f"{below}/{digest}.git", remote, parent.git)
    objects = GitObjects(module.git, module.path)
    usable = module.is_usable()
    if not usable or not objects.has_commit(entry.sha):
        module.update(usable, sha256=len(entry.sha) == 64)
    if not objects.has_commit(entry.sha) and not module.fetch_commit(entry.sha):
        raise ReleaseError(
            f"The submodule {entry.name} wants commit {entry.sha[:12]}, "
            f"which {remote.display} does not have.",
            reason="submodule",
            options=["repository", "version"],
            hint="Push the submodule's commits, then run again.",
        )
    return module


def _make_directory(
    releases: UntrustedDirectory, target: str, entry: RevisionEntry, revision: str, mirror: Mirror
) -> None:
    """Make the directory of a submodule. A link above it would lead the export elsewhere: it is an error."""
    account = mirror.git.access.account
    try:
        releases.make_parents(target, account)
        releases.make_directory(target, 0o755, *owner_ids(account))
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENOTDIR):
            raise
        why = f"a link or a file is in the way of the submodule {entry.name}"
        raise corrupt_revision_error(revision, mirror.remote.display, why) from error
