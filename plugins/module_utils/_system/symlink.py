# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replace symbolic links in one step."""

from __future__ import annotations

import os
from pathlib import Path


def replace_symlink(path: Path | str, target: str) -> None:
    """Make ``path`` a symbolic link to ``target``. At any moment it leads to the old target or to the new."""
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    os.replace(temporary, path)
