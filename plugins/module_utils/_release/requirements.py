# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what a revision wants in its virtualenv."""

from __future__ import annotations

import posixpath
from dataclasses import replace

from .errors import ReleaseError
from .git_requirements import find_git_requirements
from .lock_file import LOCKS, PIPFILE, UV, LockFile, read_lock_file
from .module_files import has_module, has_source_module
from .option_names import OptionNames
from .project_file import ProjectFile, read_project_file
from .release_files import ReleaseFiles
from .requirements_list import SIZE_LIMIT, ListProblem, checksum, read_requirements_list
from .virtualenv_needs import VirtualenvNeeds

LIST, PROJECT, PIPFILE_LOCK = "requirements.txt", "pyproject.toml", "Pipfile.lock"
NOTHING = VirtualenvNeeds("none", "", ())
LOCK_LIMIT = 16 << 20  # bytes
# What makes a list of the locked requirements that every installer reads.
UV_EXPORT = "uv export --frozen --no-dev --no-emit-project -o requirements.txt"


def read_requirements(
    files: ReleaseFiles, requirements: str, installer: str, module: str, names: OptionNames
) -> VirtualenvNeeds:
    """Read what an app wants in its virtualenv.

    ``requirements`` and ``installer`` are the options of these names. Where the ``module`` is only below
    src/, the project itself is installed, too.
    """
    return _Reading(files, names, installer, module).read(requirements)


