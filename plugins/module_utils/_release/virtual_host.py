# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which names the virtual host of an app answers to, as its file on the server says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SERVER_NAME = re.compile(r"(?m)^\s*server_name\s+([^;]*);")


@dataclass(frozen=True)
class VirtualHost:
    """Where the file may be (the first one that exists counts), and the names that it must have."""

    paths: Sequence[str]
    names: Sequence[str]

    @classmethod
    def read(cls, values: Mapping[str, Any] | None) -> VirtualHost | None:
        return cls(*([str(one) for one in values[key]] for key in ("paths", "names"))) if values else None

    def find_missing_names(self) -> list[str] | None:
        """Return the names that the file lacks; None if there is no file."""
        for path in self.paths:
            try:
                with open(path, encoding="utf-8", errors="replace") as file:
                    text = file.read()
            except OSError:
                continue
            known = {word.strip("\"'") for words in SERVER_NAME.findall(text) for word in words.split()}
            return [name for name in self.names if name not in known]
        return None
