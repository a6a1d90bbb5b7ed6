# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which paths of a release are links: into shared/ for what outlives it, or to a file of the server."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.masonite.deploy.plugins.module_utils._release_errors import Names, ReleaseError
from ansible_collections.masonite.deploy.plugins.module_utils._release_folder import Folder


@dataclass(frozen=True)
class SharedPath:
    """A path of the release that is a link into shared/."""

    name: str
    directory: bool


@dataclass(frozen=True)
class Placed:
    """What is a link in each release of an app."""

    shared: tuple[SharedPath, ...]
    links: Mapping[str, str]

    @classmethod
    def parse(cls, shared: Sequence[str], links: Mapping[str, Any], names: Names) -> Placed:
        """Check both lists: paths inside the release, none within another; links go before shared paths."""
        targets = {_inside(path, "links", names): str(target) for path, target in links.items()}
        for target in targets.values():
            if not target.startswith("/") or "\0" in target or posixpath.normpath(target) != target:
                raise ReleaseError(
                    f"{target!r} in {names('links')} is not an absolute path.",
                    hint="Give the path on the server that the link leads to, such as /srv/sites/blog/.env.",
                    reason="links",
                )
        paths = [SharedPath(_inside(path, "shared", names), path.strip().endswith("/")) for path in shared]
        paths = [path for path in paths if path.name not in targets]
        _refuse_overlaps([*(path.name for path in paths), *targets], names)
        return cls(tuple(paths), targets)

    @property
    def shared_names(self) -> tuple[str, ...]:
        return tuple(path.name for path in self.shared)

    def fits(self, release: Path, shared: Sequence[str], links: Sequence[str]) -> bool:
        """Whether a release, recorded with these shared paths and links, has the links it would get today.

        The record of version 0.1 has all of them as shared; where a link leads is seen on disk.
        """
        if {*shared, *links} != {*self.shared_names, *self.links}:
            return False
        if not self.links:
            return True
        try:
            with Folder(str(release)) as folder:
                return all(folder.target(name) == target for name, target in self.links.items())
        except OSError:
            return False


def _inside(path: str, option: str, names: Names) -> str:
    name = posixpath.normpath(path.strip()) if path.strip() else ""
    if not name or name.startswith(("/", "../")) or name in (".", "..") or "\0" in name:
        raise ReleaseError(
            f"{path!r} in {names(option)} is not a path inside a release.",
            hint="Give paths relative to the release's root, such as .env or storage/logs/.",
            reason=option,
        )
    return name


def _refuse_overlaps(paths: Sequence[str], names: Names) -> None:
    for number, one in enumerate(paths):
        for other in [*paths[:number], *paths[number + 1 :]]:
            if one == other or one.startswith(f"{other}/"):
                raise ReleaseError(
                    f"{one} and {other} in {names('shared')} overlap.",
                    hint="Name the outer one only.",
                    reason="shared",
                )
