# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which paths of a release are links: into shared/ for what outlives it, or to a file of the server."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from .._system.directory import Directory
from .errors import ReleaseError
from .option_names import OptionNames
from .release import Release
from .shared_path import SharedPath


@dataclass(frozen=True)
class LinkedPaths:
    """What is a link in each release of an app: into shared/, or to a path of the server.

    The paths are relative to the app, which is in the ``directory`` of the release, or is all of it.
    """

    shared: tuple[SharedPath, ...]
    links: Mapping[str, str]
    directory: str = ""

    @classmethod
    def parse(
        cls, shared: Sequence[str], links: Mapping[str, str], names: OptionNames, directory: str = ""
    ) -> LinkedPaths:
        """Check both options: paths inside the app, none inside another. Links go before shared paths."""
        targets = {_parse_path(path, "links", names): target for path, target in links.items()}
        for target in targets.values():
            if not target.startswith("/") or "\0" in target or posixpath.normpath(target) != target:
                raise ReleaseError(
                    f"{target!r} in {names.display('links')} is not an absolute path.",
                    reason="links",
                    options=["links"],
                    hint="Give the path on the server that the link leads to, such as /srv/sites/blog/.env.",
                )
        paths = [
            SharedPath(_parse_path(path, "shared", names), path.strip().endswith("/")) for path in shared
        ]
        paths = [path for path in paths if path.name not in targets]
        _refuse_overlaps([*(path.name for path in paths), *targets], names)
        return cls(tuple(paths), targets, directory)

    def place(self, name: str) -> str:
        """Return the path in the release of one that is relative to the app."""
        return posixpath.join(self.directory, name)

    @property
    def shared_names(self) -> tuple[str, ...]:
        return tuple(self.place(path.name) for path in self.shared)

    @property
    def link_names(self) -> tuple[str, ...]:
        return tuple(map(self.place, self.links))

    def record_in(self, release: Release) -> Release:
        """Return the release with these paths in its record."""
        return replace(release, shared=self.shared_names, links=self.link_names)

    def match(self, release: Path, shared: Sequence[str], links: Sequence[str]) -> bool:
        """Whether a release that was recorded with these paths has the links that it would get now.

        The record of version 0.1 has all of them as shared. The targets of links are read from disk.
        """
        if {*shared, *links} != {*self.shared_names, *self.link_names}:
            return False
        if not self.links:
            return True
        try:
            with Directory(str(release)) as directory:
                return all(
                    directory.target(self.place(name)) == target for name, target in self.links.items()
                )
        except OSError:
            return False


def _parse_path(path: str, option: Literal["shared", "links"], names: OptionNames) -> str:
    name = posixpath.normpath(path.strip()) if path.strip() else ""
    if not name or name.startswith(("/", "../")) or name in (".", "..") or "\0" in name:
        raise ReleaseError(
            f"{path!r} in {names.display(option)} is not a path inside a release.",
            reason=option,
            options=[option],
            hint="Give paths relative to the release's root, such as .env or storage/logs/.",
        )
    return name


def _refuse_overlaps(paths: Sequence[str], names: OptionNames) -> None:
    for number, one in enumerate(paths):
        for other in [*paths[:number], *paths[number + 1 :]]:
            if one == other or one.startswith(f"{other}/"):
                raise ReleaseError(
                    f"{one} and {other} in {names.display('shared')} overlap.",
                    reason="shared",
                    options=["shared", "links"],
                    hint="Name the outer one only.",
                )
