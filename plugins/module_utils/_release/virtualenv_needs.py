# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release needs in its virtualenv."""

from __future__ import annotations

from dataclasses import dataclass

from .git_requirements import GitRequirement


@dataclass(frozen=True)
class VirtualenvNeeds:
    """What the files of a revision want in a virtualenv.

    ``files`` are names and checksums. ``local`` says that code of the revision itself is installed in it,
    ``editable`` that this code stays in the release, ``project`` that it is the project as a package.
    ``python`` is what the file ``python_file`` says of the Python.
    """

    kind: str
    requirements: str
    files: tuple[tuple[str, str], ...]
    local: bool = False
    editable: bool = False
    project: bool = False
    git: tuple[GitRequirement, ...] = ()
    python: str = ""
    python_file: str = ""
