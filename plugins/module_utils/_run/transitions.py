# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the steps of a deploy make of an app's record. Each function returns a new record."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from .record import AppRun, Assets, Failure, Framework, Release, Virtualenv, pick, read_release

DEPLOY, ROLLBACK = "deploy", "rollback"
OF_A_DATABASE_SERVER = re.compile(
    r"(?:DB|DATABASE|SQL|PG|POSTGRES|POSTGRESQL|MYSQL|MARIADB)_?(?:URL|HOST|SERVER)$"
)
PREPARE = "prepare"


def record_prepared(
    release: Mapping[str, Any],
    environment: Mapping[str, Any],
    *,
    now: float,
    action: str,
    url: str,
    migrate: bool,
    migrations: str,
    database: str,
    has_hooks: bool,
    same_revision: bool = True,
) -> AppRun:
    """Return the record of a release and an environment file that have just been prepared.

    ``release`` and ``environment`` are the results of the modules release and env_file. ``migrate`` is the
    setting, ``migrations`` the directory of the migrations, ``database`` the kind of database that the
    settings name, ``has_hooks`` whether hooks run when the release is ready. ``url`` is where visitors find
    the app. Without a release, the server waits for the revision that other servers have.
    """
    live = read_release(release.get("live"))
    prepared = read_release(release.get("release"))
    is_live = bool(release.get("is_live"))
    pending = [str(name) for name in release.get("pending_migrations") or []]
    changes = (release.get("changes") or {}).get(migrations) or {}
    added, removed = list(changes.get("added") or []), list(changes.get("removed") or [])
    virtualenv = release.get("virtualenv") or {}
    ready = bool(virtualenv.get("ready"))
    assets = Assets(**pick(Assets, release.get("assets")))
    crosses = action == ROLLBACK and bool(removed)
    framework = Framework(**pick(Framework, release.get("framework") or {}))
    collects = framework.collects and action == DEPLOY and not is_live
    record = AppRun(
        action=action,
        url=url,
        # The plugin of the module release says when it began.
        started=float(release.get("started") or now),
        release=prepared or Release(),
        live=live,
        is_live=is_live,
        locked=bool(release.get("locked")),
        framework=framework,
        virtualenv=Virtualenv(
            path=str(virtualenv.get("path") or ""),
            ready=ready,
            requirements=str(virtualenv.get("requirements") or ""),
            project=bool(virtualenv.get("project")),
            git=dict(virtualenv.get("git") or {}),
        ),
        assets=assets,
        new_migrations=[*pending, *(name for name in added if PurePosixPath(name).stem not in pending)],
        missing_migrations=removed,
        # All migrations of a first release are new; a restored database lacks some.
        migrates=action == DEPLOY
        and migrate
        and bool(framework.migrate)
        and (
            bool(release.get("database_taken"))
            or bool(pending)
            or (not is_live and (framework.each_release_migrates or bool(added)))
        ),
        own_database=has_own_database(framework, environment.get("names") or [], database),
        awaits_revision=prepared is None,
        same_revision=same_revision,
        incomplete=prepared is not None
        and (not ready or not assets.ready or crosses or collects or (has_hooks and not is_live)),
    )
    return record_environment(record, environment)


def record_shared_revision(run: AppRun, shared: Release | None) -> AppRun:
    """Return the record of a new server that takes the revision of another one, if any serves the app."""
    return replace(run, shared_revision=shared)


def record_migrated(run: AppRun) -> AppRun:
    return replace(run, migrated=True)


def record_environment_error(run: AppRun, said: str) -> AppRun:
    """Return the record that says that the environment file is not what it was before."""
    return replace(run, environment_error=said)


def record_environment(run: AppRun, environment: Mapping[str, Any]) -> AppRun:
    """Return the record with what the module env_file said of the environment file."""
    return replace(
        run,
        app_key=_join_checksums(environment.get("checksums") or {}, run.framework.generate),
        environment_kept=bool(environment.get("kept_previous")) or run.environment_kept,
    )


def has_own_database(framework: Framework, names: Iterable[str], kind: str) -> bool:
    """Return whether each server has a database of its own, as with SQLite.

    ``names`` are the variables of the environment file. Only Masonite says in one of them what it uses; with
    others, a variable of a database server shows that there is one.
    """
    kind = kind or framework.committed.get("DB_CONNECTION", "")
    if kind:
        return kind == "sqlite"
    return framework.name == "masonite" or not any(OF_A_DATABASE_SERVER.match(name) for name in names)


def _join_checksums(checksums: Mapping[str, str], names: Iterable[str]) -> str:
    found = [str(checksums.get(name) or "") for name in names]
    return " ".join(found) if all(found) else ""


def find_migrations_to_roll_back(run: AppRun, applied: Sequence[str]) -> list[str]:
    """Return the applied migrations that the older release does not know, the newest first."""
    missing = {PurePosixPath(file).stem for file in run.missing_migrations}
    return sorted((name for name in applied if name in missing), reverse=True)


def record_rollback(run: AppRun, to_roll_back: Sequence[str]) -> AppRun:
    """Return the record of a rollback that begins with the database."""
    return replace(run, migrates=bool(to_roll_back), migrations_to_roll_back=list(to_roll_back))


def record_activated(run: AppRun, *, now: float, restarted: bool) -> AppRun:
    return replace(run, activated=True, finished=now, restarted=restarted)


def record_failure(run: AppRun, failure: Failure) -> AppRun:
    """Return the record of what failed."""
    if failure.stage == PREPARE and run.activated:
        # What has gone live was prepared by another deploy, before this one in the same play.
        run = AppRun()
    return replace(run, failure=failure)


def record_reverted_database(run: AppRun, said: str) -> AppRun:
    """Return the record whose failure says what became of the database as well."""
    if run.failure is None or not said:
        return run
    return replace(run, failure=replace(run.failure, message=f"{run.failure.message}\n{said}"))


def record_handled_failure(run: AppRun, action: str, failure: Failure, live: Release | None) -> AppRun:
    """Return the record of a deploy that failed here or elsewhere, and was given up on this server.

    ``live`` is what the server says it serves, None where it was not asked.
    """
    return replace(run, action=action, failure=run.failure or failure, live=live or run.live)
