# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose a file of NGINX's configuration is: this collection's, the package's, or another's."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from .mark import MARK
from .options import ConfigFile
from .records import Records, sum_of


def is_own(file: ConfigFile, found: bytes, records: Records) -> bool:
    """Return whether this collection wrote the content that was found."""
    return found in file.previous_contents or sum_of(found) in records.read(file.name)


def was_written_by_role(file: ConfigFile, found: bytes, records: Records) -> bool:
    """Return whether the role wrote the file once, although it may have been edited since."""
    return MARK in found or bool(records.read(file.name))


def is_of_package(packages: Path, path: Path, found: bytes) -> bool:
    """Return whether dpkg's records have this content for a file of the configuration."""
    digest = hashlib.md5(found, usedforsecurity=False).hexdigest()
    try:
        text = packages.read_text(errors="replace")
    except OSError:
        return False
    return re.search(rf"(?m)^ {re.escape(str(path))} {digest}( |$)", text) is not None


def describe_foreign(path: Path, file: ConfigFile, found: bytes, records: Records) -> str:
    """Return who wrote a file, and the most informative line of it."""
    written = was_written_by_role(file, found, records)
    origin = "was edited since this role wrote it" if written else "was not written by this role"
    return f"{path} {origin}: {_describe_difference(found, file)}"


def _describe_difference(found: bytes, file: ConfigFile) -> str:
    contents = (file.content, *file.previous_contents)
    known = {line.strip() for text in contents for line in text.decode().splitlines()}
    lines = [line.strip() for line in found.decode(errors="replace").splitlines()]
    other = [(number, line) for number, line in enumerate(lines, 1) if line and line not in known]
    telling = [
        item
        for words in ("managed by Certbot", "listen 443", "ssl_certificate ")
        for item in other
        if words in item[1]
    ]
    if not other:
        return "lines of it were removed or moved."
    number, line = (telling or [item for item in other if not item[1].startswith("#")] or other)[0]
    more = f"; lines that differ: {len(other)}" if len(other) > 1 else ""
    return f'line {number} is "{line[:120]}"{more}.'
