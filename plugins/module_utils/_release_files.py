# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that are either whole or not there."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible_collections.masonite.deploy.plugins.module_utils._release_errors import ReleaseError


def write_json(path: Path, content: dict[str, Any]) -> None:
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, sort_keys=True)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_json(path: Path) -> dict[str, Any]:
    """The file's dictionary; nothing when it is missing or is not one."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def point(link: Path, target: str) -> None:
    """Make `link` a symbolic link to `target` in one step."""
    temporary = link.with_name(f".{link.name}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(target)
    os.replace(temporary, link)


def remove_tree(directory: Path) -> None:
    """Remove a directory so that one interrupted half-way no longer carries its name."""
    trash = directory.with_name(f".trash-{directory.name}-{os.getpid()}-{time.time_ns()}")
    os.rename(directory, trash)
    shutil.rmtree(trash)


@contextmanager
def mutex(path: Path, patience: float) -> Iterator[None]:
    """Only one call of the module at a time works on an app; a killed one lets go by itself."""
    with open(path, "a", encoding="utf-8") as file:
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise ReleaseError(
                        f"Another process has been working on {path.parent.parent} for {patience:.0f} s.",
                        hint=f"See who holds {path} (fuser {path}) and run again when it is done.",
                    ) from None
                time.sleep(0.05)
        yield
