# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module returns, in each of its states."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .deploy_lock import DeployLock
from .release import Release
from .release_store import ReleaseStore

UNKNOWN = "unknown"


def make_result(
    store: ReleaseStore,
    lock: DeployLock,
    release: Release | None,
    changed: bool,
    warnings: Iterable[str],
    **more: Any,
) -> dict[str, Any]:
    """Return the result; ``release`` is the one that the call was about."""
    live = store.find_live()
    previous = store.find_previous(live)
    own = lock.read_own()
    return {
        "changed": changed,
        "release": release.facts() if release is not None else None,
        "live": live.facts() if live is not None else None,
        "previous": previous.facts() if previous is not None else None,
        "is_live": release is not None and live is not None and release.name == live.name,
        "locked": own is not None,
        "lock": own.facts() if own is not None else None,
        "warnings": [*warnings, *lock.warnings],
        **more,
    }


def make_diff(path: Path, before: Release | None, after: Release | None) -> dict[str, str]:
    """Return the difference between the release that is live and the one that is to be live."""
    return {
        "before_header": f"{path} (live)",
        "after_header": f"{path} (to be live)",
        "before": _describe(before),
        "after": _describe(after),
    }


def _describe(release: Release | None) -> str:
    if release is None:
        return ""
    revision, version = release.revision or UNKNOWN, release.version or UNKNOWN
    return f"release: {release.name}\nrevision: {revision}\nversion: {version}\n"
