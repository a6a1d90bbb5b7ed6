# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order in which releases went live, which is the way that rollbacks go back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .release import RESTORE, Release


def read_activation_order(entries: Iterable[dict[str, Any]]) -> list[str]:
    """Return the names of releases in the order in which each one followed the one before it.

    A rollback goes back in this order and removes what came later, so two rollbacks in a row reach two
    releases back and never return to the release that was left.
    """
    order: list[str] = []
    for entry in entries:
        release = entry.get("release")
        if entry.get("result") != "ok" or not release or entry.get("action") == RESTORE:
            continue
        if release in order and entry.get("action") == "rollback":
            del order[order.index(release) + 1 :]
        else:
            order = [name for name in order if name != release] + [release]
    return order


def complete_activation_order(entries: Sequence[dict[str, Any]], found: Iterable[Release]) -> list[str]:
    """Return the order of the history, with releases that it lacks placed by the time of their records."""
    order = read_activation_order(entries)
    recorded = {entry.get("release") for entry in entries if entry.get("result") == "ok"}
    releases = {release.name: release for release in found}
    missing = [
        release for release in releases.values() if release.live_at > 0 and release.name not in recorded
    ]
    for release in sorted(missing, key=lambda release: release.live_at):
        earlier = [
            place
            for place, name in enumerate(order, start=1)
            if name not in releases or releases[name].live_at <= release.live_at
        ]
        order.insert(max(earlier, default=0), release.name)
    return order
