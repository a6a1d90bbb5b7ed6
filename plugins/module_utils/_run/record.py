# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of an app on a server: what a run knows of it. Written by the action plugin run_state alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass(frozen=True)
class Release:
    """A release, as far as later tasks need it; the module release returns the rest."""

    name: str = ""
    path: str = ""
    revision: str = ""
    state: str = ""
    virtualenv: str = ""
    version: str = ""
    """The branch, tag or commit that was asked for."""
    subject: str = ""
    """The first line of the message of its commit."""


@dataclass(frozen=True)
class Virtualenv:
    """The virtualenv of the release."""

    path: str = ""
    ready: bool = True
    requirements: str = ""
    """The file, relative to the app, that says what is installed; empty if there is none."""
    project: bool = False
    """Whether the app itself is installed, as a package."""
    git: dict[str, str] = field(default_factory=dict)
    """Addresses of repositories that the build asks for, and the mirrors in which it finds them."""


@dataclass(frozen=True)
class Framework:
    """The web framework of the release; see _system/framework.py."""

    name: str = ""
    reason: str = ""
    """Why it is this one."""
    module: str = ""
    """The WSGI module and its callable."""
    generate: list[str] = field(default_factory=list)
    """Keys in the environment file that are made once."""
    defaults: list[str] = field(default_factory=list)
    """Variables of the environment file that get the role's default."""
    committed: dict[str, str] = field(default_factory=dict)
    """Defaults that the revision's own .env gives."""
    migrate: list[str] = field(default_factory=list)
    """The arguments of Python that migrate; empty if nothing is migrated."""
    each_release_migrates: bool = False
    """Whether each new release migrates, whatever its files are."""
    collects: bool = False
    """Whether static files are collected."""


@dataclass(frozen=True)
class Assets:
    """What is built for the release, and by which commands."""

    path: str = ""
    ready: bool = True
    install: str = ""
    commands: list[str] = field(default_factory=list)
    lock: str = ""
    packages: str = ""
    live: str = ""


@dataclass(frozen=True)
class Failure:
    """Where and why a stage failed."""

    host: str
    stage: str
    task: str
    message: str


@dataclass(frozen=True)
class AppRun:
    """What a run knows of one app on one server."""

    action: str = "deploy"
    url: str = ""
    """Where visitors find the app."""
    started: float | None = None
    """Seconds since 1970; None where not even the release was prepared."""
    finished: float | None = None
    """When this server served the release, in seconds since 1970."""
    release: Release = field(default_factory=Release)
    live: Release | None = None
    """The release that was live before this run; None on the first deploy."""
    is_live: bool = False
    """Whether ``release`` is the live one already."""
    locked: bool = False
    framework: Framework = field(default_factory=Framework)
    virtualenv: Virtualenv = field(default_factory=Virtualenv)
    assets: Assets = field(default_factory=Assets)
    new_migrations: list[str] = field(default_factory=list)
    """Files that the release has and the live one has not."""
    missing_migrations: list[str] = field(default_factory=list)
    """Files that the live release has and this one has not."""
    migrations_to_roll_back: list[str] = field(default_factory=list)
    """Names, the newest first."""
    migrates: bool = False
    """Whether the database is to be changed for this release."""
    migrated: bool = False
    """Whether this server has changed it."""
    own_database: bool = False
    """Whether each server has a database of its own, so that each migrates."""
    awaits_revision: bool = False
    """Whether no release was made, because this server is new and takes the revision that others serve."""
    shared_revision: Release | None = None
    """What a new server takes: a release of another server; None where no server serves the app."""
    same_revision: bool = True
    """Whether all servers of the run have to prepare one revision."""
    incomplete: bool = False
    """Whether there is more to prepare: a virtualenv, built or static files, hooks, a rollback."""
    app_key: str = ""
    """A checksum of the keys in the environment file; empty where one is missing, or where none is needed."""
    environment_kept: bool = False
    """Whether the environment file was changed and the one before it was kept."""
    activated: bool = False
    """Whether this server serves the release and says so in its records."""
    restarted: bool = False
    """Whether a new instance was started for it, such as one with other settings."""
    failure: Failure | None = None
    """Why this app goes no further on this server; the failure may be that of another server."""
    environment_error: str = ""
    """Why the environment file could not be put back after a failure; empty if it could."""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def read_app_run(stored: Mapping[str, Any]) -> AppRun:
    """Return the record that as_dict() made a dictionary of."""
    known = {name: stored[name] for name in _names(AppRun) if name in stored}
    known["release"] = read_release(stored.get("release")) or Release()
    known["live"] = read_release(stored.get("live"))
    known["shared_revision"] = read_release(stored.get("shared_revision"))
    known["framework"] = Framework(**pick(Framework, stored.get("framework") or {}))
    known["virtualenv"] = Virtualenv(**pick(Virtualenv, stored.get("virtualenv") or {}))
    known["assets"] = Assets(**pick(Assets, stored.get("assets")))
    known["failure"] = read_failure(stored.get("failure"))
    for name in ("new_migrations", "missing_migrations", "migrations_to_roll_back"):
        known[name] = list(stored.get(name) or [])
    return AppRun(**known)


def read_release(stored: Mapping[str, Any] | None) -> Release | None:
    """Return a release from a dictionary, such as one that the module release returned."""
    return (
        Release(**{name: str(value or "") for name, value in pick(Release, stored).items()})
        if stored
        else None
    )


def read_failure(stored: Mapping[str, Any] | None) -> Failure | None:
    return Failure(**{name: str(stored.get(name) or "") for name in _names(Failure)}) if stored else None


def read_app_runs(stored: object) -> dict[str, AppRun]:
    """Return the records of a server, by app, from what the action plugin returned as ``apps``."""
    if not isinstance(stored, Mapping):
        return {}
    return {str(app): read_app_run(run) for app, run in stored.items() if isinstance(run, Mapping)}


def _names(record: type) -> list[str]:
    return [one.name for one in fields(record)]


def pick(record: type, stored: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: stored[name] for name in _names(record) if stored and stored.get(name) is not None}
