# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a list of requirements, as pip has it, and the files that it includes."""

from __future__ import annotations

import hashlib
import posixpath
import re
from dataclasses import dataclass, field

from .git_requirements import GitRequirement, find_git_requirements
from .release_files import ReleaseFiles

INCLUDE = re.compile(r"(?:-r|-c|--requirement|--constraint)(?:\s*=\s*|\s+|(?=[^\s=-]))(\S+)")
EDITABLE = re.compile(r"(?:-e|--editable)(?:\s*=\s*|\s+)(\S+)")
FIND_LINKS = re.compile(r"(?:-f|--find-links)(?:\s*=\s*|\s+)(\S+)")
LOCAL = re.compile(r"(?:\.{1,2}(?:/|\[|$)|file:(?!//)|[^\s@]+\s*@\s*file:)")
# A path, with or without a name before it and file: in between, that ends as archives do.
ARCHIVE = re.compile(
    r"(?:[A-Za-z0-9._\[\],-]+\s*@\s*)?(?:file:)?([^\s;:@]+\.(?:whl|zip|tar\.gz|tgz|tar\.bz2|tar\.xz))(?=[\s;\[#]|$)"
)
ARCHIVE_ENDINGS = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
SIZE_LIMIT = 1 << 20  # bytes
MOST_FILES = 200
# Larger archives are not read for their checksum; the revision stands for their content.
LARGEST_ARCHIVE = 16 << 20


@dataclass
class RequirementsList:
    """Checksums of what a list is made of, by name; ``local`` and ``editable`` as in VirtualenvNeeds."""

    files: dict[str, str] = field(default_factory=dict)
    local: bool = False
    editable: bool = False
    git: set[GitRequirement] = field(default_factory=set)


class ListProblem(Exception):
    """A file that a list includes and that cannot be read: ``is_missing`` says whether it is there."""

    def __init__(self, message: str, is_missing: bool) -> None:
        super().__init__(message)
        self.is_missing = is_missing


def read_requirements_list(files: ReleaseFiles, name: str) -> RequirementsList:
    """Read the list ``name`` and what it includes."""
    found = RequirementsList()
    remaining = [(name, "")]
    while remaining:
        current, parent = remaining.pop()
        if current in found.files:
            continue
        content = files.read(current)
        if content is None:
            raise ListProblem(f"{parent} includes {current}, which the revision does not have", True)
        if len(content) > SIZE_LIMIT or len(found.files) >= MOST_FILES:
            raise ListProblem(
                f"{name} includes {current}, which is larger than {SIZE_LIMIT} bytes, or more than "
                f"{MOST_FILES} files",
                False,
            )
        found.files[current] = checksum(content)
        for line in split_lines(content):
            include = INCLUDE.match(line)
            if include and "://" not in include.group(1):
                included = posixpath.join(posixpath.dirname(current), include.group(1))
                remaining.append((posixpath.normpath(included), current))
            elif not include:
                _read_line(files, line, found)
    return found


def _read_line(files: ReleaseFiles, line: str, found: RequirementsList) -> None:
    found.git.update(find_git_requirements([line]))
    editable, links, archive = EDITABLE.match(line), FIND_LINKS.match(line), ARCHIVE.match(line)
    if editable:
        found.editable = found.editable or "://" not in editable.group(1)
        found.local = found.local or found.editable
    elif links and "://" not in links.group(1):
        for name in sorted(files.list_below(links.group(1))):
            if "/" not in name and name.endswith(ARCHIVE_ENDINGS):
                _read_archive(files, posixpath.join(links.group(1), name), found)
    elif archive and files.has(archive.group(1)):
        _read_archive(files, archive.group(1), found)
    elif LOCAL.match(line) or _is_directory(files, line):
        found.local = True


def _read_archive(files: ReleaseFiles, name: str, found: RequirementsList) -> None:
    size = files.size(name)
    content = files.read(name) if size is not None and size <= LARGEST_ARCHIVE else None
    if content is None or len(found.files) >= MOST_FILES:
        found.local = True
    else:
        found.files[posixpath.normpath(name)] = checksum(content)


def _is_directory(files: ReleaseFiles, line: str) -> bool:
    """Whether the line names a directory of the revision, which pip needs no ``./`` for."""
    words = re.split(r"[\s;\[]", line, maxsplit=1)
    return "/" in words[0] and ":" not in words[0] and files.has_directory(words[0])


def split_lines(content: bytes) -> list[str]:
    """Return the lines without comments; a line that ends in a backslash goes on in the next."""
    text = re.sub(r"\\\r?\n", " ", content.decode("utf-8", "replace"))
    return [re.sub(r"(^|\s)#.*$", "", line).strip() for line in text.splitlines()]


def checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
