# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what the requirements of a revision want in a virtualenv."""

from __future__ import annotations

import hashlib
import posixpath
import re
from typing import Callable

from .errors import ReleaseError
from .option_names import OptionNames
from .virtualenv_needs import VirtualenvNeeds

INCLUDE = re.compile(r"(?:-r|-c|--requirement|--constraint)(?:\s*=\s*|\s+|(?=[^\s=-]))(\S+)")
EDITABLE = re.compile(r"(?:-e|--editable)(?:\s*=\s*|\s+)(\S+)")
LOCAL = re.compile(r"(?:\.{1,2}(?:/|\[|$)|file:(?!//)|[^\s@]+\s*@\s*file:)")
# Within a line, as TOML has it: over lines the search would take time without end.
LOCAL_SOURCE = re.compile(r"^[ \t]*[\w.\"-]+[ \t]*=[ \t]*\{[^}\n]*\b(?:path|workspace)[ \t]*=", re.MULTILINE)
SIZE_LIMIT = 1 << 20  # bytes
MOST_FILES = 200

# Reads a file of the revision; None if it has no such file.
Reader = Callable[[str], "bytes | None"]


def read_requirements(read: Reader, requirements: str, names: OptionNames) -> VirtualenvNeeds:
    """Read the requirements of a revision; ``requirements`` is the option of that name."""
    name = requirements
    if requirements in ("", "auto"):
        name = next((file for file in ("requirements.txt", "pyproject.toml") if read(file) is not None), "")
        if not name:
            return VirtualenvNeeds("none", "", ())
    content = read(name)
    if content is None:
        raise ReleaseError(
            f"The revision has no file {name} ({names.display('requirements')}).",
            reason="missing_requirements",
            options=["requirements"],
            hint=f"Correct {names.display('requirements')}, or add the file to the repository.",
        )
    if len(content) > SIZE_LIMIT:
        raise ReleaseError(
            f"{name} ({names.display('requirements')}) has {len(content)} bytes; allowed are {SIZE_LIMIT}.",
            reason="requirements_size",
            options=["requirements"],
            hint="Name a file that lists requirements.",
        )
    if posixpath.basename(name) == "pyproject.toml":
        lock = posixpath.join(posixpath.dirname(name), "uv.lock")
        files = [(name, _checksum(content))]
        locked = read(lock)
        if locked is not None:
            files.append((lock, _checksum(locked)))
        local = LOCAL_SOURCE.search(content.decode("utf-8", "replace")) is not None
        return VirtualenvNeeds("pyproject", name, tuple(files), local, local)
    return _read_list(read, name, names)


def _read_list(read: Reader, name: str, names: OptionNames) -> VirtualenvNeeds:
    files: dict[str, str] = {}
    local = editable = False
    remaining = [(name, "")]
    while remaining:
        current, parent = remaining.pop()
        if current in files:
            continue
        content = read(current)
        if content is None:
            raise ReleaseError(
                f"{parent} ({names.display('requirements')}) includes {current}, "
                f"which the revision does not have.",
                reason="missing_requirements",
                options=["requirements"],
                hint="Add the file to the repository, or remove the line that includes it.",
            )
        if len(content) > SIZE_LIMIT or len(files) >= MOST_FILES:
            raise ReleaseError(
                f"{name} ({names.display('requirements')}) includes {current}, which is larger than "
                f"{SIZE_LIMIT} bytes, or more than {MOST_FILES} files.",
                reason="requirements_size",
                options=["requirements"],
                hint="Name files that list requirements.",
            )
        files[current] = _checksum(content)
        for line in _split_lines(content):
            include = INCLUDE.match(line)
            editable_line = EDITABLE.match(line)
            if include and "://" not in include.group(1):
                included = posixpath.join(posixpath.dirname(current), include.group(1))
                remaining.append((posixpath.normpath(included), current))
            elif editable_line:
                editable = editable or "://" not in editable_line.group(1)
            elif LOCAL.match(line):
                local = True
    return VirtualenvNeeds("requirements", name, tuple(sorted(files.items())), local or editable, editable)


def _split_lines(content: bytes) -> list[str]:
    """Return the lines without comments; a line that ends in a backslash goes on in the next."""
    text = re.sub(r"\\\r?\n", " ", content.decode("utf-8", "replace"))
    return [re.sub(r"(^|\s)#.*$", "", line).strip() for line in text.splitlines()]


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
