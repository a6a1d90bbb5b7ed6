# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access control lists of what is held open, by getfacl and setfacl."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable

from .errors import HomeError

PROGRAMS = ("getfacl", "setfacl")


def missing_programs() -> list[str]:
    return [program for program in PROGRAMS if shutil.which(program) is None]


def entries(descriptor: int) -> set[str]:
    """Entries such as user:33:r-x, mask::rwx and default:user:33:rwx, with numbers for names."""
    said = _run(["getfacl", "--omit-header", "--absolute-names", "--numeric"], descriptor)
    return {line.split()[0] for line in said.splitlines() if line.strip()}


def grant(descriptor: int, wanted: Iterable[str]) -> None:
    _run(["setfacl", "--modify", ",".join(wanted)], descriptor)


def revoke(descriptor: int, qualifiers: Iterable[str]) -> None:
    """Remove entries, given as user:33 or default:user:33."""
    _run(["setfacl", "--remove", ",".join(qualifiers)], descriptor)


def remove_default(descriptor: int) -> None:
    """What is made in the directory from now on gets ordinary modes."""
    _run(["setfacl", "--remove-default"], descriptor)


def _run(command: list[str], descriptor: int) -> str:
    # The way by /proc leads to what is open, whatever its name has become.
    argv = [*command, f"/proc/self/fd/{descriptor}"]
    try:
        run = subprocess.run(
            argv, check=True, pass_fds=[descriptor], stdin=subprocess.DEVNULL, capture_output=True
        )
    except FileNotFoundError:
        raise HomeError(
            f"{command[0]} is missing on this server. Run the role masonite.deploy.base first; it installs "
            "the package acl.",
            "missing_program",
        ) from None
    except subprocess.CalledProcessError as error:
        raise HomeError(
            f"{command[0]} failed: {error.stderr.decode(errors='replace').strip()}. The file system has to "
            "support access control lists.",
            "access_list",
        ) from None
    return run.stdout.decode()
