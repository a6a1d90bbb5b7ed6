# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directories in which a lesser user may change anything at any moment: nothing done there follows a link."""

from __future__ import annotations

import errno
import os
import stat
import time

from ansible_collections.masonite.deploy.plugins.module_utils._system.account import Account
from ansible_collections.masonite.deploy.plugins.module_utils._system.directory import (
    DIRECTORY,
    NEW,
    Directory,
)
from ansible_collections.masonite.deploy.plugins.module_utils._system.privileges import can_switch

PARTIAL = ".partial-"
TRASH = ".trash-"
# A tree deeper than this is flattened while it is removed: neither the stack nor the descriptors run out.
DEPTH = 100
ROUNDS = 10_000
LINKS = 40


def ids(account: Account | None) -> tuple[int, int]:
    """User and group that own what is made for the account; -1 where nothing is to be given away."""
    return (account.uid, account.gid) if account is not None and can_switch(account) else (-1, -1)


class Folder(Directory):
    """A directory held open, for making, moving and removing what is below it."""

    def __enter__(self) -> Folder:
        return self

    def make_parents(self, name: str, owner: Account | None, mode: int = 0o755) -> None:
        """Make the directories that are missing above a name; those that exist stay as they are."""
        parts = name.split("/")[:-1]
        for count in range(1, len(parts) + 1):
            above = "/".join(parts[:count])
            if self.status(above) is None:
                self.make_directory(above, mode, *ids(owner))

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
        with self._parent(name) as (folder, last):
            descriptor = os.open(last, NEW, 0o600, dir_fd=folder)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            os.fchown(stream.fileno(), *ids(owner))
            os.fchmod(stream.fileno(), mode)

    def make_link(self, name: str, target: str, owner: Account | None) -> None:
        """Make a symbolic link in an empty place; the owner is of the link, not of what it leads to."""
        with self._parent(name) as (folder, last):
            os.symlink(target, last, dir_fd=folder)
            uid, gid = ids(owner)
            if uid != -1:
                _give_link(folder, last, uid, gid)

    def rename(self, name: str, new: str) -> None:
        """Move within this directory; a file or an empty directory in the new place gives way."""
        with self._parent(name) as (source, last), self._parent(new) as (sink, new_last):
            os.rename(last, new_last, src_dir_fd=source, dst_dir_fd=sink)

    def discard(self, name: str) -> bool:
        """Remove whatever has this name; a directory loses the name before its content goes.

        Returns whether there was anything.
        """
        try:
            with self._parent(name) as (folder, last):
                if not stat.S_ISDIR(os.stat(last, dir_fd=folder, follow_symlinks=False).st_mode):
                    os.unlink(last, dir_fd=folder)
                    return True
                trash = f"{TRASH}{last}-{os.getpid()}-{time.time_ns()}"
                os.rename(last, trash, src_dir_fd=folder, dst_dir_fd=folder)
                top = os.open(trash, DIRECTORY, dir_fd=folder)
                try:
                    _empty_top(top)
                finally:
                    os.close(top)
                os.rmdir(trash, dir_fd=folder)
        except FileNotFoundError:
            return False
        return True

    def inside(self, name: str) -> str | None:
        """The name with the links on its way resolved; None if one of them leads out of this directory.

        What is opened by this name is opened without following links again: a link put there in between is
        an error. What is missing is no link.
        """
        waiting = name.split("/")[::-1]
        found: list[str] = []
        links = 0
        while waiting:
            part = waiting.pop()
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
            if target.startswith("/") or links > LINKS:
                return None
            waiting += target.split("/")[::-1]
        return "/".join(found) or None


def _give_link(folder: int, name: str, uid: int, gid: int) -> None:
    """Change the owner of the link just made, and of nothing that was put in its place since."""
    descriptor = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISLNK(found.st_mode) or found.st_uid != os.geteuid() or found.st_nlink != 1:
            raise OSError(errno.EBUSY, "changed by another process", name)
        # The link itself: this name leads to what is open and no further.
        os.chown(f"/proc/self/fd/{descriptor}", uid, gid)
    finally:
        os.close(descriptor)


def _empty_top(top: int) -> None:
    for _round in range(ROUNDS):
        _empty(top, top, 0)
        if not os.listdir(top):
            return


def _empty(folder: int, top: int, depth: int) -> None:
    with os.scandir(folder) as entries:
        found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_directory in found:
        if not is_directory:
            os.unlink(name, dir_fd=folder)
        elif depth >= DEPTH:
            os.rename(name, f"{TRASH}{time.time_ns()}", src_dir_fd=folder, dst_dir_fd=top)
        else:
            inner = os.open(name, DIRECTORY, dir_fd=folder)
            try:
                _empty(inner, top, depth + 1)
            finally:
                os.close(inner)
            os.rmdir(name, dir_fd=folder)
