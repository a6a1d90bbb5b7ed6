# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Submodules: each has a bare mirror of its own beside the app's."""

from __future__ import annotations

import errno
import hashlib
import posixpath
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from ansible_collections.masonite.deploy.plugins.module_utils._release_errors import ReleaseError
from ansible_collections.masonite.deploy.plugins.module_utils._release_export import (
    check_entries,
    corrupt,
    export,
)
from ansible_collections.masonite.deploy.plugins.module_utils._release_folder import Folder, ids
from ansible_collections.masonite.deploy.plugins.module_utils._release_git import PROTOCOLS, Remote
from ansible_collections.masonite.deploy.plugins.module_utils._release_mirror import GITLINK, Entry, Mirror

DEPTH = 5
# host:path, as ssh has it
REMOTE = re.compile(r"[^/:]+:(?!:)")


def absolute(base: str, url: str) -> str:
    """A submodule's address, which may be relative to that of the repository that names it."""
    if not url.startswith(("./", "../")):
        return url
    if "://" in base:
        parts = urlsplit(base)
        return urlunsplit(parts._replace(path=posixpath.normpath(posixpath.join(parts.path, url))))
    host, colon, path = base.rpartition(":") if not base.startswith("/") else ("", "", base)
    return f"{host}{colon}{posixpath.normpath(posixpath.join(path, url))}"


def _addresses(mirror: Mirror, revision: str) -> dict[str, str]:
    output = mirror.git.run(
        [
            f"--git-dir={mirror.path}",
            "config",
            "--blob",
            f"{revision}:.gitmodules",
            "--null",
            "--get-regexp",
            r"^submodule\.",
        ]
    )
    sections: dict[str, dict[str, str]] = {}
    for entry in output.out.decode("utf-8", "surrogateescape").split("\0"):
        key, _newline, value = entry.partition("\n")
        match = re.match(r"submodule\.(.+)\.(path|url)$", key, re.DOTALL)
        if match:
            sections.setdefault(match.group(1), {})[match.group(2)] = value
    return {section["path"]: section["url"] for section in sections.values() if len(section) == 2}


def refused(url: str, local: bool) -> str:
    """Why an address of a submodule is not fetched; empty if it is."""
    if url.startswith("-") or "::" in url.partition("/")[0]:
        return "its address is not one of https, http or ssh"
    scheme, separator, _rest = url.partition("://")
    if separator and scheme in PROTOCOLS:
        return ""
    if not separator and not url.startswith(("/", ".")) and REMOTE.match(url):
        return ""
    if separator and scheme != "file":
        return f"its transport {scheme} is not one of https, http or ssh"
    if local:
        return ""
    return "its address is a path on the server, which only a repository that is itself one there may name"


def export_submodules(
    mirror: Mirror, revision: str, entries: Sequence[Entry], releases: Folder, place: str, depth: int = 0
) -> None:
    """Export each submodule of what was exported to `place`, a name below `releases`."""
    links = [entry for entry in entries if entry.mode == GITLINK]
    addresses = _addresses(mirror, revision) if links else {}
    for entry in links:
        url = addresses.get(entry.name)
        why = ".gitmodules gives no address for it" if url is None else ""
        address = absolute(mirror.remote.url, url or "")
        why = why or refused(address, mirror.git.access.local)
        if depth >= DEPTH:
            why = f"submodules are nested deeper than {DEPTH}"
        if why:
            raise ReleaseError(
                f"The submodule {entry.name} of revision {revision[:12]} cannot be fetched: {why}.",
                hint="Correct .gitmodules in the repository.",
                reason="submodule",
            )
        module = _mirror(mirror, address, entry, depth)
        target = f"{place}/{entry.name}"
        _make_place(releases, target, entry, revision, mirror)
        inner = module.entries(entry.sha)
        check_entries(inner, entry.sha, module.remote.display)
        export(module, entry.sha, Path(releases.path) / target)
        export_submodules(module, entry.sha, inner, releases, target, depth + 1)


def _mirror(parent: Mirror, address: str, entry: Entry, depth: int) -> Mirror:
    """The mirror of a submodule, holding the wanted commit."""
    remote = _remote(parent.remote, address)
    digest = hashlib.sha256(remote.url.encode()).hexdigest()[:16]
    below = f"{parent.name}/modules" if depth == 0 else posixpath.dirname(parent.name)
    module = Mirror(parent.base, f"{below}/{digest}.git", remote, parent.git)
    usable = module.usable()
    if not usable or not module.has(entry.sha):
        module.update(usable, sha256=len(entry.sha) == 64)
    if not module.has(entry.sha) and not module.fetch_commit(entry.sha):
        raise ReleaseError(
            f"The submodule {entry.name} wants commit {entry.sha[:12]}, "
            f"which {remote.display} does not have.",
            hint="Push the submodule's commits, then run again.",
            reason="submodule",
        )
    return module


def _make_place(releases: Folder, target: str, entry: Entry, revision: str, mirror: Mirror) -> None:
    """The submodule's directory; all above it must be real directories, or it would be written elsewhere."""
    account = mirror.git.access.account
    try:
        releases.make_parents(target, account)
        releases.make_directory(target, 0o755, *ids(account))
    except OSError as error:
        if error.errno not in (errno.ELOOP, errno.ENOTDIR):
            raise
        why = f"a link or a file is in the way of the submodule {entry.name}"
        raise corrupt(revision, mirror.remote.display, why) from error


def _remote(parent: Remote, url: str) -> Remote:
    """On the same server the repository's credentials serve for its submodules too."""
    remote = Remote.parse(url)
    if remote.username or urlsplit(remote.url)[:2] != urlsplit(parent.url)[:2]:
        return remote
    if not urlsplit(remote.url).scheme.startswith("http"):
        return remote
    return Remote(remote.url, remote.display, parent.username, parent.password)
