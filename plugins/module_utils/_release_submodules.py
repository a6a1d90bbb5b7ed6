# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Submodules: each has a bare mirror of its own beside the app's."""

from __future__ import annotations

import hashlib
import posixpath
import re
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from ansible_collections.masonite.deploy.plugins.module_utils._release_errors import ReleaseError
from ansible_collections.masonite.deploy.plugins.module_utils._release_git import Remote
from ansible_collections.masonite.deploy.plugins.module_utils._release_mirror import Mirror

GITLINK = "160000"
DEPTH = 5


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


def export_submodules(mirror: Mirror, revision: str, target: Path, depth: int = 0) -> None:
    if mirror.read(revision, ".gitmodules") is None:
        return
    addresses = _addresses(mirror, revision)
    for mode, commit, _size, path in mirror.entries(revision):
        if mode != GITLINK:
            continue
        url = addresses.get(path)
        if url is None or depth >= DEPTH or url.startswith("-"):
            found = ".gitmodules gives no address for it" if url is None else "its address is refused"
            raise ReleaseError(
                f"The submodule {path} of revision {revision[:12]} cannot be fetched: {found}.",
                hint="Correct .gitmodules in the repository.",
                reason="submodule",
            )
        remote = _remote(mirror.remote, absolute(mirror.remote.url, url))
        digest = hashlib.sha256(remote.url.encode()).hexdigest()[:16]
        below = mirror.path / "modules" if depth == 0 else mirror.path.parent
        module = Mirror(below / f"{digest}.git", remote, mirror.git)
        if not module.usable() or not module.has(commit):
            module.update(sha256=len(commit) == 64)
        if not module.has(commit) and not module.fetch_commit(commit):
            raise ReleaseError(
                f"The submodule {path} wants commit {commit[:12]}, which {remote.display} does not have.",
                hint="Push the submodule's commits, then run again.",
                reason="submodule",
            )
        place = target / path
        place.mkdir(parents=True, exist_ok=True)
        module.export(commit, place)
        export_submodules(module, commit, place, depth + 1)


def _remote(parent: Remote, url: str) -> Remote:
    """On the same server the repository's credentials serve for its submodules too."""
    remote = Remote.parse(url)
    if remote.username or urlsplit(remote.url)[:2] != urlsplit(parent.url)[:2]:
        return remote
    if not urlsplit(remote.url).scheme.startswith("http"):
        return remote
    return Remote(remote.url, remote.display, parent.username, parent.password)
