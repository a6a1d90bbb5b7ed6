# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The public paths: three links that lead to the live instance, switched and switched back by rename(2)."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass

from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_config import Files, Paths
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_errors import InstanceError
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_files import remove


@dataclass(frozen=True)
class Place:
    """What was found at a public path."""

    path: str
    kind: str  # missing, link, socket, file, directory
    target: str | None = None  # where a link leads, absolute; it need not exist


def look(path: str) -> Place:
    try:
        mode = os.lstat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return Place(path, "missing")
    if stat.S_ISLNK(mode):
        target = os.readlink(path)
        return Place(path, "link", os.path.normpath(os.path.join(os.path.dirname(path), target)))
    if stat.S_ISDIR(mode):
        return Place(path, "directory")
    return Place(path, "socket" if stat.S_ISSOCK(mode) else "file")


def written_target(path: str, target: str) -> str:
    """Relative where the target lies below the link, so that a moved tree keeps working."""
    folder = os.path.dirname(path)
    return os.path.relpath(target, folder) if target.startswith(folder + os.sep) else target


def point(path: str, target: str) -> None:
    """One rename: at any moment the path leads to the old target or to the new one."""
    temporary = _beside(path, "new")
    remove(temporary)
    os.symlink(written_target(path, target), temporary)
    os.rename(temporary, path)


def _beside(path: str, suffix: str) -> str:
    return os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.{suffix}")


class Links:
    """All public paths of one name together. The socket goes first: it decides who serves."""

    def __init__(self, paths: Paths) -> None:
        self.paths = paths
        self.public = [path for path in (paths.socket, paths.root, paths.pidfile) if path]

    def check(self) -> None:
        for path in self.public:
            if look(path).kind == "directory":
                raise InstanceError(
                    f"{path} is a directory, and a link to the live instance belongs there. Nothing "
                    "was changed; move it away or choose another path.",
                    stage="survey",
                )

    def targets(self, files: Files, chdir: str, entrance: str) -> dict[str, str]:
        wanted = {self.paths.socket: entrance, self.paths.pidfile: files.pidfile}
        if self.paths.root:
            wanted[self.paths.root] = chdir
        return {path: wanted[path] for path in self.public}

    def wrong(self, files: Files, chdir: str, entrance: str) -> list[str]:
        wanted = self.targets(files, chdir, entrance)
        return [path for path in self.public if look(path).target != wanted[path]]

    def remember(self) -> dict[str, str]:
        """What is needed to go back, path by path: the link's target, or the name a real file is kept under.

        The book's own socket and pidfile are real files; a second hard link keeps them until `settle`.
        """
        before: dict[str, str] = {}
        for path in self.public:
            place = look(path)
            if place.kind == "link":
                before[path] = place.target or ""
            elif place.kind != "missing":
                kept = _beside(path, "old")
                remove(kept)
                os.link(path, kept, follow_symlinks=False)
                before[path] = kept
        return before

    def switch(self, files: Files, chdir: str, entrance: str) -> None:
        """Point all public paths at an instance; `entrance` is where visitors reach it."""
        for path, target in self.targets(files, chdir, entrance).items():
            if look(path).target != target:
                point(path, target)

    def go_back(self, before: dict[str, str]) -> None:
        for path in self.public:
            former = before.get(path)
            if former is None:
                remove(path)
            elif former == _beside(path, "old"):
                try:
                    os.rename(former, path)
                except FileNotFoundError:
                    remove(path)
            elif look(path).target != former:
                point(path, former)

    def settle(self) -> bool:
        """Drops what only a way back would have needed."""
        removed = [remove(_beside(path, suffix)) for path in self.public for suffix in ("old", "new")]
        return any(removed)

    def drop(self, paths: list[str]) -> list[str]:
        return [path for path in paths if remove(path)]
