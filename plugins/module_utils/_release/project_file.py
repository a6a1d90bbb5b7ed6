# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads pyproject.toml, as far as it says what a virtualenv needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._system.toml import read_toml
from .distribution_name import normalize_name

NAME = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


@dataclass(frozen=True)
class ProjectFile:
    """``dependencies`` are the names of what the project itself needs, without optional ones."""

    has_project: bool
    has_poetry: bool
    dynamic: bool
    dependencies: tuple[str, ...]
    python: str
    local: bool
    editable: bool


def read_project_file(content: bytes) -> ProjectFile:
    """Return what a pyproject.toml says; ValueError for one that is damaged."""
    document = read_toml(content.decode("utf-8", "replace"))
    project = _table(document, "project")
    poetry = _table(_table(document, "tool"), "poetry")
    sources = _table(_table(_table(document, "tool"), "uv"), "sources")
    wanted = project.get("dependencies")
    found = [str(entry) for entry in wanted] if isinstance(wanted, list) else []
    of_poetry = _table(poetry, "dependencies")
    python = project.get("requires-python") or of_poetry.get("python") or ""
    dynamic = project.get("dynamic")
    return ProjectFile(
        has_project=bool(project),
        # Poetry takes the dependencies of [project] where there are some.
        has_poetry=bool(of_poetry.keys() - {"python"}) and not found,
        dynamic=isinstance(dynamic, list) and "dependencies" in dynamic,
        dependencies=tuple(dict.fromkeys(_names([*found, *_required(of_poetry)]))),
        python=python if isinstance(python, str) else "",
        local=any(_is_local(source) for source in sources.values()),
        editable=any(_is_editable(source) for source in sources.values()),
    )


def _names(requirements: list[str]) -> list[str]:
    found = [NAME.match(requirement) for requirement in requirements]
    return [normalize_name(match.group(1)) for match in found if match]


def _required(dependencies: Mapping[str, Any]) -> list[str]:
    return [
        name
        for name, wanted in dependencies.items()
        if name != "python" and not (isinstance(wanted, Mapping) and wanted.get("optional"))
    ]


def _table(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = parent.get(name)
    return found if isinstance(found, Mapping) else {}


def _is_local(source: object) -> bool:
    if isinstance(source, list):
        return any(map(_is_local, source))
    return isinstance(source, Mapping) and bool(source.get("path") or source.get("workspace"))


def _is_editable(source: object) -> bool:
    if isinstance(source, list):
        return any(map(_is_editable, source))
    return isinstance(source, Mapping) and bool(source.get("workspace") or source.get("editable"))
