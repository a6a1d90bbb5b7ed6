# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every state of the module release works with, and the shape of what it returns."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Callable

from ansible_collections.masonite.deploy.plugins.module_utils import _release_virtualenv as virtualenvs
from ansible_collections.masonite.deploy.plugins.module_utils._release_errors import Names
from ansible_collections.masonite.deploy.plugins.module_utils._release_lock import Holder, LockFile
from ansible_collections.masonite.deploy.plugins.module_utils._release_parties import Parties, find_parties
from ansible_collections.masonite.deploy.plugins.module_utils._release_store import Release, Store

UNKNOWN = "unknown"


@dataclass
class Context:
    params: Mapping[str, Any]
    check_mode: bool
    clock: Callable[[], float] = time.time
    warnings: list[str] = field(default_factory=list)
    _versions: dict[str, str] = field(default_factory=dict)
    names: Names = field(init=False)
    store: Store = field(init=False)
    lock: LockFile = field(init=False)
    now: float = field(init=False)

    def __post_init__(self) -> None:
        self.names = Names(self.params.get("setting_names"))
        self.now = self.clock()
        path = Path(self.params["path"])
        self.store = Store(path, Path(self.params.get("live_link") or path / "current"))
        holder = Holder.of(self.params.get("holder"))
        ttl = float(self.params.get("lock_ttl") or 3600)
        self.lock = LockFile(self.store.state / "lock", holder, ttl, self.names, self.now)

    def text(self, option: str) -> str:
        return str(self.params.get(option) or "")

    def flag(self, option: str) -> bool:
        return bool(self.params.get(option))

    def items(self, option: str) -> list[str]:
        return [str(item) for item in self.params.get(option) or []]

    @cached_property
    def parties(self) -> Parties:
        return find_parties(self.text("build_user"), self.text("app_user"), self.check_mode, self.names)

    @property
    def mutex(self) -> Path:
        return self.store.state / "mutex"

    @property
    def patience(self) -> float:
        return float(self.params.get("timeout") or 300) + 30

    def serving(self) -> str:
        live = self.store.live()
        return f"Serving now: {live.described()}." if live is not None else "No release is live yet."

    def virtualenv(self, read: virtualenvs.Reader | None, release: Release) -> dict[str, Any] | None:
        """Where the virtualenv of a release belongs, and whether it is there already."""
        root = self.text("virtualenvs")
        if not root:
            return None
        if read is None:
            wanted, version, key = virtualenvs.Needs(UNKNOWN, "", ()), "", UNKNOWN
        else:
            wanted = virtualenvs.needs(read, self.text("requirements"), self.names)
            python = self.text("python")
            version = self._version_of(python)
            key = virtualenvs.key(
                wanted,
                python,
                version,
                self.items("packages"),
                self.text("installer"),
                release.revision,
                release.name,
            )
        path = os.path.join(root, key)
        return {
            "path": path,
            "ready": virtualenvs.is_ready(path),
            "known": read is not None,
            "kind": wanted.kind,
            "requirements": wanted.requirements or None,
            "python_version": version.rpartition(" ")[2],
        }

    def _version_of(self, python: str) -> str:
        if python not in self._versions:
            self._versions[python] = virtualenvs.python_version(python, self.names, self.parties.build)
        return self._versions[python]

    def result(self, release: Release | None, changed: bool, **more: Any) -> dict[str, Any]:
        live = self.store.live()
        previous = self.store.previous(live)
        mine = self.lock.mine()
        return {
            "changed": changed,
            "release": release.facts() if release is not None else None,
            "live": live.facts() if live is not None else None,
            "previous": previous.facts() if previous is not None else None,
            "is_live": release is not None and live is not None and release.name == live.name,
            "locked": mine is not None,
            "lock": mine.facts() if mine is not None else None,
            "warnings": [*self.warnings, *self.lock.warnings],
            **more,
        }


def diff(path: Path, before: Release | None, after: Release | None) -> dict[str, str]:
    return {
        "before_header": f"{path} (live)",
        "after_header": f"{path} (to be live)",
        "before": _lines(before),
        "after": _lines(after),
    }


def _lines(release: Release | None) -> str:
    if release is None:
        return ""
    revision, version = release.revision or UNKNOWN, release.version or UNKNOWN
    return f"release: {release.name}\nrevision: {revision}\nversion: {version}\n"
