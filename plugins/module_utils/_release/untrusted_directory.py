# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directories in which another user may change anything at any moment: nothing done there follows a link."""

from __future__ import annotations

import errno
import os
import stat
import time

from .._system.account import Account
from .._system.directory import DIRECTORY, NEW, Directory
from .._system.privileges import can_switch

# How names begin of what is not complete yet, and of what is being removed.
PARTIAL = ".partial-"
TRASH = ".trash-"
# A tree deeper than this is flattened while it is removed: neither the stack nor the descriptors run out.
MAX_DEPTH = 100
MAX_ROUNDS = 10_000
MAX_LINKS = 40


def owner_ids(account: Account | None) -> tuple[int, int]:
    """Return the user and group that own what is made for the account; -1 leaves them as they are."""
    return (account.uid, account.gid) if account is not None and can_switch(account) else (-1, -1)


class UntrustedDirectory(Directory):
    """A directory held open, for making, moving and removing what is below it."""

    def __enter__(self) -> UntrustedDirectory:
        return self

    def make_parents(self, name: str, owner: Account | None, mode: int = 0o755) -> None:
        """Make the directories that are missing above a name; those that exist stay as they are."""
        parts = name.split("/")[:-1]
        for count in range(1, len(parts) + 1):
            above = "/".join(parts[:count])
            if self.status(above) is None:
                self.make_directory(above, mode, *owner_ids(owner))

    def is_directory(self, name: str) -> bool:
        """Whether it is a real directory, as are all directories above it."""
        try:
            found = self.status(name)
        except OSError:
            return False
        return found is not None and stat.S_ISDIR(found.st_mode)

    def is_file(self, name: str) -> bool:
        try:
            found = self.status(name)
        except OSError:
            return False
        return found is not None and stat.S_ISREG(found.st_mode)

    def create(self, name: str, content: bytes, mode: int, owner: Account | None) -> None:
        """Write a file that must not exist yet."""
        with self._parent(name) as (directory, last):
            descriptor = os.open(last, NEW, 0o600, dir_fd=directory)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            os.fchown(stream.fileno(), *owner_ids(owner))
            os.fchmod(stream.fileno(), mode)

    def make_link(self, name: str, target: str, owner: Account | None) -> None:
        """Make a symbolic link where nothing is; the owner is that of the link, not of its target."""
        with self._parent(name) as (directory, last):
            os.symlink(target, last, dir_fd=directory)
            uid, gid = owner_ids(owner)
            if uid != -1:
                _change_link_owner(directory, last, uid, gid)

    def rename(self, name: str, new: str) -> None:
        """Move within this directory; a file or an empty directory of the new name is replaced."""
        with self._parent(name) as (source, last), self._parent(new) as (sink, new_last):
            os.rename(last, new_last, src_dir_fd=source, dst_dir_fd=sink)

    def remove_tree(self, name: str) -> bool:
        """Remove whatever has this name; a directory is renamed before its content is removed.

        Returns whether there was anything.
        """
        try:
            with self._parent(name) as (directory, last):
                if not stat.S_ISDIR(os.stat(last, dir_fd=directory, follow_symlinks=False).st_mode):
                    os.unlink(last, dir_fd=directory)
                    return True
                trash = f"{TRASH}{last}-{os.getpid()}-{time.time_ns()}"
                os.rename(last, trash, src_dir_fd=directory, dst_dir_fd=directory)
                top = os.open(trash, DIRECTORY, dir_fd=directory)
                try:
                    _empty_tree(top)
                finally:
                    os.close(top)
                os.rmdir(trash, dir_fd=directory)
        except FileNotFoundError:
            return False
        return True

    def resolve(self, name: str) -> str | None:
        """Return the name with all links in it resolved; None if one of them leads out of this directory.

        What is opened by the returned name is opened without following links: a link put there in between
        is an error. What is missing is no link.
        """
        remaining = name.split("/")[::-1]
        found: list[str] = []
        links = 0
        while remaining:
            part = remaining.pop()
            if part in ("", "."):
                continue
            if part == "..":
                if not found:
                    return None
                found.pop()
                continue
            try:
                target = self.target("/".join([*found, part]))
            except OSError:
                return None
            if target is None:
                found.append(part)
                continue
            links += 1
            if target.startswith("/") or links > MAX_LINKS:
                return None
            remaining += target.split("/")[::-1]
        return "/".join(found) or None


def _change_link_owner(directory: int, name: str, uid: int, gid: int) -> None:
    """Change the owner of the link just made, and of nothing that was put in its place since."""
    descriptor = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=directory)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISLNK(found.st_mode) or found.st_uid != os.geteuid() or found.st_nlink != 1:
            raise OSError(errno.EBUSY, "changed by another process", name)
        # This name leads to the open link itself and no further.
        os.chown(f"/proc/self/fd/{descriptor}", uid, gid)
    finally:
        os.close(descriptor)


def _empty_tree(top: int) -> None:
    for _round in range(MAX_ROUNDS):
        _empty(top, top, 0)
        if not os.listdir(top):
            return


def _empty(directory: int, top: int, depth: int) -> None:
    with os.scandir(directory) as entries:
        found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_directory in found:
        if not is_directory:
            os.unlink(name, dir_fd=directory)
        elif depth >= MAX_DEPTH:
            os.rename(name, f"{TRASH}{time.time_ns()}", src_dir_fd=directory, dst_dir_fd=top)
        else:
            inner = os.open(name, DIRECTORY, dir_fd=directory)
            try:
                _empty(inner, top, depth + 1)
            finally:
                os.close(inner)
            os.rmdir(name, dir_fd=directory)
