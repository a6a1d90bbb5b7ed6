# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fills shared/ with what a release has in the places that become links."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from .._system.umask import use_umask
from .shared_path import SharedPath

READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def fill_shared(release: Path, shared: Path, paths: Sequence[SharedPath], umask: int) -> None:
    """Make each path below ``shared`` that is missing, with what the release has in its place."""
    with use_umask(umask):
        for path in paths:
            _fill_path(release / path.name, shared / path.name, path)


def _fill_path(source: Path, target: Path, path: SharedPath) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if os.path.lexists(target):
        return
    if source.is_symlink() or not source.exists():
        if path.is_directory:
            target.mkdir()
        return
    # A new name: nothing that is there already is written to.
    copy = target.with_name(f".partial-{target.name}-{os.getpid()}-{os.urandom(4).hex()}")
    if source.is_dir():
        _copy_directory(source, copy)
    else:
        _copy_file(source, copy)
    copy.rename(target)


def _copy_directory(source: Path, target: Path) -> None:
    # mkdir without chmod: in a setgid directory this is how the group is inherited.
    target.mkdir()
    for entry in os.scandir(source):
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), target / entry.name)
        elif entry.is_dir():
            _copy_directory(Path(entry.path), target / entry.name)
        else:
            _copy_file(Path(entry.path), target / entry.name)


def _copy_file(source: Path, target: Path) -> None:
    descriptor = os.open(source, READ)
    with os.fdopen(descriptor, "rb") as content:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return
        handle = os.open(target, WRITE, 0o777 if found.st_mode & stat.S_IXUSR else 0o666)
        with os.fdopen(handle, "wb") as output:
            while chunk := content.read(1 << 20):
                output.write(chunk)
