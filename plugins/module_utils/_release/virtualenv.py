# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The virtualenv of a release: where it belongs, and whether it is there."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import Any

from .._system.complete_directory import is_complete
from .app_files import AppFiles
from .app_users import AppUsers
from .errors import ReleaseError
from .framework_facts import FrameworkFinder
from .git_requirements import GitRequirement, find_git_requirements
from .options import ReleaseOptions
from .python_requirement import allows_python
from .python_version import read_python_version
from .release import Release
from .release_files import ReleaseFiles
from .requirements import read_requirements
from .server_pythons import list_pythons
from .virtualenv_key import make_virtualenv_key
from .virtualenv_needs import VirtualenvNeeds

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
    project: bool = False
    """Whether the project itself is installed, too."""
    git: tuple[GitRequirement, ...] = ()
    """Repositories that the build asks for, and that only the deploy key opens."""

    def facts(self) -> dict[str, Any]:
        # Where the mirrors are is known when they have been fetched.
        return {**asdict(self), "git": {}}


class VirtualenvFinder:
    def __init__(self, options: ReleaseOptions, users: AppUsers, frameworks: FrameworkFinder) -> None:
        self.options = options
        self.users = users
        self.frameworks = frameworks
        self._python_version: str | None = None

    def find(self, files: ReleaseFiles, release: Release) -> Virtualenv | None:
        """Return the virtualenv that a release with these files needs; None where none are used."""
        options = self.options
        if not options.virtualenvs:
            return None
        if not files.known:
            path = os.path.join(options.virtualenvs, UNKNOWN)
            return Virtualenv(path, is_complete(path), False, UNKNOWN, None, "")
        needs = read_requirements(
            AppFiles(files, options.directory),
            options.requirements,
            options.installer,
            self.frameworks.find(files).module,
            options.names,
        )
        version = self._read_version()
        self._refuse_unsuitable_python(needs, version.rpartition(" ")[2])
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
            project=needs.project,
            git=tuple(sorted({*needs.git, *find_git_requirements(options.packages)})),
        )

    def _refuse_unsuitable_python(self, needs: VirtualenvNeeds, version: str) -> None:
        """Refuse a Python that the project does not allow, before anything is built with it."""
        if allows_python(needs.python, version):
            return
        names, python = self.options.names, self.options.python
        others = [(path, found) for path, found in list_pythons() if allows_python(needs.python, found)]
        known = ", ".join(f"{path} ({found})" for path, found in others)
        advice = f"This server has {known}" if others else "Install one that is allowed on this server"
        raise ReleaseError(
            f"{needs.python_file} allows Python {needs.python}, and {python} ({names.display('python')}) "
            f"is {version}.",
            reason="unsuitable_python",
            options=["python"],
            hint=f"{advice}: set {names.display('python')} to its path.",
        )

    def _read_version(self) -> str:
        if self._python_version is None:
            self._python_version = read_python_version(
                self.options.python, self.options.names, self.users.build, self.users.build_environment()
            )
        return self._python_version
