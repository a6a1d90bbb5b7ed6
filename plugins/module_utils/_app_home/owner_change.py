# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes the owner of a whole tree, through open directories, never following a link."""

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
class OwnerChange:
    """Changes the owner of the directories and files of `former` owners and root, on one file system.

    Paths with another owner or a second name are `skipped`. With `code`, the owner of links is changed, too,
    and a file with a second name, which may be another app's, is replaced by a copy. Links that lead below
    `linked` get the owner `link_uid`.
    """

    former: Collection[int]
    uid: int
    gid: int
    code: bool = False
    linked: str = ""
    link_uid: int = -1
    skipped: list[str] = field(default_factory=list)

    def apply(self, directory: int, name: str, path: str) -> None:
        """Change the owner of a directory in an open one, and of everything below it."""
        descriptor = os.open(name, DIRECTORY, dir_fd=directory)
        try:
            status = os.fstat(descriptor)
            if not self._belongs(status):
                self.skipped.append(path)
                return
            self._set_owner(descriptor, status)
            self._change_inner(descriptor, path, status.st_dev, 0)
        finally:
            os.close(descriptor)

    def _change_inner(self, directory: int, path: str, device: int, depth: int) -> None:
        if depth > DEEPEST:
            self.skipped.append(path)
            return
        for name in os.listdir(directory):
            inner = f"{path}/{name}"
            try:
                status = os.stat(name, dir_fd=directory, follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    self._change_directory(directory, name, inner, device, depth)
                elif status.st_uid == self.uid:
                    continue
                elif stat.S_ISREG(status.st_mode):
                    self._change_file(directory, name, inner)
                elif stat.S_ISLNK(status.st_mode) and self.code and self._belongs(status):
                    self._change_link(directory, name)
                else:
                    self.skipped.append(inner)
            except OSError:
                # Replaced during this call.
                self.skipped.append(inner)

    def _belongs(self, status: os.stat_result) -> bool:
        return status.st_uid in self.former or status.st_uid in (0, self.uid)

    def _set_owner(self, descriptor: int, status: os.stat_result) -> None:
        if (status.st_uid, status.st_gid) != (self.uid, self.gid):
            os.fchown(descriptor, self.uid, self.gid)

    def _change_directory(self, directory: int, name: str, path: str, device: int, depth: int) -> None:
        descriptor = os.open(name, DIRECTORY, dir_fd=directory)
        try:
            status = os.fstat(descriptor)
            if not self._belongs(status) or status.st_dev != device:
                self.skipped.append(path)
                return
            self._set_owner(descriptor, status)
            self._change_inner(descriptor, path, device, depth + 1)
        finally:
            os.close(descriptor)

    def _change_file(self, directory: int, name: str, path: str) -> None:
        descriptor = os.open(name, REGULAR, dir_fd=directory)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or not self._belongs(status):
                self.skipped.append(path)
            elif status.st_nlink == 1:
                self._set_owner(descriptor, status)
            elif self.code and status.st_uid in self.former:
                self._copy(directory, name, descriptor, status)
            else:
                self.skipped.append(path)
        finally:
            os.close(descriptor)

    def _copy(self, directory: int, name: str, source: int, status: os.stat_result) -> None:
        temporary = f".{secrets.token_hex(8)}.tmp"
        target = os.open(temporary, NEW, 0o600, dir_fd=directory)
        try:
            with os.fdopen(target, "wb") as output, os.fdopen(os.dup(source), "rb") as content:
                shutil.copyfileobj(content, output)
                output.flush()
                os.fchown(output.fileno(), self.uid, self.gid)
                os.fchmod(output.fileno(), stat.S_IMODE(status.st_mode) & 0o777)
                os.utime(output.fileno(), ns=(status.st_atime_ns, status.st_mtime_ns))
            os.rename(temporary, name, src_dir_fd=directory, dst_dir_fd=directory)
        except BaseException:
            os.unlink(temporary, dir_fd=directory)
            raise

    def _change_link(self, directory: int, name: str) -> None:
        target = os.readlink(name, dir_fd=directory)
        inside = bool(self.linked) and os.path.normpath(target).startswith(f"{self.linked}/")
        uid = self.link_uid if inside else self.uid
        os.chown(name, uid, self.gid, dir_fd=directory, follow_symlinks=False)
