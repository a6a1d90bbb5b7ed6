# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creates the directories of an app that this module keeps."""

from __future__ import annotations

from .._system.account import Account
from .._system.privileges import can_switch
from .app_paths import AppPaths
from .untrusted_directory import UntrustedDirectory, owner_ids


def create_records_directory(paths: AppPaths) -> None:
    """Create what holds the records of the app."""
    paths.path.mkdir(parents=True, exist_ok=True)
    with UntrustedDirectory(str(paths.path)) as directory:
        if directory.status(paths.records.name) is None:
            directory.make_directory(paths.records.name, 0o700)


def create_releases_directory(paths: AppPaths, build: Account | None) -> None:
    """Create what holds the releases, and give it to the build user, whoever created it before."""
    create_records_directory(paths)
    with UntrustedDirectory(str(paths.path)) as directory:
        if can_switch(build) or directory.status(paths.releases.name) is None:
            directory.make_directory(paths.releases.name, 0o755, *owner_ids(build))
