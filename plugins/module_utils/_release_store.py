# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The releases of an app on disk: what there is, what is live, what a rollback would reach."""

from __future__ import annotations

import math
import os
import re
import time
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible_collections.masonite.deploy.plugins.module_utils import _release_history as history
from ansible_collections.masonite.deploy.plugins.module_utils._release_files import (
    point,
    read_json,
    write_json,
)
from ansible_collections.masonite.deploy.plugins.module_utils._release_folder import Folder, ids
from ansible_collections.masonite.deploy.plugins.module_utils._release_version import is_commit
from ansible_collections.masonite.deploy.plugins.module_utils._system.account import Account
from ansible_collections.masonite.deploy.plugins.module_utils._system.privileges import can_switch

NAME = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{7}$")
# A release named after a clock that was further ahead than this says nothing about the next one's name.
CLOCK_SKEW = 300
GOOD, BAD, UNFINISHED = "good", "bad", "unfinished"


@dataclass(frozen=True)
class Release:
    """An immutable checkout of one revision; its state is kept beside it, not in it."""

    name: str
    path: str
    revision: str = ""
    version: str = ""
    time: str = ""
    state: str = UNFINISHED
    virtualenv: str = ""
    shared: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    live_at: float = 0.0
    reason: str = ""

    def facts(self) -> dict[str, Any]:
        keys = ("name", "path", "revision", "version", "time", "state", "virtualenv", "reason")
        return {key: value for key, value in asdict(self).items() if key in keys}

    def described(self) -> str:
        version = f" ({self.version})" if self.version and self.version not in self.revision else ""
        return f"{self.name}, revision {self.revision[:12] or 'unknown'}{version}"


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y%m%dT%H%M%SZ")


def time_of(name: str) -> str:
    return f"{name[0:4]}-{name[4:6]}-{name[6:8]}T{name[9:11]}:{name[11:13]}:{name[13:15]}Z"


