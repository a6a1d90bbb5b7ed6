# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuse options of a module that are relative paths."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

from .errors import ModuleError


def refuse_relative_paths(
    params: Mapping[str, Any], options: Iterable[str], error: type[ModuleError]
) -> None:
    """Raise the error for the first of the options that is given and is no absolute path."""
    for option in options:
        path = params[option]
        if path and not os.path.isabs(path):
            raise error(f"{option} is {path!r}; wanted is an absolute path.", reason="path", options=[option])
