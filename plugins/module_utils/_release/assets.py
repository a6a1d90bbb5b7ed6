# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The built files of a release: of which build they are, and whether they are there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from .._system.asset_files import place_assets, read_mark
from .._system.complete_directory import is_complete
from .._system.privileges import run_as
from .app_users import AppUsers
from .asset_key import hash_settings, make_asset_key
from .asset_needs import AssetNeeds, read_asset_needs
from .errors import ReleaseError
from .options import ReleaseOptions
from .release import Release
from .release_files import ReleaseFiles
from .revision_entry import RevisionEntry


@dataclass(frozen=True)
class Assets:
    """What is built for a release. ``path`` is the directory of the results, ``live`` the live release.

    ``ready`` says that the release has its built files.
    """

    path: str
    ready: bool
    install: str
    commands: tuple[str, ...]
    lock: str
    packages: str
    live: str

    def facts(self) -> dict[str, Any]:
        return {**asdict(self), "commands": list(self.commands)}


class AssetFinder:
    def __init__(self, options: ReleaseOptions, users: AppUsers) -> None:
        self.options = options
        self.users = users

    def plan(self, files: ReleaseFiles, release: Release, entries: Sequence[RevisionEntry]) -> Release:
        """Return the release with the key of its build in its record."""
        if self._read_needs(files) is None:
            return release
        return replace(release, assets=make_asset_key(self._hash_settings(), entries))

    def find(self, files: ReleaseFiles, release: Release, live: Release | None) -> Assets | None:
        """Return the build of a release; None where nothing is built for it."""
        if not release.assets:
            return None
        needs = self._read_needs(files) or AssetNeeds(())
        return Assets(
            path=os.path.join(self.options.assets, release.assets),
            ready=not needs.commands or read_mark(release.path).key == release.assets,
            install=needs.install,
            commands=needs.commands,
            lock=needs.lock,
            packages=needs.packages,
            live=live.path if live is not None and live.name != release.name else "",
        )

    def match(self, files: ReleaseFiles, release: Release) -> bool:
        """Whether the live release was built by the settings of now, or nothing is built for it."""
        if self._read_needs(files) is None:
            return True
        return release.assets.startswith(f"{self._hash_settings()}-")

    def place(self, release: Release, target: Path, live: Release | None) -> None:
        """Put into a new release what was built for equal files before, and the files that it lacks.

        Where its files are still to be built, this is done after the build.
        """
        results = os.path.join(self.options.assets, release.assets) if release.assets else ""
        if not results or is_complete(results):
            self._place(str(target), release.assets, results, live)

    def place_former(self, release: Release, live: Release | None) -> None:
        """Put into an earlier release what pages of the live one, which are still open, ask for."""
        if live is None or live.name != release.name:
            self._place(release.path, "", "", live)

    def _place(self, target: str, key: str, results: str, live: Release | None) -> None:
        former = live.path if live is not None and self.options.static else ""
        if not (key or former):
            return
        directories = [os.path.join(self.options.directory, path) for path in self.options.static]
        try:
            run_as(self.users.build, lambda: place_assets(target, key, results, former, directories))
        except (OSError, RuntimeError) as error:
            raise ReleaseError(
                f"The built files could not be put into {target}: {error}.",
                reason="assets",
                options=["assets"],
                hint="Free some space, or correct the rights there, and run again.",
            ) from error

    def _read_needs(self, files: ReleaseFiles) -> AssetNeeds | None:
        if not self.options.assets or not files.known:
            return None
        return read_asset_needs(files.read, self.options.build, self.options.names)

    def _hash_settings(self) -> str:
        options = self.options
        return hash_settings(
            options.build, options.node_version, options.build_environment, options.directory
        )
