# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an instance is, apart from where its files are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Union

OptionValue = Union[str, int, bool, Sequence[Union[str, int]]]


@dataclass(frozen=True)
class Configuration:
    """Everything that makes an instance what it is; ``options`` are further uWSGI options."""

    chdir: str
    module: str | None
    virtualenv: str | None
    binary: str
    processes: int
    threads: int
    user: str | None
    group: str | None
    umask: str
    manager: str
    options: dict[str, OptionValue] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    watch: tuple[str, ...] = ()
    writable_paths: tuple[str, ...] = ()
    log: str | None = None
    visible_paths: tuple[str, ...] = ()
    hidden_paths: tuple[str, ...] = ()
    memory_max: str = ""
    tasks_max: int | None = None
    directory: str = ""
    """Where the app works below ``chdir``; empty for ``chdir`` itself."""

    @property
    def working_directory(self) -> str:
        return os.path.join(self.chdir, self.directory) if self.directory else self.chdir
