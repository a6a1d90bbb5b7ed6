# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiles the bytecode of a virtualenv, as the build user and in the sandbox.

Not imported to run: the module gives this source to the Python of the virtualenv as an argument. It is a
process of its own, for which no deploy waits: bytecode only makes starts faster. With -S no code of the
virtualenv's .pth files runs in it.

    python -I -S -c SOURCE DIRECTORY MARK

MARK is the name of the file that only a complete virtualenv has; another one is left as it is. Files that do
not compile are skipped.
"""

from __future__ import annotations

import compileall
import os
import sys


def compile_bytecode(directory: str, mark: str) -> None:
    """Compile all that is installed in a complete virtualenv."""
    if os.path.exists(os.path.join(directory, mark)):
        compileall.compile_dir(os.path.join(directory, "lib"), quiet=2, maxlevels=40)


if __name__ == "__main__":
    os.umask(0o022)
    compile_bytecode(*sys.argv[1:])
