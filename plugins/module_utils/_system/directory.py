# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files below a directory that others may write to: opened part by part, never through a link."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
REGULAR = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
MOST = 1 << 26
MOST_LINKS = 40


class Directory:
    """A directory held open. Names below it have one or more parts; a part that is a link is an error.

    Every method raises OSError: ELOOP or ENOTDIR for a link or a file in the way, ENOENT for what is missing.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.descriptor = os.open(path, DIRECTORY)

    def __enter__(self) -> Directory:
        return self

    def __exit__(self, *_exc: object) -> None:
        os.close(self.descriptor)

    @contextmanager
    def _parent(self, name: str) -> Iterator[tuple[int, str]]:
        """The open directory that holds the last part of the name, and that part."""
        *parents, last = self._parts(name)
        descriptor = os.dup(self.descriptor)
        try:
            for part in parents:
                inner = os.open(part, DIRECTORY, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = inner
            yield descriptor, last
        finally:
            os.close(descriptor)

    def _parts(self, name: str) -> list[str]:
        parts = [part for part in name.split("/") if part not in ("", ".")]
        if not parts or ".." in parts or name.startswith("/") or "\0" in name:
            raise OSError(errno.EINVAL, "not a name below the directory", os.path.join(self.path, name))
        return parts

    def status(self, name: str) -> os.stat_result | None:
        """What lstat says; None if there is nothing of that name."""
        try:
            with self._parent(name) as (directory, last):
                return os.stat(last, dir_fd=directory, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def names(self, name: str = "") -> list[str]:
        if not name:
            return sorted(os.listdir(self.descriptor))
        with self._parent(name) as (directory, last):
            descriptor = os.open(last, DIRECTORY, dir_fd=directory)
            try:
                return sorted(os.listdir(descriptor))
            finally:
                os.close(descriptor)

    def read(self, name: str, most: int = MOST) -> bytes:
        """The content of a regular file, up to `most` bytes. A fifo, a socket or a device is an error."""
        with self._parent(name) as (directory, last):
            descriptor = os.open(last, REGULAR, dir_fd=directory)
        with os.fdopen(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(errno.EINVAL, "not a regular file", os.path.join(self.path, name))
            return stream.read(most)

    def has_content(self, name: str, content: bytes) -> bool:
        """Whether a file holds exactly this. What is no regular file, or cannot be read, does not."""
        try:
            return self.read(name, len(content) + 1) == content
        except OSError:
            return False

    def write(self, name: str, content: bytes, mode: int, uid: int = -1, gid: int = -1) -> None:
        """Replace the file in one step: a reader sees the old content or the new one, never a part."""
        with self._parent(name) as (directory, last):
            temporary = f".{last}.{secrets.token_hex(6)}.tmp"
            descriptor = os.open(temporary, NEW, 0o600, dir_fd=directory)
            try:
                with os.fdopen(descriptor, "wb") as stream:
                    stream.write(content)
                    stream.flush()
                    os.fchown(stream.fileno(), uid, gid)
                    os.fchmod(stream.fileno(), mode)
                    os.fsync(stream.fileno())
                os.rename(temporary, last, src_dir_fd=directory, dst_dir_fd=directory)
            except BaseException:
                os.unlink(temporary, dir_fd=directory)
                raise

    def make_directory(self, name: str, mode: int, uid: int = -1, gid: int = -1) -> bool:
        """Make the directory, or give an existing one these rights. Returns whether anything changed."""
        with self._parent(name) as (directory, last):
            changed = False
            try:
                os.mkdir(last, 0o700, dir_fd=directory)
                changed = True
            except FileExistsError:
                pass
            descriptor = os.open(last, DIRECTORY, dir_fd=directory)
            try:
                return set_rights(descriptor, mode, uid, gid) or changed
            finally:
                os.close(descriptor)

    def set_rights(self, name: str, mode: int, uid: int = -1, gid: int = -1) -> bool:
        """Rights of a regular file that has no other name. Returns whether anything changed."""
        with self._parent(name) as (directory, last):
            descriptor = os.open(last, REGULAR, dir_fd=directory)
        try:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
                raise OSError(errno.EINVAL, "not a regular file of its own", os.path.join(self.path, name))
            return set_rights(descriptor, mode, uid, gid)
        finally:
            os.close(descriptor)

    def link(self, name: str, target: str) -> None:
        """Make the name a symbolic link to the target in one step, whatever it was, unless a directory."""
        with self._parent(name) as (directory, last):
            temporary = f".{last}.{secrets.token_hex(6)}.tmp"
            os.symlink(target, temporary, dir_fd=directory)
            try:
                os.rename(temporary, last, src_dir_fd=directory, dst_dir_fd=directory)
            except BaseException:
                os.unlink(temporary, dir_fd=directory)
                raise

    def target(self, name: str) -> str | None:
        """Where a symbolic link leads; None if it is none or is missing."""
        found = self.status(name)
        if found is None or not stat.S_ISLNK(found.st_mode):
            return None
        with self._parent(name) as (directory, last):
            return os.readlink(last, dir_fd=directory)

    def remove(self, name: str) -> bool:
        """Remove a file or link; returns whether there was one."""
        try:
            with self._parent(name) as (directory, last):
                os.unlink(last, dir_fd=directory)
        except FileNotFoundError:
            return False
        return True


def set_rights(descriptor: int, mode: int, uid: int = -1, gid: int = -1) -> bool:
    """Rights of what is open; -1 leaves the owner or the group. Returns whether anything changed."""
    found = os.fstat(descriptor)
    changed = False
    if (uid not in (-1, found.st_uid)) or (gid not in (-1, found.st_gid)):
        os.fchown(descriptor, uid, gid)
        changed = True
    if stat.S_IMODE(os.fstat(descriptor).st_mode) != mode:
        os.fchmod(descriptor, mode)
        changed = True
    return changed


def open_file(path: str) -> int:
    """A descriptor of a regular file to read, opened part by part.

    A link is followed only where root or this process's user alone can have put it; any other is an error
    (ELOOP).
    """
    left = _split(path)
    links = 0
    directory = os.open("/", DIRECTORY)
    try:
        while left:
            part = left.pop(0)
            found = os.stat(part, dir_fd=directory, follow_symlinks=False)
            if stat.S_ISLNK(found.st_mode):
                links += 1
                if links > MOST_LINKS or not _is_trusted(os.fstat(directory)):
                    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
                target = os.readlink(part, dir_fd=directory)
                left = [*_split(target), *left]
                if not target.startswith("/"):
                    continue
                inner = os.open("/", DIRECTORY)
            elif left:
                inner = os.open(part, DIRECTORY, dir_fd=directory)
            else:
                return _open_regular(part, directory, path)
            os.close(directory)
            directory = inner
    finally:
        os.close(directory)
    raise OSError(errno.EINVAL, "not a regular file", path)


def _split(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]


def _is_trusted(directory: os.stat_result) -> bool:
    return directory.st_uid in (0, os.geteuid()) and not directory.st_mode & 0o022


def _open_regular(name: str, directory: int, path: str) -> int:
    descriptor = os.open(name, REGULAR, dir_fd=directory)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", path)
    os.set_blocking(descriptor, True)
    return descriptor
