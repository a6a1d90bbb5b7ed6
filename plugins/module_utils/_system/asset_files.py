# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a release that are not in its revision: what a build made, and what pages still open ask for.

Everything here is called as the build user, which owns the releases. No file is written through a link.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .complete_directory import COMPLETE
from .directory import Directory

# In the root of a release: which build its files are of, and the files of the release before.
RELEASE_MARK = ".masonite-deploy-assets"
# No more files than this are taken over from the release before.
MOST_FORMER_FILES = 5000
MOST_BYTES = 1 << 23


@dataclass(frozen=True)
class AssetMark:
    """What the mark of a release says: the key of the build, and the files of the release before."""

    key: str = ""
    former: tuple[str, ...] = ()


def read_mark(release: str) -> AssetMark:
    """Return the mark of a release; an empty one where there is none that can be read."""
    try:
        with Directory(release) as directory:
            found = json.loads(directory.read(RELEASE_MARK, MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return AssetMark()
    if not isinstance(found, dict):
        return AssetMark()
    former = found.get("former")
    return AssetMark(
        key=str(found.get("key") or ""),
        former=tuple(name for name in former if isinstance(name, str)) if isinstance(former, list) else (),
    )


def place_assets(release: str, key: str, results: str, live: str, directories: Sequence[str]) -> None:
    """Put the results of a build into a release, and the files of the live one that it lacks.

    Without ``key`` there are no results, without ``live`` is no live release. ``directories`` are those that
    visitors can ask for files of.
    """
    if key:
        for name in list_files(results):
            if name != COMPLETE:
                copy_file(os.path.join(results, name), release, name)
    former = link_former_files(live, release, directories) if live else []
    if key or former:
        mark = read_mark(release)
        text = json.dumps({"key": key or mark.key, "former": [*mark.former, *former]})
        partial = os.path.join(release, f"{RELEASE_MARK}.tmp")
        with open(partial, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(partial, os.path.join(release, RELEASE_MARK))


def link_former_files(live: str, release: str, directories: Sequence[str]) -> list[str]:
    """Link the files of the live release that the other one lacks into it; return their names.

    Those that the live release itself took over are left out, so that each file is there for one release
    more.
    """
    left_out = set(read_mark(live).former)
    found: list[str] = []
    for directory in directories:
        top = directory.strip("/")
        if not is_own_directory(live, top):
            continue
        for name in list_files(os.path.join(live, top)):
            path = f"{top}/{name}"
            if len(found) >= MOST_FORMER_FILES:
                return found
            if path in left_out or os.path.lexists(os.path.join(release, path)):
                continue
            if is_writable(release, path) and make_parents(release, path):
                link_or_copy(os.path.join(live, path), os.path.join(release, path))
                found.append(path)
    return found


def link_or_copy(source: str, target: str) -> None:
    """Give a file a second name. A file of another user, as of version 0.1, is copied."""
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copyfile(source, target, follow_symlinks=False)


def list_files(top: str, skipped: Sequence[str] = ()) -> Iterator[str]:
    """Yield the names of the regular files below a directory, without following a link."""
    for directory, directories, names in os.walk(top):
        directories[:] = sorted(name for name in directories if name not in skipped)
        for name in sorted(names):
            path = os.path.join(directory, name)
            if stat.S_ISREG(os.lstat(path).st_mode):
                yield os.path.relpath(path, top)


def copy_file(source: str, top: str, name: str) -> bool:
    """Copy a file to a name below a directory, in place of an older one; nothing through or over a link."""
    target = os.path.join(top, name)
    if os.path.islink(target) or os.path.isdir(target) or not make_parents(top, name):
        return False
    partial = f"{target}.masonite-deploy.tmp"
    # With another inode: the older file may have a second name in another release.
    shutil.copyfile(source, partial, follow_symlinks=False)
    os.chmod(partial, 0o755 if os.lstat(source).st_mode & 0o100 else 0o644)
    os.replace(partial, target)
    return True


def make_parents(top: str, name: str) -> bool:
    """Make the directories above a name; returns False where something else is in the place of one."""
    path = top
    for part in name.split("/")[:-1]:
        path = os.path.join(path, part)
        try:
            if not stat.S_ISDIR(os.lstat(path).st_mode):
                return False
        except FileNotFoundError:
            os.mkdir(path, 0o755)
    return True


def is_writable(top: str, name: str) -> bool:
    """Return whether a name can be made below a directory. Some belong to the app, which collects files."""
    path = os.path.join(top, os.path.dirname(name))
    while not os.path.lexists(path):
        path = os.path.dirname(path)
    return os.access(path, os.W_OK)


def is_own_directory(top: str, name: str) -> bool:
    """Return whether a name below a directory is a directory, and no part of it a link."""
    path = top
    for part in name.split("/"):
        path = os.path.join(path, part)
        try:
            if not stat.S_ISDIR(os.lstat(path).st_mode):
                return False
        except OSError:
            return False
    return True
