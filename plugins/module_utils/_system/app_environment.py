# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of an app's .env, for the environment of the app's processes."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from .directory import open_file
from .dotenv import is_name, parse_file
from .errors import ModuleError

SIZE_LIMIT = 1 << 20  # bytes
SECRET_NAME = re.compile(
    r"KEY|SECRET|PASS|TOKEN|CREDENTIAL|PRIVATE|DSN|(?:DATABASE|REDIS|BROKER|DB)_UR[LI]$", re.I
)
# And what is not UTF-8.
CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
SHORTEST_SECRET = 8  # characters


def read_app_environment(path: str, missing_is_empty: bool = False) -> dict[str, str]:
    """Return what is in the file; values with control characters are left out, and no path is an empty file.

    ``missing_is_empty`` is for check mode, in which the file may be one that a run would make.
    """
    if not path:
        return {}
    try:
        descriptor = open_file(path)
    except OSError as error:
        if missing_is_empty and isinstance(error, FileNotFoundError):
            return {}
        raise ModuleError(
            f"The environment file {path} cannot be opened as a regular file without following a link: "
            f"{error.strerror}.",
            reason="environment_file",
            options=["environment_file"],
        ) from None
    with os.fdopen(descriptor, "rb") as file:
        text = file.read(SIZE_LIMIT).decode("utf-8", "surrogateescape")
    return {
        name: value for name, value in parse_file(text).items() if is_name(name) and not CONTROL.search(value)
    }


def select_secrets(environment: Mapping[str, str]) -> set[str]:
    """Return the values that, by their names, are to be masked in what is shown."""
    return {
        value
        for name, value in environment.items()
        if SECRET_NAME.search(name) and len(value) >= SHORTEST_SECRET
    }
