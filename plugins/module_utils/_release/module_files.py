# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the WSGI module of an app can be."""

from __future__ import annotations

from collections.abc import Callable

# Where a project that is installed as a package has its code.
SOURCES = "src"


def has_module(has: Callable[[str], bool], module: str) -> bool:
    """Whether the app, whose files ``has`` knows, has the module; a package counts by its ``__init__.py``."""
    return any(has(name) for name in list_module_files(module))


def has_source_module(has: Callable[[str], bool], module: str) -> bool:
    """Whether the module is below src/."""
    return any(has(f"{SOURCES}/{name}") for name in list_module_files(module))


def list_module_files(module: str) -> list[str]:
    """Return where a module such as ``shop.wsgi:application`` or ``shop:create_app()`` can be."""
    path = module.partition(":")[0].strip().replace(".", "/")
    return [f"{path}.py", f"{path}/__init__.py"]
