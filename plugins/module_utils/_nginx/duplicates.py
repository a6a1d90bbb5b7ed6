# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A directive that the server's owner has set in another file is left out of ours."""

from __future__ import annotations

import re
from pathlib import Path

from .step import Overlay

DUPLICATE = r'^\[emerg\] "(\w+)" directive is duplicate in (\S+):(\d+)$'


def leave_out_duplicate(complaints: list[str], overlay: Overlay) -> tuple[Path, bytes] | None:
    """Return a file of conf.d without the directive that NGINX has read in another file already.

    None if no complaint is about that, or if the file itself has the directive twice.
    """
    for match in filter(None, (re.match(DUPLICATE, line) for line in complaints)):
        directive, path, number = match.group(1), match.group(2), int(match.group(3))
        for name, content in overlay.items():
            if content is None or name.parent != Path("conf.d") or not path.endswith(f"/{name}"):
                continue
            lines = content.decode().splitlines()
            text = lines[number - 1]
            earlier = any(line.startswith(f"{directive} ") for line in lines[: number - 1])
            if not earlier and text.startswith(f"{directive} ") and text.endswith(";"):
                lines[number - 1] = f"# Set in another file already: {text}"
                return name, "\n".join([*lines, ""]).encode()
    return None
