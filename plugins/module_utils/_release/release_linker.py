# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the links of a release."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path

from .._system.account import Account
from .._system.privileges import can_switch, run_as
from .app_users import AppUsers
from .errors import ReleaseError
from .linked_paths import LinkedPaths
from .option_names import OptionNames
from .shared_content import fill_shared
from .shared_path import SharedPath
from .untrusted_directory import UntrustedDirectory, owner_ids


class ReleaseLinker:
    """Makes the links of the release ``name``, which is below ``releases``."""

    def __init__(
        self, releases: UntrustedDirectory, name: str, shared: Path, users: AppUsers, names: OptionNames
    ) -> None:
        self.releases = releases
        self.name = name
        self.shared = shared
        self.users = users
        self.names = names
        self.warnings: list[str] = []

    def make_links(self, linked: LinkedPaths) -> None:
        """Make each link; before that, copy what the revision has in a shared place to an empty shared/."""
        paths = [path for path in linked.shared if self._target(path.name) != str(self.shared / path.name)]
        links = {name: target for name, target in linked.links.items() if self._target(name) != target}
        for name in [*(path.name for path in paths), *links]:
            self._refuse_link_above(name)
        if paths:
            self._fill_shared(paths)
        for path in paths:
            self._make_link(path.name, str(self.shared / path.name), self.users.app)
        for name, target in links.items():
            if self._is_of_the_revision(name):
                self.warnings.append(
                    f"The revision has {name}, which is not used: it is a link to {target} in each release. "
                    f"Remove {name} from the repository; if it holds secrets, change them."
                )
            self._make_link(name, target, None)

    def _path(self, name: str) -> str:
        return f"{self.name}/{name}"

    def _target(self, name: str) -> str | None:
        try:
            return self.releases.target(self._path(name))
        except OSError:
            return None

    def _is_of_the_revision(self, name: str) -> bool:
        """Whether something is there that is not a link which this module made."""
        missing = self.releases.status(self._path(name)) is None
        return not missing and not (self._target(name) or "").startswith("/")

    def _refuse_link_above(self, name: str) -> None:
        """Refuse a path that would be made somewhere else because something above it is no directory."""
        parts = name.split("/")[:-1]
        for count in range(1, len(parts) + 1):
            above = "/".join(parts[:count])
            found = self.releases.status(self._path(above))
            if found is None:
                return
            if not stat.S_ISDIR(found.st_mode):
                raise ReleaseError(
                    f"{name} in {self.names.display('shared')} cannot be linked: in the revision "
                    f"{above} is not a directory.",
                    reason="shared",
                    options=["shared", "links"],
                    hint=f"Correct {self.names.display('shared')}, or the repository.",
                )

    def _make_link(self, name: str, target: str, owner: Account | None) -> None:
        path = self._path(name)
        self.releases.make_parents(path, self.users.build)
        self.releases.remove_tree(path)
        self.releases.make_link(path, target, owner)

    def _fill_shared(self, paths: Sequence[SharedPath]) -> None:
        """Fill shared/ as the app user: a link that the app put there leads to nothing of other users."""
        with UntrustedDirectory(str(self.shared.parent)) as directory:
            if directory.status(self.shared.name) is None:
                uid, gid = owner_ids(self.users.app)
                directory.make_directory(self.shared.name, 0o770 if uid == -1 else 0o750, uid, gid)
        paths = [path for path in paths if not self._is_filled(path.name)]
        if not paths:
            return
        release = Path(self.releases.path) / self.name
        try:
            # Without an app user several users may share the work: then the group can write, too.
            umask = 0o027 if can_switch(self.users.app) else 0o007
            run_as(self.users.app, lambda: fill_shared(release, self.shared, paths, umask))
        except RuntimeError as error:
            raise ReleaseError(
                f"{self.shared} could not be filled: {error}.",
                reason="shared",
                options=["shared"],
                hint="Check what is in it, then run again.",
            ) from error

    def _is_filled(self, name: str) -> bool:
        try:
            with UntrustedDirectory(str(self.shared)) as shared:
                return shared.status(name) is not None
        except OSError:
            return False