class _Reading:
    def __init__(self, files: ReleaseFiles, names: OptionNames, installer: str, module: str) -> None:
        self.files = files
        self.names = names
        self.installer = installer
        self.module = module

    def read(self, requirements: str) -> VirtualenvNeeds:
        if requirements in ("", "auto"):
            return self._find()
        self._read_file(
            requirements, SIZE_LIMIT if posixpath.basename(requirements) not in LOCKS else LOCK_LIMIT
        )
        base = posixpath.basename(requirements)
        directory = posixpath.dirname(requirements)
        if base in ("Pipfile", *LOCKS):
            lock = f"{base}.lock" if base == "Pipfile" else base
            return self._read_lock(LOCKS[lock], posixpath.join(directory, lock), directory)
        if base == PROJECT:
            return self._read_project(directory) or NOTHING
        return self._read_list(requirements)

    def _find(self) -> VirtualenvNeeds:
        """Return what the first file says that says what to install."""
        if self.files.read(LIST) is not None:
            return self._read_list(LIST)
        if self.files.read(PROJECT) is not None:
            found = self._read_project("")
            if found is not None:
                return found
        if self.files.read(PIPFILE_LOCK) is not None or self.files.read("Pipfile") is not None:
            return self._read_lock(PIPFILE, PIPFILE_LOCK, "")
        return NOTHING

    def _read_list(self, name: str) -> VirtualenvNeeds:
        self._read_file(name, SIZE_LIMIT)
        try:
            found = read_requirements_list(self.files, name)
        except ListProblem as problem:
            raise ReleaseError(
                f"{problem} ({self.names.display('requirements')}).",
                reason="missing_requirements" if problem.is_missing else "requirements_size",
                options=["requirements"],
                hint="Add the file to the repository, or remove the line that includes it."
                if problem.is_missing
                else "Name files that list requirements.",
            ) from None
        needs = VirtualenvNeeds(
            "requirements",
            name,
            tuple(sorted(found.files.items())),
            local=found.local,
            editable=found.editable,
            git=tuple(sorted(found.git)),
        )
        content = self.files.read(PROJECT)
        if content is None:
            return needs
        try:
            python = read_project_file(content).python
        except ValueError:
            # It is not what is installed from: the app's tools read it.
            return needs
        return replace(needs, python=python, python_file=PROJECT)

    def _read_project(self, directory: str) -> VirtualenvNeeds | None:
        """Return what pyproject.toml and a lock beside it want; None if they want nothing."""
        name = posixpath.join(directory, PROJECT)
        content = self._read_file(name, SIZE_LIMIT)
        project = self._parse_project(name, content)
        for lock in ("uv.lock", "poetry.lock"):
            if self.files.read(posixpath.join(directory, lock)) is not None:
                return self._read_lock(LOCKS[lock], posixpath.join(directory, lock), directory)
        if project.has_poetry:
            raise self._missing_lock("poetry.lock", name, "poetry lock")
        if not project.has_project:
            return None
        text = content.decode("utf-8", "replace")
        return self._add_project(
            VirtualenvNeeds(
                "pyproject",
                name,
                ((name, checksum(content)),),
                local=project.local,
                editable=project.local,
                git=find_git_requirements([text]),
                python=project.python,
                python_file=name,
            ),
            project,
        )

    def _read_lock(self, kind: str, name: str, directory: str) -> VirtualenvNeeds:
        if self.files.read(name) is None:
            raise self._missing_lock(name, posixpath.join(directory, "Pipfile"), "pipenv lock")
        content = self._read_file(name, LOCK_LIMIT)
        if kind == UV and self.installer == "pip":
            raise ReleaseError(
                f"{name} is a lock of uv, which {self.names.display('installer')}: pip cannot read.",
                reason="unsupported_lock",
                options=["installer", "requirements"],
                hint=f"Set {self.names.display('installer')} to uv, or run `{UV_EXPORT}` and commit that.",
            )
        try:
            lock = read_lock_file(kind, content)
        except ValueError as error:
            raise self._invalid_file(name, error) from None
        needs = VirtualenvNeeds(
            kind,
            name,
            ((name, checksum(content)),),
            local=lock.local or lock.editable,
            editable=lock.editable,
            git=lock.git,
            python=lock.python,
            python_file=name,
        )
        return needs if kind == PIPFILE else self._join_project(needs, lock, directory)

    def _join_project(self, needs: VirtualenvNeeds, lock: LockFile, directory: str) -> VirtualenvNeeds:
        """Add what pyproject.toml says to what the lock beside it says, which must be of it."""
        name = posixpath.join(directory, PROJECT)
        content = self._read_file(name, SIZE_LIMIT)
        project = self._parse_project(name, content)
        missing = [wanted for wanted in project.dependencies if wanted not in lock.names]
        if missing:
            raise ReleaseError(
                f"{needs.requirements} is older than {name}: it has no {', '.join(missing[:5])}.",
                reason="stale_lock",
                options=["requirements", "version"],
                hint=f"Run `{needs.kind} lock` and commit {needs.requirements}.",
            )
        return self._add_project(
            replace(
                needs,
                files=tuple(sorted({*needs.files, (name, checksum(content))})),
                python=project.python or needs.python,
                python_file=name if project.python else needs.python_file,
            ),
            project,
        )

    def _add_project(self, needs: VirtualenvNeeds, project: ProjectFile) -> VirtualenvNeeds:
        """Have the project itself installed where its module is in src/, or its dependencies in its build."""
        has = self.files.has
        in_sources = not has_module(has, self.module) and has_source_module(has, self.module)
        if in_sources or (project.dynamic and needs.kind == "pyproject"):
            return replace(needs, project=True, local=True, editable=True)
        return needs

    def _read_file(self, name: str, limit: int) -> bytes:
        content = self.files.read(name)
        display = self.names.display("requirements")
        if content is None:
            raise ReleaseError(
                f"The revision has no file {name} ({display}).",
                reason="missing_requirements",
                options=["requirements"],
                hint=f"Correct {display}, or add the file to the repository.",
            )
        if len(content) > limit:
            raise ReleaseError(
                f"{name} ({display}) has {len(content)} bytes; allowed are {limit}.",
                reason="requirements_size",
                options=["requirements"],
                hint="Name a file that lists requirements.",
            )
        return content

    def _parse_project(self, name: str, content: bytes) -> ProjectFile:
        try:
            return read_project_file(content)
        except ValueError as error:
            raise self._invalid_file(name, error) from None

    def _invalid_file(self, name: str, error: ValueError) -> ReleaseError:
        return ReleaseError(
            f"{name} cannot be read: {error}.",
            reason="invalid_requirements",
            options=["requirements", "version"],
            hint=f"Correct the file, or name another one in {self.names.display('requirements')}.",
        )

    def _missing_lock(self, lock: str, name: str, command: str) -> ReleaseError:
        return ReleaseError(
            f"{name} is there, and the file {lock}, which says what to install, is not.",
            reason="missing_lock",
            options=["requirements", "version"],
            hint=f"Run `{command}` and commit {lock}, or commit a requirements.txt.",
        )
