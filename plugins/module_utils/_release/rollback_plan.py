# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rollback of an app would do, as a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from .release import Release


def describe_rollback(previous: Release | None, live: Release | None, dropped: Sequence[str]) -> str:
    """Return what a rollback would do. ``dropped`` are the migrations that only the live release has."""
    if live is None:
        return "rollback.yml has nothing to go back from: no release is live."
    if previous is None:
        return "rollback.yml would refuse: there is no good release before the live one."
    subject = f' "{previous.subject}"' if previous.subject else ""
    text = f"rollback.yml would go back to {previous.name}{subject}"
    if dropped:
        text += (
            f"; it refuses if these migrations are applied: {', '.join(dropped)}, "
            "unless -e masonite_rollback_migrations=true"
        )
    return f"{text}."
