# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What earlier versions wrote on a server is read by this one, and this one writes the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from release_world import ME, OTHER, App, Repository, refused

FIRST, SECOND, FAILED = "20250101T100000Z-1dac371", "20250102T100000Z-e57baeb", "20250103T100000Z-e57baeb"
ONE, TWO = "1dac3715effffdf15e9965c1d726e202e44a3921", "e57baebf5923953edd020def3bdeb4b004e1f4fb"


def record(revision: str, state: str, live_at: float, reason: str = "") -> dict[str, Any]:
    return {
        "links": [".env"],
        "live_at": live_at,
        "reason": reason,
        "revision": revision,
        "shared": ["storage/logs"],
        "state": state,
        "time": "2025-01-01T10:00:00Z",
        "version": "main",
        "virtualenv": "/venvs/blog/b0627b448fb436a9",
    }


RECORDS = {
    FIRST: record(ONE, "good", 1735725665.0238163),
    SECOND: record(TWO, "good", 1735812066.2569594),
    FAILED: record(TWO, "bad", 0.0, "500"),
}
LOCK = {
    "holder": {"host": "office", "job": "", "machine": "n", "pid": 200, "start": "2", "user": "bob"},
    "release": FAILED,
    "renewed": 1735898467.8948498,
    "request": "45024c194da194b72044ba9e314fbab228899f2f1175f16be62b30266038e4cc",
    "since": 1735898467.8948498,
    "token": "d05a917c0783bcaf",
    "virtualenv": "/venvs/blog/b0627b448fb436a9",
}


def line(release: str, revision: str, result: str, reason: str, previous: str) -> str:
    return (
        f'{{"time": "2025-01-01T10:00:09Z", "action": "deploy", "user": "ann", "host": "laptop", "job": "", '
        f'"release": "{release}", "revision": "{revision}", "version": "main", "result": "{result}", '
        f'"reason": "{reason}", "seconds": 3.0, "previous": "{previous}"}}\n'
    )


@pytest.fixture
def old(app: App) -> App:
    """An app as version 0.1 left it: two good releases, the second one live, and a bad one."""
    state = app.path / ".state"
    state.mkdir(parents=True)
    for name, content in RECORDS.items():
        (app.path / "releases" / name).mkdir(parents=True)
        (state / f"{name}.json").write_text(json.dumps(content, sort_keys=True) + "\n")
    (state / "mutex").touch(0o600)
    (app.path / "current").symlink_to(f"releases/{SECOND}")
    (app.path / "history.jsonl").write_text(
        line(FIRST, ONE, "ok", "", "")
        + line(SECOND, TWO, "ok", "", FIRST)
        + line(FAILED, TWO, "failed", "500", SECOND)
    )
    return app


def test_records_and_history_of_version_0_1_are_read(old: App) -> None:
    info = old.info()
    assert info["live"] == {
        "name": SECOND,
        "path": str(old.path / "releases" / SECOND),
        "revision": TWO,
        "version": "main",
        "time": "2025-01-02T10:00:00Z",
        "state": "good",
        "framework": "",
        "virtualenv": "/venvs/blog/b0627b448fb436a9",
        "reason": "",
        "subject": "",
    }
    assert info["previous"]["name"] == FIRST
    assert [(release["name"], release["state"]) for release in info["releases"]] == [
        (FAILED, "bad"),
        (SECOND, "good"),
        (FIRST, "good"),
    ]
    assert info["releases"][0]["reason"] == "500"
    assert [entry["result"] for entry in info["history"]] == ["ok", "ok", "failed"]


def test_a_rollback_goes_to_a_release_of_version_0_1(old: App) -> None:
    assert old.rollback(virtualenvs=None)["name"] == FIRST
    assert old.info()["live"]["name"] == FIRST


def test_a_lock_of_version_0_1_counts_and_ages(old: App) -> None:
    lock = old.path / ".state" / "lock"
    lock.write_text(json.dumps(LOCK, sort_keys=True) + "\n")
    assert old.info()["lock"] == {
        "holder": OTHER,
        "since": "2025-01-03T10:01:07Z",
        "release": FAILED,
        "virtualenv": "/venvs/blog/b0627b448fb436a9",
        "token": "d05a917c0783bcaf",
        "expired": True,
    }
    old.clock = lambda: LOCK["renewed"] + 60  # type: ignore[operator]
    with refused("locked", "bob on office (process 200)", "2025-01-03 10:01:07 UTC (60 s ago)", FAILED):
        old.present(release="previous", holder=ME)
    assert old.present(release="previous", holder=OTHER)["locked"]
    assert json.loads(lock.read_text())["token"] == LOCK["token"]


def test_what_is_written_has_the_keys_of_version_0_1(app: App, repository: Repository) -> None:
    present = app.present()
    state = app.path / ".state"
    assert sorted(json.loads((state / "lock").read_text())) == sorted(LOCK)
    app.live(present["release"]["name"])
    written = json.loads((state / f"{present['release']['name']}.json").read_text())
    assert {key: type(written[key]) for key in RECORDS[FIRST]} == {
        key: type(value) for key, value in RECORDS[FIRST].items()
    }
    assert list(app.history()[0]) == list(json.loads(line(FIRST, ONE, "ok", "", "")))
    assert sorted(entry.name for entry in state.iterdir()) == [f"{present['release']['name']}.json", "mutex"]
    assert sorted(entry.name for entry in Path(app.path).iterdir()) == [
        ".state",
        "current",
        "history.jsonl",
        "releases",
        "repo.git",
    ]
