# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""history.jsonl and what is read from it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from release_world import App, Repository

from ansible_collections.masonite.deploy.plugins.module_utils._release import history
from ansible_collections.masonite.deploy.plugins.module_utils._release.activation_order import (
    read_activation_order,
)


def entries(*deploys: str) -> list[dict[str, object]]:
    """`A` is a deploy of A, `<A` a rollback to it, `!A` a deploy of it that failed."""
    found: list[dict[str, object]] = []
    for deploy in deploys:
        action = "rollback" if deploy.startswith("<") else "deploy"
        result = "failed" if deploy.startswith("!") else "ok"
        found.append({"release": deploy.lstrip("<!"), "action": action, "result": result})
    return found


@pytest.mark.parametrize(
    ("deploys", "line"),
    [
        ("", ""),
        ("A", "A"),
        ("A B C", "A B C"),
        ("A B C <B", "A B"),
        ("A B C <B <A", "A"),
        ("A B C <B D", "A B D"),
        ("A B C <A", "A"),
        ("A !B C", "A C"),
        ("A B A", "B A"),
        ("A <Z", "A Z"),
        ("A A A", "A"),
        ("A B <A !C", "A"),
    ],
)
def test_the_order_of_activation(deploys: str, line: str) -> None:
    assert read_activation_order(entries(*deploys.split())) == line.split()


@given(st.binary(max_size=400))
def test_any_junk_is_read_as_what_can_be_read(junk: bytes) -> None:
    for line in junk.splitlines():
        entry = history.parse_line(line)
        assert isinstance(entry, dict)


def test_a_torn_last_line_is_closed_and_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    history.append_line(file, release="A", result="ok")
    with open(file, "a") as torn:
        torn.write('{"release": "B", "resu')
    history.append_line(file, release="C", result="ok")
    assert [entry["release"] for entry in history.read_history(file)] == ["A", "C"]


def test_only_the_end_of_a_long_history_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "history.jsonl"
    for number in range(50):
        history.append_line(file, release=f"R{number}", result="ok")
    monkeypatch.setattr(history, "READ_LIMIT", 1000)
    found = history.read_history(file)
    assert found[-1]["release"] == "R49"
    assert 1 <= len(found) < 10
    assert history.read_history(file, 2) == found[-2:]
    assert history.read_history(file, 0) == []
    assert history.read_history(tmp_path / "none") == []


def test_failed_deploys_are_written_too(app: App) -> None:
    good = app.deploy()
    bad = app.break_down(force=True)
    app.failed("", reason="the repository is gone", version="v9", started=0.0)
    lines = app.history()
    assert [line["result"] for line in lines] == ["ok", "failed", "failed"]
    assert lines[1]["release"] == bad["name"]
    assert lines[1]["reason"] == "it answered 500"
    assert lines[1]["previous"] == good["name"]
    assert lines[2]["release"] == ""
    assert lines[2]["version"] == "v9"
    assert list(lines[0]) == list(history.FIELDS)


def test_a_failure_before_anything_exists_is_recorded(app: App) -> None:
    assert app.failed("", reason="no such repository")["changed"]
    assert app.history()[0]["reason"] == "no such repository"


def test_a_failure_that_cannot_be_recorded_does_not_hide_the_first_error(repository: Repository) -> None:
    result = App(Path("/proc/nowhere"), str(repository.path)).failed("", reason="first")
    assert "could not be recorded" in result["warnings"][0]


def test_a_lost_record_is_made_up_for_by_the_history(app: App, repository: Repository) -> None:
    first = app.deploy()
    repository.commit({"wsgi.py": "two"})
    app.deploy()
    for record in (app.path / ".state").glob("*.json"):
        record.write_text("{")
    info = app.info()
    assert info["previous"]["name"] == first["name"]
    assert [release["state"] for release in info["releases"]] == ["good", "good"]
    assert info["live"]["revision"] == repository.head()


def test_a_lost_history_is_made_up_for_by_the_records(app: App, repository: Repository) -> None:
    first = app.deploy()
    repository.commit({"wsgi.py": "two"})
    app.deploy()
    (app.path / "history.jsonl").unlink()
    assert app.info()["previous"]["name"] == first["name"]
    assert app.rollback()["name"] == first["name"]


def test_a_deploy_after_the_history_was_lost_can_still_be_rolled_back(
    app: App, repository: Repository
) -> None:
    app.deploy()
    repository.commit({"wsgi.py": "two"})
    second = app.deploy()
    (app.path / "history.jsonl").unlink()
    repository.commit({"wsgi.py": "three"})
    app.deploy(keep=1)
    assert app.info()["previous"]["name"] == second["name"]


def test_killed_before_the_line_was_written_it_is_written_by_the_next_run(
    app: App, repository: Repository
) -> None:
    app.deploy()
    repository.commit({"wsgi.py": "two"})
    second = app.deploy()
    lines = (app.path / "history.jsonl").read_text().splitlines(keepends=True)
    (app.path / "history.jsonl").write_text(lines[0])
    assert app.info()["previous"]["name"] != second["name"]
    assert app.live(second["name"])["recorded"]
    assert len(app.history()) == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=5), children, max_size=3)
    ),
    max_leaves=5,
)


@given(
    record=st.one_of(
        st.binary(max_size=80),
        st.dictionaries(
            st.sampled_from(["state", "revision", "version", "virtualenv", "shared", "live_at", "reason"]),
            JSON,
        ).map(lambda content: json.dumps(content).encode()),
    )
)
def test_any_junk_in_a_record_leaves_the_releases_readable(
    tmp_path_factory: pytest.TempPathFactory, record: bytes
) -> None:
    path = tmp_path_factory.mktemp("junk")
    name = "20250101T000000Z-abcdef0"
    (path / "releases" / name).mkdir(parents=True)
    (path / ".state").mkdir()
    (path / "current").symlink_to(f"releases/{name}")
    (path / ".state" / f"{name}.json").write_bytes(record)
    info = App(path, "unused").info()
    assert info["live"]["name"] == name
    assert info["live"]["state"] in ("good", "bad", "unfinished")
    assert isinstance(info["live"]["version"], str)
