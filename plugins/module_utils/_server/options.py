# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the module server_files as typed objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import ServerFilesError


@dataclass(frozen=True)
class WantedDirectory:
    path: Path
    mode: int


@dataclass(frozen=True)
class WantedFile:
    path: Path
    content: bytes
    mode: int
    # Whether diff mode must not show the content.
    secret: bool


@dataclass(frozen=True)
class Options:
    """The options of one call."""

    directories: tuple[WantedDirectory, ...]
    files: tuple[WantedFile, ...]


def read_options(params: Mapping[str, Any]) -> Options:
    """Read the module's parameters. Raises ServerFilesError with the reason ``options``."""
    return Options(
        tuple(
            WantedDirectory(
                _read_path("directories", item["path"]), _read_mode("directories.mode", item["mode"])
            )
            for item in params["directories"]
        ),
        tuple(
            WantedFile(
                _read_path("files", item["path"]),
                item["content"].encode(),
                _read_mode("files.mode", item["mode"]),
                item["secret"],
            )
            for item in params["files"]
        ),
    )


def _read_path(option: str, text: str) -> Path:
    path = Path(text)
    if not path.is_absolute() or ".." in path.parts:
        raise ServerFilesError(
            f"{option}.path is {text!r}; allowed is an absolute path without '..'.",
            reason="options",
            options=[f"{option}.path"],
        )
    return path


def _read_mode(option: str, text: str) -> int:
    try:
        mode = int(text, 8)
    except ValueError:
        mode = -1
    if not 0 <= mode <= 0o7777:
        raise ServerFilesError(
            f"{option} is {text!r}; allowed is an octal number in quotes, such as '0755'.",
            reason="options",
            options=[option],
        )
    return mode
