# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages about a deploy that failed."""

from __future__ import annotations

from collections.abc import Sequence

from .record import AppRun, Failure

NOTHING_PREPARED = (
    "No release was prepared in this run. The stages build on each other: run prepare, migrate and activate "
    "together, as the playbook does without --tags."
)


def describe_failed_app(app: str, action: str, run: AppRun, failure: Failure, serving: str) -> str:
    """Return where and why the deploy of an app failed, and what this server serves now.

    ``serving`` is the name of the live release, as the server says it; empty if there is none.
    """
    if run.activated and run.is_live:
        serves = f"This server serves what it served before: {run.release.name}."
    elif run.activated:
        serves = f"This server went live with {run.release.name} before that and keeps serving it."
    else:
        serves = f"This server serves what it served before: {serving or 'nothing yet'}."
    where = f'failed in {failure.stage} on {failure.host} ("{failure.task}")'
    return f"The {action} of {app} {where}:\n{failure.message}\n{serves}"


def describe_unplanned_rollback(release: str, migrations: Sequence[str]) -> str:
    """Return why a release is not gone back to: its code does not know migrations that are applied."""
    return (
        f"{release} does not know these migrations, which are applied: {', '.join(migrations)}. "
        "Either roll them back first, losing what they hold, with -e masonite_rollback_migrations=true "
        "(a backup is made before); or correct the live version with a new deploy."
    )
