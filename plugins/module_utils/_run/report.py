# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run ends with: a paragraph for each app that failed, then a line for each app."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .decisions import Fleet, find_failures
from .record import AppRun, Failure, Release

COLUMN = "  "
LONGEST_SUBJECT = 50  # characters
DONE = {"deploy": "live", "rollback": "rolled back"}
# The default branch, where its name is not known: it says nothing.
UNNAMED_VERSION = "HEAD"

AppRuns = Mapping[str, AppRun]


@dataclass(frozen=True)
class Outcome:
    """What servers that came to the same have in common; the line of an app says it once."""

    release: str
    text: str
    before: str


def describe_run(fleet: Fleet, apps: Sequence[str], *, check_mode: bool) -> list[str]:
    """Return the lines: why apps failed, then what is live where."""
    names = [app for app in fleet.apps() if not apps or app in apps]
    width = max(map(len, names), default=0)
    lines: list[str] = []
    for app in names:
        failures = find_failures(fleet, app)
        if failures:
            lines += describe_failures(app, fleet.runs_of(app)[0].action, failures)
            lines += [*describe_environment_errors(fleet, app), ""]
    for app in names:
        runs = {server: fleet.runs[server][app] for server in fleet.servers if app in fleet.runs[server]}
        failures = find_failures(fleet, app)
        described = (
            [describe_failed_app(runs, failures)] if failures else describe_app(runs, check_mode=check_mode)
        )
        lines += [_join([app.ljust(width), *columns]) for columns in described]
    return lines


def describe_app(runs: AppRuns, *, check_mode: bool) -> list[list[str]]:
    """Return the columns of each line: one line, unless the servers came to different ends."""
    groups: dict[Outcome, list[str]] = {}
    for server, run in runs.items():
        groups.setdefault(_find_outcome(run, check_mode=check_mode), []).append(server)
    described = []
    for outcome, servers in groups.items():
        time = _describe_time(runs[server] for server in servers)
        where = f"{outcome.text} on {', '.join(servers)}{time}"
        described.append([outcome.release, where, outcome.before, runs[servers[0]].url])
    return described


def describe_failed_app(runs: AppRuns, failures: Sequence[Failure]) -> list[str]:
    """Return the columns of the line: what was to be live, where it failed, and what is live instead."""
    live: dict[str, list[str]] = {}
    for server, run in runs.items():
        release = run.release if run.activated else run.live
        live.setdefault(shorten_revision(release), []).append(server)
    url = next((run.url for run in runs.values() if run.url), "")
    wanted = next((run.release for run in runs.values() if run.release.name), Release())
    failed = f"failed in {failures[0].stage} on {', '.join(dict.fromkeys(one.host for one in failures))}"
    serving = "; ".join(f"{revision} on {', '.join(servers)}" for revision, servers in live.items())
    return [describe_release(wanted), failed, f"live: {serving}", url]


def describe_failures(app: str, action: str, failures: Sequence[Failure]) -> list[str]:
    """Return the cause and all that was said about it, once for all servers that said the same."""
    first = failures[0]
    same = [one.host for one in failures if (one.stage, one.message) == (first.stage, first.message)]
    servers = ", ".join(dict.fromkeys(same))
    lines = [
        f'The {action} of {app} failed in {first.stage} on {servers} ("{first.task}"):',
        *first.message.splitlines(),
    ]
    for other in failures:
        if other.host not in same:
            cause = (other.message.splitlines() or [""])[0]
            lines.append(f'On {other.host}, in {other.stage} ("{other.task}"): {cause}')
    return lines


def describe_environment_errors(fleet: Fleet, app: str) -> list[str]:
    """Return where the environment file is not what it was before the failed deploy."""
    found = {server: fleet.runs.get(server, {}).get(app) for server in fleet.servers}
    return [
        f"On {server}, the environment file could not be put back, so the next start has the new settings: "
        f"{run.environment_error}"
        for server, run in found.items()
        if run is not None and run.environment_error
    ]


def describe_release(release: Release) -> str:
    """Return the revision, the subject of its commit and the version it was asked for by."""
    if not release.revision:
        return release.name
    subject = release.subject
    if len(subject) > LONGEST_SUBJECT:
        subject = subject[: LONGEST_SUBJECT - 1].rstrip() + "…"
    is_named = release.version and release.version != UNNAMED_VERSION
    named = is_named and not release.revision.startswith(release.version)
    words = [
        shorten_revision(release),
        f'"{subject}"' if subject else "",
        f"({release.version})" if named else "",
    ]
    return " ".join(word for word in words if word)


def shorten_revision(release: Release | None) -> str:
    """Return what people call the release by; "nothing" without one."""
    return "nothing" if release is None else release.revision[:7] or release.name or "nothing"


def make_statistics(fleet: Fleet) -> dict[str, dict[str, dict[str, str]]]:
    """Return what went live, for AWX and for set_stats: by app and server."""
    live: dict[str, dict[str, dict[str, str]]] = {}
    for server in fleet.servers:
        for app, run in fleet.runs.get(server, {}).items():
            if run.activated:
                live.setdefault(app, {})[server] = {
                    "release": run.release.name,
                    "revision": run.release.revision,
                    "version": run.release.version,
                    "previous": run.live.name if run.live is not None else "",
                }
    return live


def _find_outcome(run: AppRun, *, check_mode: bool) -> Outcome:
    before = "" if run.is_live or run.live is None else f"before: {shorten_revision(run.live)}"
    return Outcome(describe_release(run.release), _describe_state(run, check_mode=check_mode), before)


def _describe_state(run: AppRun, *, check_mode: bool) -> str:
    would = "would be " if check_mode else ""
    if run.is_live:
        is_changed = run.activated and run.restarted
        return f"{would}live with other settings" if is_changed else "already live"
    if run.activated:
        return would + DONE[run.action]
    return f"{would}prepared" if check_mode else "prepared, not live"


def _describe_time(runs: Iterable[AppRun]) -> str:
    """Return how long it took from the first server that began to the last that served the release."""
    changed = [run for run in runs if run.activated and (run.restarted or not run.is_live)]
    begun = [run.started for run in changed if run.started is not None]
    ended = [run.finished for run in changed if run.finished is not None]
    return f" in {max(0.0, max(ended) - min(begun)):.1f} s" if begun and ended else ""


def _join(columns: Iterable[str]) -> str:
    return COLUMN.join(column for column in columns if column)
