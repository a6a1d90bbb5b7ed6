# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies what an app set up by hand has at its shared paths, as the app's own, never through a link."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from dataclasses import dataclass, field

from .._system.directory import DIRECTORY, NEW, REGULAR, Directory
from .errors import Refusal
from .layout import APP, Place
from .options import Options
from .rights import Owners

OWN = Place("", APP, APP, 0)


@dataclass
class SharedCopy:
    """What is there already is kept, so a copy that was interrupted is continued."""

    options: Options
    owners: Owners
    warnings: list[str] = field(default_factory=list)

    @staticmethod
    def refusals(options: Options) -> list[Refusal]:
        return [
            Refusal("adopt", path, f"{path!r} in shared is not a path below {options.adopt}.")
            for path in options.shared
            if path.startswith("/") or ".." in path.split("/") or not path.strip("/. ")
        ]

    def names(self) -> list[str]:
        """Shared paths that the directory set up by hand has."""
        with Directory(self.options.adopt) as source:
            return [name for name in self._wanted() if self._exists(source, name)]

    def _wanted(self) -> list[str]:
        names = [path.strip("/") for path in self.options.shared]
        return [name for name in names if name != ".env"]

    @staticmethod
    def _exists(folder: Directory, name: str) -> bool:
        try:
            return folder.status(name) is not None
        except OSError:
            return False

    def run(self) -> list[str]:
        self.uid, self.gid = self.owners.numbers(OWN)
        copied = []
        with Directory(self.options.adopt) as source, Directory(self.options.shared_path) as target:
            for name in self.names():
                *parents, last = name.split("/")
                from_folder, to_folder = os.dup(source.descriptor), os.dup(target.descriptor)
                try:
                    for parent in parents:
                        from_folder = self._enter(from_folder, parent)
                        to_folder = self._make(to_folder, parent, 0o750)
                    self._copy(from_folder, to_folder, last, f"{source.path}/{name}")
                finally:
                    os.close(from_folder)
                    os.close(to_folder)
                copied.append(name)
        return copied

    @staticmethod
    def _enter(folder: int, name: str) -> int:
        """The directory of that name in place of the one that is open."""
        inner = os.open(name, DIRECTORY, dir_fd=folder)
        os.dup2(inner, folder, inheritable=False)
        os.close(inner)
        return folder

    def _make(self, folder: int, name: str, mode: int) -> int:
        try:
            os.mkdir(name, 0o700, dir_fd=folder)
        except FileExistsError:
            return self._enter(folder, name)
        self._enter(folder, name)
        os.fchown(folder, self.uid, self.gid)
        os.fchmod(folder, mode)
        return folder

    def _copy(self, source: int, target: int, name: str, path: str) -> None:
        status = os.stat(name, dir_fd=source, follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            self._copy_directory(source, target, name, path, status)
        elif stat.S_ISREG(status.st_mode):
            self._copy_file(source, target, name)
        else:
            self.warnings.append(f"{path} is no file and no directory, and was not brought along.")

    def _copy_directory(self, source: int, target: int, name: str, path: str, status: os.stat_result) -> None:
        inner = self._enter(os.dup(source), name)
        try:
            copy = self._make(os.dup(target), name, stat.S_IMODE(status.st_mode) & 0o755 | 0o700)
            try:
                for entry in os.listdir(inner):
                    self._copy(inner, copy, entry, f"{path}/{entry}")
            finally:
                os.close(copy)
        finally:
            os.close(inner)

    def _copy_file(self, source: int, target: int, name: str) -> None:
        try:
            os.stat(name, dir_fd=target, follow_symlinks=False)
            return
        except FileNotFoundError:
            pass
        temporary = f".{secrets.token_hex(8)}.tmp"
        content = os.open(name, REGULAR, dir_fd=source)
        with os.fdopen(content, "rb") as stream:
            status = os.fstat(content)
            output = os.open(temporary, NEW, 0o600, dir_fd=target)
            try:
                with os.fdopen(output, "wb") as copy:
                    shutil.copyfileobj(stream, copy)
                    copy.flush()
                    os.fchown(copy.fileno(), self.uid, self.gid)
                    os.fchmod(copy.fileno(), stat.S_IMODE(status.st_mode) & 0o755 | 0o600)
                    os.utime(copy.fileno(), ns=(status.st_atime_ns, status.st_mtime_ns))
                os.rename(temporary, name, src_dir_fd=target, dst_dir_fd=target)
            except BaseException:
                os.unlink(temporary, dir_fd=target)
                raise
