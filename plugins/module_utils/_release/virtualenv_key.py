# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of virtualenvs: releases with equal needs share one."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any

from .virtualenv_needs import VirtualenvNeeds

# Raised when virtualenvs that were made before must not be used any more: 2 since the build user owns them.
LAYOUT = 2
KEY_LENGTH = 16
KEY = re.compile(rf"[0-9a-f]{{{KEY_LENGTH}}}$")


def is_virtualenv_key(name: str) -> bool:
    return KEY.match(name) is not None


def make_virtualenv_key(
    needs: VirtualenvNeeds,
    python: str,
    python_version: str,
    packages: Sequence[str],
    installer: str,
    revision: str,
    release: str,
) -> str:
    """Return a short hash of everything that the virtualenv is made from."""
    identity: dict[str, Any] = {
        "layout": LAYOUT,
        "kind": needs.kind,
        "files": needs.files,
        "python": python,
        "version": python_version,
        "packages": sorted(packages),
        "installer": installer,
    }
    if needs.project:
        identity["project"] = True
    if needs.local:
        # The code of the revision is installed in it, so it fits this revision only.
        identity["revision"] = revision
    if needs.editable:
        identity["release"] = release
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:KEY_LENGTH]
