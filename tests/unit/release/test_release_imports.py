# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the files of the package _release depend on each other, imports within functions included."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
PREFIX = "ansible_collections.masonite.deploy.plugins."
LONGEST_CHAIN = 8


@cache
def imports(name: str) -> frozenset[str]:
    """The files of the collection that a file imports, as names such as module_utils._release.git."""
    found = set()
    for node in ast.walk(ast.parse(path_of(name).read_text())):
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                module = ".".join([*name.split(".")[: -node.level], *module.split(".")]).rstrip(".")
            elif module.startswith(PREFIX):
                module = module[len(PREFIX) :]
            else:
                continue
            candidates = [f"{module}.{alias.name}" for alias in node.names] + [module]
            found |= {candidate for candidate in candidates if path_of(candidate).is_file()}
    return frozenset(found)


def path_of(name: str) -> Path:
    return PLUGINS / f"{name.replace('.', '/')}.py"


def longest_chain(name: str, importers: tuple[str, ...] = ()) -> tuple[str, ...]:
    assert name not in importers, f"a circle: {' > '.join([*importers, name])}"
    chains = [longest_chain(imported, (*importers, name)) for imported in imports(name)]
    return (name, *max(chains, key=len, default=()))


@pytest.mark.parametrize("name", ["modules.release", "modules.release_info", "action.release"])
def test_no_circle_and_no_long_chain(name: str) -> None:
    chain = longest_chain(name)
    assert 1 < len(chain) <= LONGEST_CHAIN, " > ".join(chain)


def test_the_package_needs_nothing_but_itself_and_system() -> None:
    files = [
        f"module_utils._release.{file.stem}" for file in (PLUGINS / "module_utils/_release").glob("*.py")
    ]
    packages = {imported.split(".")[1] for name in files for imported in imports(name)}
    assert packages == {"_release", "_system"}


def test_no_file_of_the_subject_lies_outside_of_its_package() -> None:
    assert list((PLUGINS / "module_utils").glob("_release*.py")) == []
