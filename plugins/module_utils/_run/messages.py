# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages of a deploy that goes no further."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .record import Release

NOTHING_PREPARED = (
    "No release was prepared in this run. The stages build on each other: run prepare, migrate and activate "
    "together, as the playbook does without --tags."
)


NOT_MIGRATED = (
    "This release needs its migrations applied ({migrations}), and this run did not apply them (--tags, "
    "--skip-tags). Run prepare, migrate and activate together, as the playbook does without --tags."
)
UNREAD = (
    "{app} is new on this server, and what its other servers serve could not be read from {servers}. Make it "
    "reachable, so that this server gets the same revision; or choose one with -e masonite_app_version=…; "
    "-e masonite_hosts={here} sets this server up as one that stands alone."
)
SERVERS_DIFFER = (
    "{app} is new on this server, and its other servers serve different revisions: {revisions}. Bring them "
    "to one by deploy.yml first, or choose one with -e masonite_app_version=…"
)
PREPARED_DIFFER = (
    "The servers did not prepare one revision: {revisions}. Something was pushed in between, or the servers "
    "have other releases. {hint}"
)
DEPLOY_AGAIN = "Run the playbook again."
NAME_RELEASE = "Name the release or the revision with -e masonite_app_release=…"


def describe_unapplied_migrations(migrations: Sequence[str]) -> str:
    return NOT_MIGRATED.format(migrations=", ".join(migrations) or "those of a first deploy")


def describe_revisions(found: Mapping[str, Release]) -> str:
    """Return which server has which release."""
    return ", ".join(f"{server} has {release.name}" for server, release in found.items())


def describe_unplanned_rollback(release: str, migrations: Sequence[str]) -> str:
    """Return why a release is not gone back to: its code does not know migrations that are applied."""
    return (
        f"{release} does not know these migrations, which are applied: {', '.join(migrations)}. "
        "Either roll them back first, losing what they hold, with -e masonite_rollback_migrations=true "
        "(a backup is made before); or correct the live version with a new deploy."
    )
