# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of the results of builds: releases with equal files and settings share them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence

from .revision_entry import RevisionEntry

# Raised when results that were built before must not be used any more.
LAYOUT = 1
# A hash of the settings, then one of the revision's files.
KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f]{16}")


def is_asset_key(name: str) -> bool:
    return KEY.fullmatch(name) is not None


def hash_settings(
    build: Sequence[str], node_version: str, environment: Mapping[str, str], directory: str
) -> str:
    """Return a hash of the settings of a build; ``directory`` is that of the app in the revision."""
    identity = [LAYOUT, list(build), node_version, dict(environment), directory]
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:8]


def make_asset_key(settings: str, entries: Sequence[RevisionEntry]) -> str:
    """Return the key for a hash of the settings and for what the revision holds."""
    tree = hashlib.sha256()
    for entry in sorted(entries, key=lambda entry: entry.name):
        tree.update(f"{entry.mode} {entry.sha} {entry.name}\0".encode("utf-8", "surrogateescape"))
    return f"{settings}-{tree.hexdigest()[:16]}"
