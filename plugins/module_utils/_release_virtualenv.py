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
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Callable

from ansible_collections.masonite.deploy.plugins.module_utils._release_errors import Names, ReleaseError
from ansible_collections.masonite.deploy.plugins.module_utils._release_folder import Folder
from ansible_collections.masonite.deploy.plugins.module_utils._release_git import clean_environment, end
from ansible_collections.masonite.deploy.plugins.module_utils._system.account import Account
from ansible_collections.masonite.deploy.plugins.module_utils._system.privileges import process_identity

# Raised when virtualenvs made before must not serve any more: 2 since an app's build user owns them.
LAYOUT = 2
KEY_LENGTH = 16
KEY = re.compile(rf"[0-9a-f]{{{KEY_LENGTH}}}$")
MARKER = ".complete"
INCLUDE = re.compile(r"(?:-r|-c|--requirement|--constraint)(?:\s*=\s*|\s+|(?=[^\s=-]))(\S+)")
EDITABLE = re.compile(r"(?:-e|--editable)(?:\s*=\s*|\s+)(\S+)")
LOCAL = re.compile(r"(?:\.{1,2}(?:/|\[|$)|file:(?!//)|[^\s@]+\s*@\s*file:)")
# Within a line, as TOML has it: over lines the search would take time without end.
LOCAL_SOURCE = re.compile(r"^[ \t]*[\w.\"-]+[ \t]*=[ \t]*\{[^}\n]*\b(?:path|workspace)[ \t]*=", re.MULTILINE)
LONGEST = 1 << 20
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
    if len(content) > LONGEST:
        raise ReleaseError(
            f"{name} ({names('requirements')}) has {len(content)} bytes; allowed are {LONGEST}.",
            hint="Name a file that lists requirements.",
            reason="requirements_size",
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


def is_ready(path: str) -> bool:
    """Whether the virtualenv is there and complete; a link in its place is none."""
    try:
        with Folder(path) as folder:
            return folder.is_file(MARKER)
    except OSError:
        return False


def python_version(python: str, names: Names, account: Account | None = None) -> str:
    """Implementation and version of an interpreter, which may be any program: the build user runs it."""
    if os.path.realpath(python) == os.path.realpath(sys.executable):
        return f"{platform.python_implementation()} {platform.python_version()}"
    try:
        said = _run([python, "-I", "-S", "-c", DESCRIBE], account)
    except (OSError, subprocess.SubprocessError) as error:
        raise ReleaseError(
            f"The Python {python} ({names('python')}) does not run: {error}.",
            hint=f"Install it on the server, or name another in {names('python')}.",
            reason="python",
        ) from error
    return said.strip()


def _run(command: list[str], account: Account | None) -> str:
    """What a program prints; nothing that it leaves behind is waited for."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.DEVNULL,
            env=clean_environment(account),
            cwd="/",
            start_new_session=True,
            **process_identity(account),
        )
        try:
            process.wait(timeout=30)
        finally:
            end(process)
        if process.returncode != 0:
            raise subprocess.CalledProcessError(process.returncode, command[0])
        output.seek(0)
        return output.read(200).decode("utf-8", "replace")


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
        "layout": LAYOUT,
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
