# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies the shared paths of an app set up by hand into shared/, never through a link."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from dataclasses import dataclass, field

from .._system.directory import DIRECTORY, NEW, REGULAR, Directory
from .errors import Refusal
from .options import Options


def check_shared_paths(options: Options) -> list[Refusal]:
    """Return the paths of the option shared that are not below the directory of the option adopt."""
    return [
        Refusal("adopt", path, f"{path!r} in shared is not a path below {options.adopt}.", ("shared",))
        for path in options.shared
        if path.startswith("/") or ".." in path.split("/") or not path.strip("/. ")
    ]


def list_shared_paths(options: Options) -> list[str]:
    """Return the shared paths that the directory set up by hand has."""
    wanted = [path.strip("/") for path in options.shared]
    with Directory(options.adopt) as source:
        return [name for name in wanted if name != ".env" and find_source(source, name)]


def find_source(directory: Directory, name: str) -> str:
    """Return where a shared path is; empty if it is nowhere. An app of this collection has it in shared/."""
    return next((place for place in (name, f"shared/{name}") if _exists(directory, place)), "")


def _exists(directory: Directory, name: str) -> bool:
    try:
        return directory.status(name) is not None
    except OSError:
        return False


@dataclass
class SharedCopy:
    """A copy into shared/. Files that are there already are kept, so an interrupted copy can be continued."""

    options: Options
    uid: int
    gid: int
    warnings: list[str] = field(default_factory=list)

    def run(self) -> list[str]:
        copied = []
        with Directory(self.options.adopt) as source, Directory(self.options.shared_path) as target:
            for name in list_shared_paths(self.options):
                place = find_source(source, name)
                *parents, last = name.split("/")
                source_directory, target_directory = os.dup(source.descriptor), os.dup(target.descriptor)
                try:
                    for parent in place.split("/")[:-1]:
                        source_directory = self._enter(source_directory, parent)
                    for parent in parents:
                        target_directory = self._make(target_directory, parent, 0o750)
                    self._copy(source_directory, target_directory, last, f"{source.path}/{place}")
                finally:
                    os.close(source_directory)
                    os.close(target_directory)
                copied.append(name)
        return copied

    @staticmethod
    def _enter(directory: int, name: str) -> int:
        """Let the descriptor be the inner directory of that name."""
        inner = os.open(name, DIRECTORY, dir_fd=directory)
        os.dup2(inner, directory, inheritable=False)
        os.close(inner)
        return directory

    def _make(self, directory: int, name: str, mode: int) -> int:
        try:
            os.mkdir(name, 0o700, dir_fd=directory)
        except FileExistsError:
            return self._enter(directory, name)
        self._enter(directory, name)
        os.fchown(directory, self.uid, self.gid)
        os.fchmod(directory, mode)
        return directory

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
