# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Remove a directory with everything in it."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress


def remove_tree(path: str) -> None:
    """Remove a directory, never through a link; an app may nest directories deeper than Python can."""
    with suppress(RecursionError):
        shutil.rmtree(path, ignore_errors=True)
    if os.path.lexists(path):
        subprocess.run(["rm", "--recursive", "--force", "--one-file-system", "--", path], check=False)
