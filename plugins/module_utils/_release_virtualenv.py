# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which virtualenv a release needs: releases with equal needs share one."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import posixpath
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

from ansible_collections.masonite.deploy.plugins.module_utils._release_errors import Names, ReleaseError

KEY_LENGTH = 16
KEY = re.compile(rf"[0-9a-f]{{{KEY_LENGTH}}}$")
MARKER = ".complete"
INCLUDE = re.compile(r"(?:-r|-c|--requirement|--constraint)(?:\s*=\s*|\s+|(?=[^\s=-]))(\S+)")
EDITABLE = re.compile(r"(?:-e|--editable)(?:\s*=\s*|\s+)(\S+)")
LOCAL = re.compile(r"(?:\.{1,2}(?:/|\[|$)|file:(?!//)|[^\s@]+\s*@\s*file:)")
LOCAL_SOURCE = re.compile(r"^\s*[\w.\"-]+\s*=\s*\{[^}]*\b(?:path|workspace)\s*=", re.MULTILINE)
DESCRIBE = "import platform; print(platform.python_implementation(), platform.python_version())"

Reader = Callable[[str], "bytes | None"]


@dataclass(frozen=True)
class Needs:
    """What the files of a revision ask of a virtualenv."""

    kind: str
    requirements: str
    files: tuple[tuple[str, str], ...]
    local: bool = False
    editable: bool = False


def directory_reader(root: Path) -> Reader:
    def read(name: str) -> bytes | None:
        try:
            return (root / name).read_bytes()
        except OSError:
            return None

    return read


def needs(read: Reader, requirements: str, names: Names) -> Needs:
    name = requirements
    if requirements in ("", "auto"):
        name = next((file for file in ("requirements.txt", "pyproject.toml") if read(file) is not None), "")
        if not name:
            return Needs("none", "", ())
    content = read(name)
    if content is None:
        raise ReleaseError(
            f"The revision has no file {name} ({names('requirements')}).",
            hint=f"Correct {names('requirements')}, or add the file to the repository.",
            reason="missing_requirements",
        )
    if posixpath.basename(name) == "pyproject.toml":
        lock = posixpath.join(posixpath.dirname(name), "uv.lock")
        files = [(name, _digest(content))]
        locked = read(lock)
        if locked is not None:
            files.append((lock, _digest(locked)))
        local = LOCAL_SOURCE.search(content.decode("utf-8", "replace")) is not None
        return Needs("pyproject", name, tuple(files), local, local)
    return _from_requirements(read, name, names)


def _from_requirements(read: Reader, name: str, names: Names) -> Needs:
    files: dict[str, str] = {}
    local = editable = False
    waiting = [(name, "")]
    while waiting:
        current, included_by = waiting.pop()
        if current in files:
            continue
        content = read(current)
        if content is None:
            raise ReleaseError(
                f"{included_by} ({names('requirements')}) includes {current}, "
                f"which the revision does not have.",
                hint="Add the file to the repository, or remove the line that includes it.",
                reason="missing_requirements",
            )
        files[current] = _digest(content)
        for line in _lines(content):
            include = INCLUDE.match(line)
            own = EDITABLE.match(line)
            if include and "://" not in include.group(1):
                included = posixpath.join(posixpath.dirname(current), include.group(1))
                waiting.append((posixpath.normpath(included), current))
            elif own:
                editable = editable or "://" not in own.group(1)
            elif LOCAL.match(line):
                local = True
    return Needs("requirements", name, tuple(sorted(files.items())), local or editable, editable)


def _lines(content: bytes) -> list[str]:
    text = re.sub(r"\\\r?\n", " ", content.decode("utf-8", "replace"))
    return [re.sub(r"(^|\s)#.*$", "", line).strip() for line in text.splitlines()]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def python_version(python: str, names: Names) -> str:
    """Implementation and version of an interpreter."""
    if os.path.realpath(python) == os.path.realpath(sys.executable):
        return f"{platform.python_implementation()} {platform.python_version()}"
    try:
        run = subprocess.run(
            [python, "-I", "-S", "-c", DESCRIBE], capture_output=True, text=True, timeout=30, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise ReleaseError(
            f"The Python {python} ({names('python')}) does not run: {error}.",
            hint=f"Install it on the server, or name another in {names('python')}.",
            reason="python",
        ) from error
    return run.stdout.strip()


def key(
    wanted: Needs,
    python: str,
    version: str,
    packages: Sequence[str],
    installer: str,
    revision: str,
    release: str,
) -> str:
    """A short hash of everything the virtualenv is made from."""
    identity: dict[str, Any] = {
        "kind": wanted.kind,
        "files": wanted.files,
        "python": python,
        "version": version,
        "packages": sorted(packages),
        "installer": installer,
    }
    if wanted.local:
        # The release's own code is installed in it, so it fits this revision only.
        identity["revision"] = revision
    if wanted.editable:
        identity["release"] = release
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:KEY_LENGTH]
