# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One change of a file below NGINX's directory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

# Content in the place of each file; None for a file that is not there.
Overlay = Mapping[Path, Optional[bytes]]


@dataclass(frozen=True)
class Step:
    """A file is written, a link is set, or a file or link is removed.

    ``content`` is what NGINX reads there afterwards, through the link as well; None where nothing is left.
    ``target`` is where a link leads to.
    """

    name: Path
    content: bytes | None = None
    target: Path | None = None

    def describe(self, config: Path) -> str:
        verb = "enabled" if self.target else "removed" if self.content is None else "wrote"
        return f"{verb} {config / self.name}"
