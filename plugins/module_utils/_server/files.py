# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make directories and files what is wanted, with the user of this process as their owner."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from .._system.atomic_file import write_atomically
from .errors import ServerFilesError
from .options import Options, WantedDirectory, WantedFile


@dataclass
class Result:
    """The paths that were changed, or would be in check mode, and their differences."""

    changed_paths: list[str] = field(default_factory=list)
    diff: list[dict[str, str]] = field(default_factory=list)


class ServerFiles:
    """The directories and files of one call. Links that lead to a directory or file are followed."""

    def __init__(self, options: Options, check_mode: bool) -> None:
        self.options = options
        self.check_mode = check_mode
        self.result = Result()

    def converge(self) -> Result:
        """Create what is missing and correct what differs, directories first."""
        for directory in self.options.directories:
            self._converge_directory(directory)
        for file in self.options.files:
            self._converge_file(file)
        return self.result

    def _converge_directory(self, wanted: WantedDirectory) -> None:
        found = _status(wanted.path)
        if found is not None and not stat.S_ISDIR(found.st_mode):
            raise ServerFilesError(
                f"{wanted.path} is no directory. Move it away, or choose another path.",
                reason="not_a_directory",
                path=str(wanted.path),
            )
        after = f"directory, mode {wanted.mode:04o}\n"
        if found is None:
            self._report(wanted.path, "", after)
            if not self.check_mode:
                _make_directories(wanted.path)
                os.chmod(wanted.path, wanted.mode)
        elif not _has_rights(found, wanted.mode):
            self._report(wanted.path, f"directory, {_describe_rights(found)}\n", after)
            if not self.check_mode:
                _set_rights(wanted.path, wanted.mode)

    def _converge_file(self, wanted: WantedFile) -> None:
        found = _status(wanted.path)
        if found is not None and not stat.S_ISREG(found.st_mode):
            raise ServerFilesError(
                f"{wanted.path} is no file. Move it away, or choose another path.",
                reason="not_a_file",
                path=str(wanted.path),
            )
        content = wanted.path.read_bytes() if found is not None else None
        if content != wanted.content:
            before, after = (_show(text, wanted.secret) for text in (content, wanted.content))
            if wanted.secret and content is not None:
                after = "other content, not shown\n"
            self._report(wanted.path, before, after)
            if not self.check_mode:
                _make_directories(wanted.path.parent)
                path = wanted.path.resolve()
                write_atomically(path, wanted.content, wanted.mode)
        elif found is not None and not _has_rights(found, wanted.mode):
            self._report(wanted.path, f"{_describe_rights(found)}\n", f"mode {wanted.mode:04o}\n")
            if not self.check_mode:
                _set_rights(wanted.path, wanted.mode)

    def _report(self, path: Path, before: str, after: str) -> None:
        self.result.changed_paths.append(str(path))
        headers = {"before_header": str(path), "after_header": str(path)}
        self.result.diff.append({**headers, "before": before, "after": after})


def _status(path: Path) -> os.stat_result | None:
    try:
        return os.stat(path)
    except FileNotFoundError:
        return None


def _has_rights(found: os.stat_result, mode: int) -> bool:
    return stat.S_IMODE(found.st_mode) == mode and (found.st_uid, found.st_gid) == (
        os.geteuid(),
        os.getegid(),
    )


def _set_rights(path: Path, mode: int) -> None:
    os.chown(path, os.geteuid(), os.getegid())
    os.chmod(path, mode)


def _describe_rights(found: os.stat_result) -> str:
    return f"mode {stat.S_IMODE(found.st_mode):04o}, owner {found.st_uid}:{found.st_gid}"


def _make_directories(path: Path) -> None:
    """Create a directory and those above it with mode 0755, whatever the umask is."""
    missing = [path, *path.parents]
    for directory in reversed(missing[: next(i for i, above in enumerate(missing) if above.exists())]):
        directory.mkdir()
        directory.chmod(0o755)


def _show(content: bytes | None, secret: bool) -> str:
    if content is None:
        return ""
    return "content, not shown\n" if secret else content.decode(errors="replace")
