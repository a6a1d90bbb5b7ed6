# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The source of a program that is sent, as one argument of Python, to a process of another user."""

from __future__ import annotations

import ast
from importlib.util import find_spec
from types import ModuleType

from .errors import ModuleError


def read_source(program: ModuleType) -> str:
    """Return the text of a Python module, also where Ansible runs it from a zip file."""
    spec = find_spec(program.__name__)
    loader = spec.loader if spec is not None else None
    read = getattr(loader, "get_source", None)
    text = read(program.__name__) if read is not None else None
    if not text:
        raise ModuleError(f"The source of {program.__name__} cannot be read.", reason="internal")
    return str(text)


def join_sources(*programs: ModuleType) -> str:
    """Return the text of one program made of several Python modules, those that others import first.

    Imports of each other are left out, since all names are in one namespace; so no name may stand in two of
    the modules.
    """
    texts = [_remove_relative_imports(read_source(program)) for program in programs]
    return "\n\n".join(["from __future__ import annotations", *texts])


def _remove_relative_imports(text: str) -> str:
    lines = text.splitlines()
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom) and (node.level or node.module == "__future__"):
            last = node.end_lineno or node.lineno
            lines[node.lineno - 1 : last] = [""] * (last - node.lineno + 1)
    return "\n".join(lines)
