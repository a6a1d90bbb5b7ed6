# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Discovers what a server has of an app before anything changes."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass

from .._system.directory import Directory
from .options import Options
from .record import Record

IGNORED = frozenset({"lost+found"})
# What the role of version 0.1 made before the first release.
FORMER_NAMES = frozenset(
    {".state", "backups", "current", "deploy", "history.jsonl", "releases", "repo.git", "shared"}
)
FORMER_DIRECTORIES = frozenset({"backups", "deploy", "releases", "shared"})
# The common user's own; the app's user could not write where these are.
FORMER_OWNED = frozenset({".state", "deploy", "releases", "repo.git"})


@dataclass(frozen=True)
class Discovery:
    """The records of this server, and where the app was before.

    `former` are the user ids of version 0.1's common account where the app is still laid out as that version
    did; `old_path` is another directory in which this app is known to be.
    """

    record: Record | None
    others: tuple[Record, ...]
    former: tuple[int, ...] | None
    old_path: str

    @property
    def resumes(self) -> bool:
        """Whether an earlier run ended before its accounts were made."""
        return self.record is not None and None in (self.record.gid, self.record.uid, self.record.build_uid)


def discover_app(options: Options, record: Record | None, others: tuple[Record, ...]) -> Discovery:
    """Return what there is of the app."""
    former = None
    if os.geteuid() == 0:
        former = record.former if record else find_former_owners(options.path)
    known = record.path if record else find_live_path(options)
    return Discovery(record, others, former, known if known != options.path else "")


def find_live_path(options: Options) -> str:
    """Return the directory of this app that the live link leads into; empty if there is no such link."""
    try:
        release = os.readlink(options.live_link)
    except OSError:
        return ""
    path, directory = os.path.split(os.path.dirname(release))
    return path if directory == "releases" and os.path.basename(path) == options.name else ""


def find_former_owners(path: str) -> tuple[int, ...] | None:
    """Return who owns a directory laid out by version 0.1, its owner first; None if it is not one."""
    try:
        with Directory(path) as home:
            owner = os.fstat(home.descriptor).st_uid
            names = set(home.names()) - IGNORED
            found = {name: home.status(name) for name in names & FORMER_NAMES}
    except OSError:
        return None
    directories = {name for name, status in found.items() if status and stat.S_ISDIR(status.st_mode)}
    owners = {status.st_uid for name, status in found.items() if status and name in FORMER_OWNED}
    deployed = {"releases", ".state"} <= directories
    prepared = names <= FORMER_NAMES and directories >= FORMER_DIRECTORIES
    if owner == 0 or 0 in owners or not (deployed or prepared):
        return None
    return (owner, *sorted(owners - {owner}))


def is_laid_out(path: str) -> bool:
    """Return whether a directory, moved here by hand, is laid out by this version."""
    try:
        with Directory(path) as home:
            states = [os.fstat(home.descriptor), home.status(".state")]
            releases = home.status("releases")
    except OSError:
        return False
    owned = all(found is not None and found.st_uid == os.geteuid() for found in states)
    return owned and releases is not None and stat.S_ISDIR(releases.st_mode)


def has_live_release(options: Options) -> bool:
    """Return whether a release of this app, in this directory, has gone live."""
    return os.path.islink(options.live_link) or os.path.islink(f"{options.path}/current")
