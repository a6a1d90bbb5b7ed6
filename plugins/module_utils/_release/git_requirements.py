# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Git repositories that requirements name by an ssh address."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# In a list of requirements: git+ssh://git@host/path.git@ref#egg=name
IN_REQUIREMENT = re.compile(r"git\+ssh://([^/\s\"']+)/([^\s\"'#;?@]+)(?:@([^\s\"'#;]+))?")
# In uv.lock, and in the sources of pyproject.toml: git = "ssh://git@host/path.git?rev=ref#commit"
IN_SOURCE = re.compile(r"\bgit = \"ssh://([^/\s\"]+)/([^\s\"?#]+)(?:\?[^\s\"#]*)?(?:#([0-9a-f]+))?\"")
# As git has it: git@host:path.git
SHORT = re.compile(r"([^/\s:@]+@[^/\s:@]+):(?!/?/)([^\s?#]+)")
LONG = re.compile(r"(?:git\+)?ssh://([^/\s]+)/([^\s?#]+)")


@dataclass(frozen=True, order=True)
class GitRequirement:
    """``url`` is what an installer asks for, ``address`` what git fetches, ``ref`` the wanted revision."""

    url: str
    address: str
    ref: str = ""


def find_git_requirements(texts: Iterable[str]) -> tuple[GitRequirement, ...]:
    """Return the repositories with an ssh address in requirements, uv.lock or pyproject.toml."""
    return tuple(sorted({found for text in texts for found in _find(text)}))


def _find(text: str) -> Iterator[GitRequirement]:
    for pattern in (IN_REQUIREMENT, IN_SOURCE):
        for found in pattern.finditer(text):
            url = f"ssh://{found.group(1)}/{found.group(2)}"
            yield GitRequirement(url, url, found.group(3) or "")


def read_git_address(address: str, ref: str = "") -> GitRequirement | None:
    """Return the repository at an address in poetry.lock or Pipfile.lock; None if it is no ssh address."""
    found = LONG.fullmatch(address)
    if found:
        url = f"ssh://{found.group(1)}/{found.group(2)}"
        return GitRequirement(url, url, ref)
    found = SHORT.fullmatch(address)
    # Installers have no words for this form; what git fetches stays the same.
    return GitRequirement(f"ssh://{found.group(1)}/{found.group(2)}", address, ref) if found else None
