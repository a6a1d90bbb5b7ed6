# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The public links to the live instance, switched and restored by rename(2)."""

from __future__ import annotations

import os
import re

from .._system.symlink import replace_symlink
from .errors import InstanceError
from .path_state import read_path_state
from .paths import InstanceFiles, Paths
from .remove_file import remove_file


class PublicLinks:
    """The links of one name: socket, root and pidfile. The socket, which decides who serves, is the first."""

    def __init__(self, paths: Paths) -> None:
        self.paths = paths

    def refuse_directories(self) -> None:
        """Refuse a directory where a link belongs."""
        names = {self.paths.socket: "socket", self.paths.pidfile: "pidfile", self.paths.root: "root"}
        for path in self.paths.public_links:
            if read_path_state(path).kind == "directory":
                raise InstanceError(
                    f"{path} is a directory, and a link to the live instance belongs there. Nothing "
                    "was changed; move it away or choose another path.",
                    "discover",
                    options=[names[path]],
                )

    def list_wrong(self, files: InstanceFiles, chdir: str, entrance: str) -> list[str]:
        """Return the public paths that do not lead to an instance."""
        targets = self._targets(files, chdir, entrance)
        return [path for path, target in targets.items() if read_path_state(path).target != target]

    def switch(self, files: InstanceFiles, chdir: str, entrance: str) -> None:
        """Let the public links lead to an instance; ``entrance`` is the socket for visitors."""
        for path, target in self._targets(files, chdir, entrance).items():
            if read_path_state(path).target != target:
                replace_symlink(path, _link_text(path, target))

    def create_restore_point(self) -> dict[str, str]:
        """Return what `restore` needs: for each path the target of the link, or the kept name of a real file.

        The socket and the pidfile of a uWSGI that a person started are real files: a second hard link keeps
        them.
        """
        before: dict[str, str] = {}
        for path in self.paths.public_links:
            state = read_path_state(path)
            if state.kind == "link":
                before[path] = state.target or ""
            elif state.kind != "missing":
                kept = _kept_name(path)
                remove_file(kept)
                os.link(path, kept, follow_symlinks=False)
                before[path] = kept
        return before

    def restore(self, before: dict[str, str]) -> None:
        """Let the public paths be what they were at a restore point."""
        for path in self.paths.public_links:
            former = before.get(path)
            if former is None:
                remove_file(path)
            elif former == _kept_name(path):
                try:
                    os.rename(former, path)
                except FileNotFoundError:
                    remove_file(path)
            elif read_path_state(path).target != former:
                replace_symlink(path, _link_text(path, former))

    def remove_restore_point(self) -> bool:
        """Remove kept files and what killed runs left beside the links; return whether there was anything."""
        removed = [
            remove_file(os.path.join(directory, name))
            for directory, name in map(os.path.split, self.paths.public_links)
            for name in _list_beside(directory, name)
        ]
        return any(removed)

    def remove(self, paths: list[str]) -> list[str]:
        """Remove some of the public paths; return those that existed."""
        return [path for path in paths if remove_file(path)]

    def _targets(self, files: InstanceFiles, chdir: str, entrance: str) -> dict[str, str]:
        targets = {self.paths.socket: entrance, self.paths.pidfile: files.pidfile}
        if self.paths.root:
            targets[self.paths.root] = chdir
        return {path: targets[path] for path in self.paths.public_links}


def _link_text(path: str, target: str) -> str:
    """Return a relative target where it is below the link, so that a directory can be moved as a whole."""
    directory = os.path.dirname(path)
    return os.path.relpath(target, directory) if target.startswith(directory + os.sep) else target


def _kept_name(path: str) -> str:
    return os.path.join(os.path.dirname(path), f".{os.path.basename(path)}.old")


def _list_beside(directory: str, name: str) -> list[str]:
    """Return the names of kept files and temporary links; those with .new are of version 0.1."""
    pattern = re.compile(rf"\A\.{re.escape(name)}\.(?:old|new|[0-9]+\.tmp)\Z")
    try:
        return [other for other in os.listdir(directory) if pattern.match(other)]
    except FileNotFoundError:
        return []
