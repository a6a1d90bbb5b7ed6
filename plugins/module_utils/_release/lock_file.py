# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what uv.lock, poetry.lock and Pipfile.lock say of a virtualenv; installers read the rest.

The two in TOML are written by programs, a key a line, and can be long: they are searched, not parsed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Callable

from .distribution_name import normalize_name
from .git_requirements import GitRequirement, find_git_requirements, read_git_address

UV, POETRY, PIPFILE = "uv", "poetry", "pipfile"
LOCKS = {"uv.lock": UV, "poetry.lock": POETRY, "Pipfile.lock": PIPFILE}
PACKAGE_NAME = re.compile(r'^name = "([^"]+)"', re.MULTILINE)
# The project itself is "." or, in a workspace, another directory that the sources of others name, too.
UV_LOCAL = re.compile(r'\bsource = \{ (directory|editable) = "(?!\.")')
POETRY_LOCAL = re.compile(r'^type = "(?:directory|file)"', re.MULTILINE)
POETRY_EDITABLE = re.compile(r"^develop = true", re.MULTILINE)
POETRY_GIT = re.compile(
    r'^type = "git"\nurl = "([^"]+)"(?:\n(?!\[).*){0,9}?\nresolved_reference = "([^"\n]*)"', re.MULTILINE
)


@dataclass(frozen=True)
class LockFile:
    """``names`` are the locked packages; ``python`` is the Python that they were locked for."""

    names: frozenset[str] = frozenset()
    local: bool = False
    editable: bool = False
    git: tuple[GitRequirement, ...] = ()
    python: str = ""


def read_lock_file(kind: str, content: bytes) -> LockFile:
    """Return what a lock file says; ValueError for one that is damaged."""
    return READERS[kind](content.decode("utf-8", "replace").replace("\r\n", "\n"))


def _read_uv(text: str) -> LockFile:
    kinds = {found.group(1) for found in UV_LOCAL.finditer(text)}
    return LockFile(_list_names(text), bool(kinds), "editable" in kinds, find_git_requirements([text]))


def _read_poetry(text: str) -> LockFile:
    addresses = (read_git_address(url, ref) for url, ref in POETRY_GIT.findall(text))
    return LockFile(
        _list_names(text),
        POETRY_LOCAL.search(text) is not None,
        POETRY_EDITABLE.search(text) is not None,
        tuple(sorted(address for address in addresses if address is not None)),
    )


def _read_pipfile(text: str) -> LockFile:
    document = json.loads(text)
    if not isinstance(document, dict):
        raise ValueError("it is no JSON object")
    packages = [package for package in _table(document, "default").values() if isinstance(package, dict)]
    addresses = (
        read_git_address(str(package.get("git") or ""), str(package.get("ref") or "")) for package in packages
    )
    requires = _table(_table(document, "_meta"), "requires")
    return LockFile(
        frozenset(map(normalize_name, _table(document, "default"))),
        any(package.get("path") or package.get("file") for package in packages),
        any(package.get("editable") for package in packages),
        tuple(sorted(address for address in addresses if address is not None)),
        str(requires.get("python_full_version") or requires.get("python_version") or ""),
    )


def _list_names(text: str) -> frozenset[str]:
    return frozenset(map(normalize_name, PACKAGE_NAME.findall(text)))


def _table(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = parent.get(name)
    return found if isinstance(found, Mapping) else {}


READERS: dict[str, Callable[[str], LockFile]] = {UV: _read_uv, POETRY: _read_poetry, PIPFILE: _read_pipfile}
