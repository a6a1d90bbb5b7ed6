# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths that outlive a release: links from it into shared/."""

from __future__ import annotations

import os
import posixpath
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.masonite.deploy.plugins.module_utils._release_errors import Names, ReleaseError


@dataclass(frozen=True)
class SharedPath:
    name: str
    directory: bool


def parse(paths: Sequence[str], names: Names) -> list[SharedPath]:
    """Check the list: relative, inside the release, none within another."""
    parsed: list[SharedPath] = []
    for path in paths:
        name = posixpath.normpath(path.strip()) if path.strip() else ""
        if not name or name.startswith(("/", "../")) or name in (".", "..") or "\0" in name:
            raise ReleaseError(
                f"{path!r} in {names('shared')} is not a path inside a release.",
                hint="Give paths relative to the release's root, such as .env or storage/logs/.",
                reason="shared",
            )
        parsed.append(SharedPath(name, path.strip().endswith("/")))
    for one in parsed:
        for other in parsed:
            if one is not other and (one.name == other.name or one.name.startswith(f"{other.name}/")):
                raise ReleaseError(
                    f"{one.name} and {other.name} in {names('shared')} overlap.",
                    hint="Name the outer one only.",
                    reason="shared",
                )
    return parsed


def missing_links(release: Path, shared: Path, paths: Sequence[SharedPath]) -> list[SharedPath]:
    return [path for path in paths if not _linked(release / path.name, shared / path.name)]


def _linked(link: Path, target: Path) -> bool:
    try:
        return os.readlink(link) == str(target)
    except OSError:
        return False


@contextmanager
def _writable_by_group() -> Iterator[None]:
    previous = os.umask(0o007)
    try:
        yield
    finally:
        os.umask(previous)


def link(release: Path, shared: Path, paths: Sequence[SharedPath], names: Names) -> None:
    """Link each path; what the revision itself has there fills an empty place in shared/, then gives way."""
    for path in missing_links(release, shared, paths):
        place, target = release / path.name, shared / path.name
        _refuse_detours(release, path, names)
        with _writable_by_group():
            _fill(place, target, path, shared)
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        elif os.path.lexists(place):
            place.unlink()
        place.symlink_to(target)


def _refuse_detours(release: Path, path: SharedPath, names: Names) -> None:
    parent = release
    for part in Path(path.name).parts[:-1]:
        parent = parent / part
        if parent.is_symlink() or (parent.exists() and not parent.is_dir()):
            raise ReleaseError(
                f"{path.name} in {names('shared')} cannot be linked: in the revision "
                f"{parent.relative_to(release)} is not a directory.",
                hint=f"Correct {names('shared')}, or the repository.",
                reason="shared",
            )


def _fill(place: Path, target: Path, path: SharedPath, shared: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if os.path.lexists(target):
        return
    if place.is_symlink() or not place.exists():
        if path.directory:
            target.mkdir()
        return
    seed = target.with_name(f".partial-{target.name}-{os.getpid()}")
    if place.is_dir():
        shutil.rmtree(seed, ignore_errors=True)
        _copy_tree(place, seed)
    else:
        _copy_file(place, seed)
    seed.rename(target)


def _copy_tree(source: Path, target: Path) -> None:
    # mkdir, not chmod: in a setgid directory that is what hands the group on.
    target.mkdir()
    for entry in os.scandir(source):
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), target / entry.name)
        elif entry.is_dir():
            _copy_tree(Path(entry.path), target / entry.name)
        else:
            _copy_file(Path(entry.path), target / entry.name)


def _copy_file(source: Path, target: Path) -> None:
    executable = source.stat().st_mode & stat.S_IXUSR
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    handle = os.open(target, flags, 0o777 if executable else 0o666)
    with os.fdopen(handle, "wb") as output, open(source, "rb") as content:
        shutil.copyfileobj(content, output)
