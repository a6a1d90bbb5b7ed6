# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access control lists of open files and directories, by getfacl and setfacl."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable

from .errors import HomeError

PROGRAMS = ("getfacl", "setfacl")


def find_missing_programs() -> list[str]:
    """Return the names of the programs that this server lacks."""
    return [program for program in PROGRAMS if shutil.which(program) is None]


def read_entries(descriptor: int) -> set[str]:
    """Return entries such as user:33:r-x, mask::rwx and default:user:33:rwx, with numbers for names."""
    output = _run(["getfacl", "--omit-header", "--absolute-names", "--numeric"], descriptor)
    return {line.split()[0] for line in output.splitlines() if line.strip()}


def grant(descriptor: int, entries: Iterable[str]) -> None:
    """Add entries."""
    _run(["setfacl", "--modify", ",".join(entries)], descriptor)


def revoke(descriptor: int, qualifiers: Iterable[str]) -> None:
    """Remove entries, given as user:33 or default:user:33."""
    _run(["setfacl", "--remove", ",".join(qualifiers)], descriptor)


def remove_default(descriptor: int) -> None:
    """Let files that are made in the directory from now on have ordinary modes."""
    _run(["setfacl", "--remove-default"], descriptor)


def _run(command: list[str], descriptor: int) -> str:
    # The path below /proc leads to the open file, even if another one has its name now.
    argv = [*command, f"/proc/self/fd/{descriptor}"]
    try:
        run = subprocess.run(
            argv, check=True, pass_fds=[descriptor], stdin=subprocess.DEVNULL, capture_output=True
        )
    except FileNotFoundError:
        raise HomeError(
            f"{command[0]} is missing on this server.",
            reason="missing_program",
            hint="Run the role masonite.deploy.base first; it installs the package acl.",
        ) from None
    except subprocess.CalledProcessError as error:
        raise HomeError(
            f"{command[0]} failed: {error.stderr.decode(errors='replace').strip()}. The file system has to "
            "support access control lists.",
            reason="access_list",
        ) from None
    return run.stdout.decode()
