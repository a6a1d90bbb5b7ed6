# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages of a deploy that goes no further."""

from __future__ import annotations

from collections.abc import Sequence

NOTHING_PREPARED = (
    "No release was prepared in this run. The stages build on each other: run prepare, migrate and activate "
    "together, as the playbook does without --tags."
)


def describe_unplanned_rollback(release: str, migrations: Sequence[str]) -> str:
    """Return why a release is not gone back to: its code does not know migrations that are applied."""
    return (
        f"{release} does not know these migrations, which are applied: {', '.join(migrations)}. "
        "Either roll them back first, losing what they hold, with -e masonite_rollback_migrations=true "
        "(a backup is made before); or correct the live version with a new deploy."
    )
