# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows for each server from the records of all servers of a play."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from . import messages
from .record import AppRun, Failure

UNREACHABLE = (
    "The server failed or could not be reached. Take it out of the group or of --limit to go on without it."
)


@dataclass(frozen=True)
class Fleet:
    """All servers of a play, those that are still in it, and the records of each by app."""

    servers: tuple[str, ...]
    present: tuple[str, ...]
    runs: Mapping[str, Mapping[str, AppRun]]
    lost: Mapping[str, str] = field(default_factory=dict)
    """The stage in which each server that is no longer in the play was lost."""
    elsewhere: tuple[str, ...] = ()
    """Servers of the same group that are not in this run, such as those that --limit leaves out."""

    def apps(self) -> list[str]:
        """The apps that any server has a record of, in the order of the servers."""
        return list(dict.fromkeys(app for server in self.servers for app in self.runs.get(server, {})))

    def runs_of(self, app: str) -> list[AppRun]:
        return [self.runs[server][app] for server in self.servers if app in self.runs.get(server, {})]


@dataclass(frozen=True)
class FailedApp:
    """What is to be done on one server about a deploy that failed, here or elsewhere."""

    failure: Failure
    activated: bool
    """This server went live before; there is nothing to undo."""
    restore_environment: bool
    release: str
    """The release to speak of in the history; empty if it is the live one."""
    bad: bool
    """Whether the release is to blame, and never chosen by a rollback."""
    reason: str
    started: float | None


@dataclass(frozen=True)
class Steps:
    """The apps that each step is to be done for, on one server."""

    share_revision: list[str] = field(default_factory=list)
    share_app_key: list[str] = field(default_factory=list)
    complete: list[str] = field(default_factory=list)
    migrate: list[str] = field(default_factory=list)
    activate: list[str] = field(default_factory=list)
    unmigrated: dict[str, Failure] = field(default_factory=dict)
    """Apps that must not go live, because their migrations were not applied."""
    failed: dict[str, FailedApp] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def find_failures(fleet: Fleet, app: str) -> list[Failure]:
    """Return why an app must not go on: failures on any server, and servers no longer in the play."""
    failures = [run.failure for run in fleet.runs_of(app) if run.failure is not None]
    stages: dict[str, list[str]] = {}
    for server in fleet.servers:
        if server not in fleet.present:
            stages.setdefault(fleet.lost.get(server, "prepare"), []).append(server)
    for stage, servers in stages.items():
        failures.append(Failure(", ".join(servers), stage, "connect", UNREACHABLE))
    return failures or find_different_revisions(fleet, app)


def find_different_revisions(fleet: Fleet, app: str) -> list[Failure]:
    """Return the failure of servers that would go live with different revisions."""
    found = {
        server: run.release
        for server in fleet.servers
        for run in [_run(fleet, server, app)]
        if run.release.revision and run.same_revision
    }
    if len({release.revision for release in found.values()}) < 2:
        return []
    chosen = all(release.state == "good" for release in found.values())
    said = messages.PREPARED_DIFFER.format(
        revisions=messages.describe_revisions(found),
        hint=messages.NAME_RELEASE if chosen else messages.DEPLOY_AGAIN,
    )
    return [Failure(", ".join(found), "prepare", "compare the servers", said)]


def find_unapplied_migrations(fleet: Fleet, app: str) -> Failure | None:
    """Return the failure of a run that would go live without the migrations of the release."""
    for server in choose_migrating_servers(fleet, app):
        run = _run(fleet, server, app)
        if not run.migrated:
            said = messages.describe_unapplied_migrations([*run.migrations_to_roll_back, *run.new_migrations])
            return Failure(server, "migrate", "apply the migrations", said)
    return None


def needs_shared_app_key(fleet: Fleet, app: str) -> bool:
    """Return whether a server lacks the application key or has another one than the others.

    A single server makes a key by itself.
    """
    runs = fleet.runs_of(app)
    keys = {run.app_key for run in runs}
    needs = any(run.framework.generate for run in runs)
    return needs and len(fleet.servers) + len(fleet.elsewhere) > 1 and (len(keys) != 1 or "" in keys)


def choose_migrating_servers(fleet: Fleet, app: str) -> list[str]:
    """Return where the database is changed: on one server, or on each that has a database of its own."""
    candidates = [server for server in fleet.present if _run(fleet, server, app).migrates]
    return [
        server for server in candidates if server == candidates[0] or _run(fleet, server, app).own_database
    ]


def plan_failed_app(run: AppRun, failure: Failure) -> FailedApp:
    """Return what one server does about the deploy of an app that failed on any."""
    return FailedApp(
        failure=failure,
        activated=run.activated,
        restore_environment=run.environment_kept and not run.activated,
        release="" if run.is_live else run.release.name,
        # A rollback that never got as far as starting the older release says nothing against that release.
        bad=failure.stage == "activate" or run.release.state != "good",
        reason=f"{failure.stage} on {failure.host}: {failure.message}",
        started=run.started,
    )


def plan_steps(fleet: Fleet, *, check_mode: bool = False, activates: bool = False) -> dict[str, Steps]:
    """Return the steps of every server, of those that failed, too: they may still run a rescue.

    ``activates`` says that the next step brings releases live, so that migrations must have been applied.
    """
    steps = {server: Steps() for server in fleet.servers}
    for app in fleet.apps():
        failures = find_failures(fleet, app)
        migrating = choose_migrating_servers(fleet, app)
        share_app_key = needs_shared_app_key(fleet, app)
        unapplied = find_unapplied_migrations(fleet, app) if activates else None
        for server in fleet.servers:
            run = fleet.runs.get(server, {}).get(app)
            if run is None:
                continue
            todo = steps[server]
            if failures:
                todo.failed[app] = plan_failed_app(run, failures[0])
                continue
            # A play that uses the role for one app after the other comes here again with the next one.
            if run.activated:
                continue
            if unapplied is not None:
                todo.unmigrated[app] = unapplied
                continue
            if run.awaits_revision:
                todo.share_revision.append(app)
            if share_app_key:
                todo.share_app_key.append(app)
            if run.incomplete:
                todo.complete.append(app)
            if server in migrating:
                todo.migrate.append(app)
            # Check mode cannot foresee an instance where not even its user is there yet.
            if not (check_mode and run.live is None):
                todo.activate.append(app)
    return steps


def _run(fleet: Fleet, server: str, app: str) -> AppRun:
    return fleet.runs.get(server, {}).get(app) or AppRun()
