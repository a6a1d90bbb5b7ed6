# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module release_info tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.masonite.deploy.plugins.module_utils import _release_history as history
from ansible_collections.masonite.deploy.plugins.module_utils._release_context import Context

ARGUMENTS: dict[str, Any] = {
    "path": {"type": "path", "required": True},
    "live_link": {"type": "path"},
    "history": {"type": "int", "default": 20},
    "lock_ttl": {"type": "int", "default": 3600},
}


def facts(params: Mapping[str, Any]) -> dict[str, Any]:
    context = Context(params, check_mode=True)
    store = context.store
    live = store.live()
    previous = store.previous(live)
    lock = context.lock.read()
    expired = lock is not None and context.now - lock.renewed > context.lock.ttl
    return {
        "live": live.facts() if live is not None else None,
        "previous": previous.facts() if previous is not None else None,
        "releases": [release.facts() for release in reversed(store.all())],
        "lock": {**lock.facts(), "expired": expired} if lock is not None else None,
        "history": history.read(store.history, int(params.get("history") or 0)),
    }
