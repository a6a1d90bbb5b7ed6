# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The virtualenv of a release: where it belongs, and whether it is there."""

from __future__ import annotations

import os
import stat
from dataclasses import asdict, dataclass
from typing import Any

from .._system.directory import Directory
from .app_users import AppUsers
from .options import ReleaseOptions
from .python_version import read_python_version
from .release import Release
from .release_files import ReleaseFiles
from .requirements import read_requirements
from .virtualenv_key import MARKER, make_virtualenv_key

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Virtualenv:
    """``known`` is false where the revision is not known yet, and so not what it needs."""

    path: str
    ready: bool
    known: bool
    kind: str
    requirements: str | None
    python_version: str

    def facts(self) -> dict[str, Any]:
        return asdict(self)


class VirtualenvFinder:
    def __init__(self, options: ReleaseOptions, users: AppUsers) -> None:
        self.options = options
        self.users = users
        self._python_version: str | None = None

    def find(self, files: ReleaseFiles, release: Release) -> Virtualenv | None:
        """Return the virtualenv that a release with these files needs; None where none are used."""
        options = self.options
        if not options.virtualenvs:
            return None
        if not files.known:
            path = os.path.join(options.virtualenvs, UNKNOWN)
            return Virtualenv(path, is_complete(path), False, UNKNOWN, None, "")
        needs = read_requirements(files.read, options.requirements, options.names)
        version = self._read_version()
        key = make_virtualenv_key(
            needs,
            options.python,
            version,
            options.packages,
            options.installer,
            release.revision,
            release.name,
        )
        path = os.path.join(options.virtualenvs, key)
        return Virtualenv(
            path=path,
            ready=is_complete(path),
            known=True,
            kind=needs.kind,
            requirements=needs.requirements or None,
            python_version=version.rpartition(" ")[2],
        )

    def _read_version(self) -> str:
        if self._python_version is None:
            self._python_version = read_python_version(
                self.options.python, self.options.names, self.users.build, self.users.build_environment()
            )
        return self._python_version


def is_complete(path: str) -> bool:
    """Whether a virtualenv is there and was completed. A link in its place is none."""
    try:
        with Directory(path) as directory:
            status = directory.status(MARKER)
    except OSError:
        return False
    return status is not None and stat.S_ISREG(status.st_mode)
