# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the plugins are laid out: packages, what may import what, and how deep the imports are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
UTILS = PLUGINS / "module_utils"
PREFIX = "ansible_collections.masonite.deploy.plugins."
LONGEST_CHAIN = 8
# Packages that import another one than _system.
EXCEPTIONS = {("_app_home", "_env_file")}
HEADER = [
    "# Copyright (c) the masonite.deploy founders",
    "# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)",
    "# SPDX-License-Identifier: GPL-3.0-or-later",
]


def module_name(path: Path) -> str:
    name = ".".join(path.relative_to(PLUGINS).with_suffix("").parts)
    return name[: -len(".__init__")] if name.endswith(".__init__") else name


FILES = {module_name(path): path for path in sorted(PLUGINS.rglob("*.py"))}
ENTRANCES = [name for name in FILES if not name.startswith("module_utils")]


def imported(name: str, path: Path) -> set[str]:
    """The files of this collection that a file imports, wherever in it that is written."""
    parts = name.split(".")
    package = parts if path.name == "__init__.py" else parts[:-1]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom):
            continue
        if node.level:
            base = package[: len(package) - node.level + 1]
            module = ".".join([*base, *([node.module] if node.module else [])])
        elif node.module and node.module.startswith(PREFIX):
            module = node.module[len(PREFIX) :]
        else:
            continue
        for alias in node.names:
            inner = f"{module}.{alias.name}"
            found.add(inner if inner in FILES else module)
    return {other for other in found if other in FILES and other != name}


GRAPH = {name: sorted(imported(name, path)) for name, path in FILES.items()}


def find_circle() -> list[str]:
    """A circle of imports; an empty list if there is none."""
    done: set[str] = set()

    def search(name: str, above: list[str]) -> list[str]:
        if name in above:
            return [*above[above.index(name) :], name]
        if name in done:
            return []
        for other in GRAPH[name]:
            circle = search(other, [*above, name])
            if circle:
                return circle
        done.add(name)
        return []

    for name in GRAPH:
        circle = search(name, [])
        if circle:
            return circle
    return []


CHAINS: dict[str, list[str]] = {}


def longest_chain(name: str, above: tuple[str, ...] = ()) -> list[str]:
    """The longest chain of imports that begins with a file; a circle in it counts once."""
    if name not in CHAINS:
        below = [longest_chain(other, (*above, name)) for other in GRAPH[name] if other not in above]
        CHAINS[name] = [name, *max(below, key=len, default=[])]
    return CHAINS[name]


def test_every_file_of_module_utils_is_in_a_package() -> None:
    assert [path.name for path in UTILS.glob("*.py") if path.name != "__init__.py"] == []


def test_every_package_is_private_and_has_an_init_file() -> None:
    for package in (path for path in UTILS.iterdir() if path.is_dir() and path.name != "__pycache__"):
        assert package.name.startswith("_")
        assert (package / "__init__.py").is_file(), package.name


def test_no_imports_go_in_a_circle() -> None:
    assert find_circle() == []


@pytest.mark.parametrize("name", ENTRANCES)
def test_no_chain_of_imports_is_longer_than_eight_files(name: str) -> None:
    chain = longest_chain(name)
    assert len(chain) <= LONGEST_CHAIN, " > ".join(chain)


def test_packages_import_only_themselves_and_system() -> None:
    wrong = []
    for name, others in GRAPH.items():
        package = name.split(".")[1]
        if not name.startswith("module_utils._"):
            continue
        for other in others:
            target = other.split(".")[1]
            if target not in (package, "_system") and (package, target) not in EXCEPTIONS:
                wrong.append(f"{name} imports {other}")
    assert wrong == []


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("module_utils._")])
def test_imports_inside_module_utils_are_relative(name: str) -> None:
    assert PREFIX not in FILES[name].read_text(encoding="utf-8")


def test_nothing_asks_which_service_manager_it_has() -> None:
    """Only the file of the abstract class may know its implementations."""
    pattern = re.compile(r"isinstance\(.*(Service|Handle|Manager|StartedInstance)")
    asking = [name for name, path in FILES.items() if pattern.search(path.read_text(encoding="utf-8"))]
    assert [name for name in asking if not name.endswith(".service_manager")] == []


@pytest.mark.parametrize("name", FILES)
def test_every_file_names_the_license_file_that_exists(name: str) -> None:
    lines = [line for line in FILES[name].read_text(encoding="utf-8").splitlines()[:4] if line[:2] != "#!"]
    assert lines == [] or lines[:3] == HEADER


def test_one_place_reads_the_stat_of_processes() -> None:
    readers = [
        name for name, path in FILES.items() if re.search(r"/proc/\{.*\}/stat\b", path.read_text("utf-8"))
    ]
    assert readers == ["module_utils._system.process"]