@dataclass
class Store:
    path: Path
    live_link: Path
    releases: Path = field(init=False)
    shared: Path = field(init=False)
    mirror: Path = field(init=False)
    current: Path = field(init=False)
    history: Path = field(init=False)
    state: Path = field(init=False)

    def __post_init__(self) -> None:
        self.releases = self.path / "releases"
        self.shared = self.path / "shared"
        self.mirror = self.path / "repo.git"
        self.current = self.path / "current"
        self.history = self.path / "history.jsonl"
        self.state = self.path / ".state"

    def prepare(self) -> None:
        """Make what holds the records."""
        self.path.mkdir(parents=True, exist_ok=True)
        with Folder(str(self.path)) as folder:
            if folder.status(self.state.name) is None:
                folder.make_directory(self.state.name, 0o700)

    def prepare_releases(self, build: Account | None) -> None:
        """Make what holds the releases; whatever made it before, it is the build user's."""
        self.prepare()
        with Folder(str(self.path)) as folder:
            if can_switch(build) or folder.status(self.releases.name) is None:
                folder.make_directory(self.releases.name, 0o755, *ids(build))

    def get(self, name: str) -> Release | None:
        path = self.releases / name
        if not NAME.match(name) or path.is_symlink() or not path.is_dir():
            return None
        return self._described(name, path, None)

    def _described(self, name: str, path: Path, results: dict[str, str] | None) -> Release:
        record = read_json(self.state / f"{name}.json")
        state = record.get("state")
        if state not in (GOOD, BAD, UNFINISHED):
            # The record is lost: the history still knows how it ended.
            known = history.results(history.read(self.history)) if results is None else results
            state = {"ok": GOOD, "failed": BAD}.get(known.get(name, ""), UNFINISHED)
        live_at = record.get("live_at")
        revision = _text(record, "revision")
        return Release(
            name=name,
            path=str(path),
            revision=revision if is_commit(revision) else self._revision_file(path),
            version=_text(record, "version"),
            time=time_of(name),
            state=state,
            virtualenv=_text(record, "virtualenv"),
            shared=_texts(record, "shared"),
            links=_texts(record, "links"),
            live_at=float(live_at) if isinstance(live_at, (int, float)) and not math.isnan(live_at) else 0.0,
            reason=_text(record, "reason"),
        )

    @staticmethod
    def _revision_file(path: Path) -> str:
        try:
            with Folder(str(path)) as folder:
                revision = folder.read("REVISION", 80).decode("utf-8", "replace").strip()
        except OSError:
            return ""
        return revision if is_commit(revision) else ""

    def all(self) -> list[Release]:
        """Every whole release, oldest first."""
        try:
            names = sorted(
                entry.name for entry in os.scandir(self.releases) if entry.is_dir(follow_symlinks=False)
            )
        except OSError:
            return []
        results = history.results(history.read(self.history))
        return [self._described(name, self.releases / name, results) for name in names if NAME.match(name)]

    def save(self, release: Release) -> None:
        record = asdict(release)
        record.update(shared=list(release.shared), links=list(release.links))
        del record["path"], record["name"]
        write_json(self.state / f"{release.name}.json", record)

    def new(self, revision: str, now: float) -> Release:
        """A name not taken yet, and later than the others: two within a second are a second apart."""
        short = (revision or "0" * 7)[:7]
        stamps = {release.name.partition("-")[0] for release in self.all()}
        latest = max((stamp for stamp in stamps if stamp < _stamp(now + CLOCK_SKEW)), default="")
        while _stamp(now) <= latest or _stamp(now) in stamps:
            now += 1
        name = f"{_stamp(now)}-{short}"
        return Release(name, str(self.releases / name), revision=revision, time=time_of(name))

    def linked_by(self, link: Path) -> Release | None:
        if not link.is_symlink():
            return None
        target = Path(os.path.realpath(link))
        return self.get(target.name) if target.parent == Path(os.path.realpath(self.releases)) else None

    def live(self) -> Release | None:
        """What serves: the link the web server follows, before the one made for people."""
        return self.linked_by(self.live_link) or self.linked_by(self.current)

    def linked(self) -> set[str]:
        return {
            found.name for found in map(self.linked_by, (self.live_link, self.current)) if found is not None
        }

    def previous(self, live: Release | None) -> Release | None:
        """The last good release before the live one, in the order in which they went live."""
        line = self.succession()
        before = line[: line.index(live.name)] if live is not None and live.name in line else line
        for name in reversed(before):
            release = self.get(name)
            if release is not None and release.state == GOOD and (live is None or name != live.name):
                return release
        return None

    def succession(self) -> list[str]:
        """The line of succession, with those the history lost or never got put where their records say."""
        entries = history.read(self.history)
        line = history.line_of_succession(entries)
        told = {entry.get("release") for entry in entries if entry.get("result") == "ok"}
        releases = {release.name: release for release in self.all()}
        untold = [
            release for release in releases.values() if release.live_at > 0 and release.name not in told
        ]
        for release in sorted(untold, key=lambda release: release.live_at):
            before = [
                place
                for place, name in enumerate(line, start=1)
                if name not in releases or releases[name].live_at <= release.live_at
            ]
            line.insert(max(before, default=0), release.name)
        return line

    def told(self, release: Release) -> bool:
        """The history ends with this release going live."""
        return history.line_of_succession(history.read(self.history))[-1:] == [release.name]

    def make_live(self, release: Release, virtualenv: str, now: float) -> Release:
        point(self.current, f"releases/{release.name}")
        live = replace(
            release,
            state=GOOD,
            live_at=now,
            reason="",
            virtualenv=virtualenv or release.virtualenv,
        )
        self.save(live)
        return live


def _text(record: dict[str, Any], key: str) -> str:
    value = record.get(key)
    return value if isinstance(value, str) else ""


def _texts(record: dict[str, Any], key: str) -> tuple[str, ...]:
    value = record.get(key)
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def iso(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
