# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watched files and directories as a hash. Only regular files are read, and no link is followed."""

from __future__ import annotations

import hashlib
import os
import stat

from .errors import InstanceError

REGULAR = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a fifo",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a directory",
}


def compute_fingerprint(path: str) -> str:
    """Return a hash of a file's content, or of a directory's names and files, or the word `absent`."""
    try:
        found = os.lstat(path)
        if stat.S_ISDIR(found.st_mode):
            return _hash_directory(path)
        return hashlib.sha256(_hash_file(path, None, path)).hexdigest()[:16]
    except FileNotFoundError:
        return "absent"
    except OSError as error:
        raise InstanceError(
            f"watch: {error.filename or path} cannot be read: {error.strerror}.",
            "configure",
            options=["watch"],
            reason="watch_unreadable",
        ) from error


def _hash_directory(top: str) -> str:
    """A link in the directory counts by where it leads; what it leads to does not."""
    digest = hashlib.sha256()
    for directory, directories, names, descriptor in os.fwalk(top, onerror=_raise, follow_symlinks=False):
        directories.sort()
        links = [name for name in directories if _is_link(name, descriptor)]
        for name in sorted(names + links):
            full = os.path.join(directory, name)
            digest.update(os.path.relpath(full, top).encode(errors="surrogateescape") + b"\0")
            if _is_link(name, descriptor):
                target = os.fsencode(os.readlink(name, dir_fd=descriptor))
                digest.update(b"link\0" + hashlib.sha256(target).digest())
            else:
                digest.update(_hash_file(name, descriptor, full))
    return digest.hexdigest()[:16]


def _is_link(name: str, directory: int) -> bool:
    return stat.S_ISLNK(os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode)


def _hash_file(name: str, directory: int | None, full: str) -> bytes:
    # Checked before it is opened, because opening a device can have an effect of its own.
    _refuse_other_kinds(os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode, full)
    descriptor = os.open(name, REGULAR, dir_fd=directory)
    digest = hashlib.sha256()
    with os.fdopen(descriptor, "rb") as stream:
        _refuse_other_kinds(os.fstat(descriptor).st_mode, full)
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.digest()


def _refuse_other_kinds(mode: int, full: str) -> None:
    if not stat.S_ISREG(mode):
        kind = KINDS.get(stat.S_IFMT(mode), "something else")
        raise InstanceError(
            f"watch: {full} is {kind}; only regular files and directories are read. Name the file itself.",
            "configure",
            options=["watch"],
            reason="watch_not_regular",
        )


def _raise(error: OSError) -> None:
    raise error
