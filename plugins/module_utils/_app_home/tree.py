# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives a whole tree another owner, through open directories, never following a link."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from collections.abc import Collection
from dataclasses import dataclass, field

from .._system.directory import DIRECTORY, NEW, REGULAR

DEEPEST = 200


@dataclass
class Tree:
    """Takes what `former` owners and root have in a tree. Directories, files and links only, and nothing on
    another file system. What has another owner, or a second name, is `left`.

    With `code`, links are taken, too, and a file with a second name, which may be another app's, is replaced
    by a copy. Links that lead below `linked` get the owner `link_uid`.
    """

    former: Collection[int]
    uid: int
    gid: int
    code: bool = False
    linked: str = ""
    link_uid: int = -1
    left: list[str] = field(default_factory=list)

    def take(self, folder: int, name: str, path: str) -> None:
        """Take the directory of that name in an open one, and everything below it."""
        descriptor = os.open(name, DIRECTORY, dir_fd=folder)
        try:
            status = os.fstat(descriptor)
            if not self._belongs(status):
                self.left.append(path)
                return
            self._own(descriptor, status)
            self._take_inner(descriptor, path, status.st_dev, 0)
        finally:
            os.close(descriptor)

    def _take_inner(self, folder: int, path: str, device: int, depth: int) -> None:
        if depth > DEEPEST:
            self.left.append(path)
            return
        for name in os.listdir(folder):
            inner = f"{path}/{name}"
            try:
                status = os.stat(name, dir_fd=folder, follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    self._take_directory(folder, name, inner, device, depth)
                elif status.st_uid == self.uid:
                    continue
                elif stat.S_ISREG(status.st_mode):
                    self._take_file(folder, name, inner)
                elif stat.S_ISLNK(status.st_mode) and self.code and self._belongs(status):
                    self._take_link(folder, name)
                else:
                    self.left.append(inner)
            except OSError:
                # Replaced while this looked at it, which is not what an app at rest does.
                self.left.append(inner)

    def _belongs(self, status: os.stat_result) -> bool:
        return status.st_uid in self.former or status.st_uid in (0, self.uid)

    def _own(self, descriptor: int, status: os.stat_result) -> None:
        if (status.st_uid, status.st_gid) != (self.uid, self.gid):
            os.fchown(descriptor, self.uid, self.gid)

    def _take_directory(self, folder: int, name: str, path: str, device: int, depth: int) -> None:
        descriptor = os.open(name, DIRECTORY, dir_fd=folder)
        try:
            status = os.fstat(descriptor)
            if not self._belongs(status) or status.st_dev != device:
                self.left.append(path)
                return
            self._own(descriptor, status)
            self._take_inner(descriptor, path, device, depth + 1)
        finally:
            os.close(descriptor)

    def _take_file(self, folder: int, name: str, path: str) -> None:
        descriptor = os.open(name, REGULAR, dir_fd=folder)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or not self._belongs(status):
                self.left.append(path)
            elif status.st_nlink == 1:
                self._own(descriptor, status)
            elif self.code and status.st_uid in self.former:
                self._copy(folder, name, descriptor, status)
            else:
                self.left.append(path)
        finally:
            os.close(descriptor)

    def _copy(self, folder: int, name: str, source: int, status: os.stat_result) -> None:
        temporary = f".{secrets.token_hex(8)}.tmp"
        target = os.open(temporary, NEW, 0o600, dir_fd=folder)
        try:
            with os.fdopen(target, "wb") as output, os.fdopen(os.dup(source), "rb") as content:
                shutil.copyfileobj(content, output)
                output.flush()
                os.fchown(output.fileno(), self.uid, self.gid)
                os.fchmod(output.fileno(), stat.S_IMODE(status.st_mode) & 0o777)
                os.utime(output.fileno(), ns=(status.st_atime_ns, status.st_mtime_ns))
            os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
        except BaseException:
            os.unlink(temporary, dir_fd=folder)
            raise

    def _take_link(self, folder: int, name: str) -> None:
        target = os.readlink(name, dir_fd=folder)
        inside = bool(self.linked) and os.path.normpath(target).startswith(f"{self.linked}/")
        uid = self.link_uid if inside else self.uid
        os.chown(name, uid, self.gid, dir_fd=folder, follow_symlinks=False)
