# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The source of a program that is sent, as one argument of Python, to a process of another user."""

from __future__ import annotations

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
