# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the links of a release, and fills shared/ with what the revision has in their places."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ansible_collections.masonite.deploy.plugins.module_utils._release_errors import Names, ReleaseError
from ansible_collections.masonite.deploy.plugins.module_utils._release_folder import Folder, ids
from ansible_collections.masonite.deploy.plugins.module_utils._release_parties import Parties
from ansible_collections.masonite.deploy.plugins.module_utils._release_placed import Placed, SharedPath
from ansible_collections.masonite.deploy.plugins.module_utils._system.account import Account
from ansible_collections.masonite.deploy.plugins.module_utils._system.privileges import can_switch, run_as

READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Linker:
    """Makes the links of a release, which is a name below `releases`."""

    def __init__(self, releases: Folder, name: str, shared: Path, parties: Parties, names: Names) -> None:
        self.releases = releases
        self.name = name
        self.shared = shared
        self.parties = parties
        self.names = names
        self.warnings: list[str] = []

    def link(self, placed: Placed) -> None:
        """Make each link; what the revision has in a shared place fills an empty shared/ first."""
        paths = [path for path in placed.shared if self._target(path.name) != str(self.shared / path.name)]
        links = {name: target for name, target in placed.links.items() if self._target(name) != target}
        for name in [*(path.name for path in paths), *links]:
            self._refuse_detours(name)
        if paths:
            self._fill(paths)
        for path in paths:
            self._place(path.name, str(self.shared / path.name), self.parties.app)
        for name, target in links.items():
            if self._is_of_the_revision(name):
                self.warnings.append(
                    f"The revision has {name}, which is not used: it is a link to {target} in each release. "
                    f"Remove {name} from the repository; if it holds secrets, change them."
                )
            self._place(name, target, None)

    def _path(self, name: str) -> str:
        return f"{self.name}/{name}"

    def _target(self, name: str) -> str | None:
        try:
            return self.releases.target(self._path(name))
        except OSError:
            return None

    def _is_of_the_revision(self, name: str) -> bool:
        """Not missing, and not a link that this module made before."""
        missing = self.releases.status(self._path(name)) is None
        return not missing and not (self._target(name) or "").startswith("/")

    def _refuse_detours(self, name: str) -> None:
        parts = name.split("/")[:-1]
        for count in range(1, len(parts) + 1):
            above = "/".join(parts[:count])
            found = self.releases.status(self._path(above))
            if found is None:
                return
            if not stat.S_ISDIR(found.st_mode):
                raise ReleaseError(
                    f"{name} in {self.names('shared')} cannot be linked: in the revision "
                    f"{above} is not a directory.",
                    hint=f"Correct {self.names('shared')}, or the repository.",
                    reason="shared",
                )

    def _place(self, name: str, target: str, owner: Account | None) -> None:
        path = self._path(name)
        self.releases.make_parents(path, self.parties.build)
        self.releases.discard(path)
        self.releases.make_link(path, target, owner)

    def _fill(self, paths: Sequence[SharedPath]) -> None:
        """As the app's user, so that a link which the app put there leads nowhere it could not go itself."""
        with Folder(str(self.shared.parent)) as folder:
            if folder.status(self.shared.name) is None:
                uid, gid = ids(self.parties.app)
                folder.make_directory(self.shared.name, 0o770 if uid == -1 else 0o750, uid, gid)
        paths = [path for path in paths if not self._is_filled(path.name)]
        if not paths:
            return
        release = Path(self.releases.path) / self.name
        try:
            # Where two users share the work, as without users of the app's own, the group writes too.
            umask = 0o027 if can_switch(self.parties.app) else 0o007
            run_as(self.parties.app, lambda: fill(release, self.shared, paths, umask))
        except RuntimeError as error:
            raise ReleaseError(
                f"{self.shared} could not be filled: {error}.",
                hint="Look at what is in it, then run again.",
                reason="shared",
            ) from error

    def _is_filled(self, name: str) -> bool:
        try:
            with Folder(str(self.shared)) as shared:
                return shared.status(name) is not None
        except OSError:
            return False


@contextmanager
def _umask(umask: int) -> Iterator[None]:
    previous = os.umask(umask)
    try:
        yield
    finally:
        os.umask(previous)


def fill(release: Path, shared: Path, paths: Sequence[SharedPath], umask: int) -> None:
    with _umask(umask):
        for path in paths:
            _fill_one(release / path.name, shared / path.name, path)


def _fill_one(place: Path, target: Path, path: SharedPath) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if os.path.lexists(target):
        return
    if place.is_symlink() or not place.exists():
        if path.directory:
            target.mkdir()
        return
    # A fresh name: nothing that lies there already is written to.
    seed = target.with_name(f".partial-{target.name}-{os.getpid()}-{os.urandom(4).hex()}")
    if place.is_dir():
        _copy_tree(place, seed)
    else:
        _copy_file(place, seed)
    seed.rename(target)


def _copy_tree(source: Path, target: Path) -> None:
    # mkdir, not chmod: in a setgid directory that is what hands the group on.
    target.mkdir()
    for entry in os.scandir(source):
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), target / entry.name)
        elif entry.is_dir():
            _copy_tree(Path(entry.path), target / entry.name)
        else:
            _copy_file(Path(entry.path), target / entry.name)


def _copy_file(source: Path, target: Path) -> None:
    descriptor = os.open(source, READ)
    with os.fdopen(descriptor, "rb") as content:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return
        handle = os.open(target, WRITE, 0o777 if found.st_mode & stat.S_IXUSR else 0o666)
        with os.fdopen(handle, "wb") as output:
            while chunk := content.read(1 << 20):
                output.write(chunk)
