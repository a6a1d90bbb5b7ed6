# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of an app: what the steps of a deploy make of it, and that it survives being stored."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.masonite.deploy.plugins.module_utils._run.record import (
    AppRun,
    Failure,
    Framework,
    Release,
    Virtualenv,
    read_app_run,
    read_app_runs,
)
from ansible_collections.masonite.deploy.plugins.module_utils._run.transitions import (
    find_migrations_to_roll_back,
    has_own_database,
    record_environment,
    record_failure,
    record_prepared,
    record_reverted_database,
    record_rollback,
)

RELEASE = {
    "name": "r2", "path": "/r2", "revision": "2", "state": "unfinished", "virtualenv": "", "version": "main",
    "subject": "Fifth post", "time": "not kept",
}  # fmt: skip
LIVE = {**RELEASE, "name": "r1", "state": "good", "virtualenv": "/v"}
DIRECTORY = "databases/migrations"
PREPARED: dict[str, Any] = {
    "release": RELEASE,
    "live": LIVE,
    "is_live": False,
    "locked": True,
    "changes": {DIRECTORY: {"added": [], "removed": []}},
    "virtualenv": {"path": "/v", "ready": True, "requirements": None},
    "framework": {"name": "masonite", "generate": ["APP_KEY"], "migrate": ["craft", "migrate", "--force"]},
}
DJANGO = {
    "framework": {
        "name": "django",
        "generate": ["SECRET_KEY"],
        "migrate": ["manage.py", "migrate", "--noinput"],
        "each_release_migrates": True,
        "collects": True,
    }
}
ENVIRONMENT = {"checksums": {"APP_KEY": "k"}, "kept_previous": False}


def prepared(
    result: dict[str, Any] | None = None, environment: dict[str, Any] | None = None, **given: Any
) -> AppRun:
    options = {
        "now": 5.0,
        "action": "deploy",
        "url": "http://blog.test",
        "migrate": True,
        "migrations": DIRECTORY,
        "database": "",
        "has_hooks": False,
    }
    environment = ENVIRONMENT if environment is None else environment
    return record_prepared({**PREPARED, **(result or {})}, environment, **{**options, **given})


def changes(added: list[str] | None = None, removed: list[str] | None = None) -> dict[str, Any]:
    return {"changes": {DIRECTORY: {"added": added or [], "removed": removed or []}}}


MIGRATES = {
    "the first deploy": (prepared({**changes(["a.py"]), "live": None}), True),
    "the first deploy of an app without migrations": (prepared({"live": None}), False),
    "an app that no framework migrates": (
        prepared({**changes(["a.py"]), "framework": {"name": "none"}}),
        False,
    ),
    "each new release of Django": (prepared(DJANGO), True),
    "the live release of Django": (prepared({**DJANGO, "is_live": True}), False),
    "a rollback of Django": (prepared(DJANGO, action="rollback"), False),
    "a deploy that brings migrations": (prepared(changes(["a.py"])), True),
    "a deploy without": (prepared(), False),
    "a release that is live": (prepared({**changes(["a.py"]), "is_live": True}), False),
    "migrations switched off": (prepared(changes(["a.py"]), migrate=False), False),
    "the first deploy with migrations switched off": (prepared({"live": None}, migrate=False), False),
    "a rollback": (prepared(changes(["a.py"], ["b.py"]), action="rollback"), False),
    "a restored database": (prepared({"pending_migrations": ["a"]}), True),
    "a restored database of a release that is live": (
        prepared({"pending_migrations": ["a"], "is_live": True}),
        True,
    ),
    "a restored database with migrations switched off": (
        prepared({"pending_migrations": ["a"]}, migrate=False),
        False,
    ),
    "a rollback with a restored database": (
        prepared({"pending_migrations": ["a"]}, action="rollback"),
        False,
    ),
    "a new server that waits for a revision": (prepared({"release": None, "live": None}), False),
    "a result without changes": (prepared({"changes": None}), False),
}


@pytest.mark.parametrize("name", MIGRATES)
def test_whether_a_deploy_migrates(name: str) -> None:
    run, expected = MIGRATES[name]
    assert run.migrates is expected


INCOMPLETE = {
    "all is there": (prepared(), False),
    "a virtualenv to build": (prepared({"virtualenv": {"path": "/v", "ready": False}}), True),
    "a virtualenv that is not known": (prepared({"virtualenv": None}), True),
    "hooks": (prepared(has_hooks=True), True),
    "hooks of a release that is live": (prepared({"is_live": True}, has_hooks=True), False),
    "a rollback": (prepared(action="rollback"), False),
    "a rollback across migrations": (prepared(changes(removed=["a.py"]), action="rollback"), True),
    "a deploy that drops migrations": (prepared(changes(removed=["a.py"])), False),
}


@pytest.mark.parametrize("name", INCOMPLETE)
def test_whether_there_is_more_to_prepare(name: str) -> None:
    run, expected = INCOMPLETE[name]
    assert run.incomplete is expected


def test_what_the_modules_returned_is_kept_as_far_as_later_tasks_need_it() -> None:
    run = prepared({"virtualenv": {"path": "/v", "ready": False, "requirements": "requirements.txt"}})
    assert run.release == Release("r2", "/r2", "2", "unfinished", "", "main", "Fifth post")
    assert run.live == Release("r1", "/r2", "2", "good", "/v", "main", "Fifth post")
    assert run.virtualenv == Virtualenv("/v", False, "requirements.txt")
    assert (run.started, run.locked, run.app_key, run.environment_kept) == (5.0, True, "k", False)


def test_a_new_server_waits_for_its_release() -> None:
    waits = prepared({"release": None, "live": None, "virtualenv": None, "framework": None})
    assert (waits.awaits_revision, waits.incomplete, waits.migrates) == (True, False, False)


def test_migrations_that_are_pending_and_new_are_named_once() -> None:
    run = prepared({**changes(["2026_b.py", "2027_c.py"]), "pending_migrations": ["2026_b"]})
    assert run.new_migrations == ["2026_b", "2027_c.py"]


def test_a_deploy_that_fails_early_does_not_take_over_what_went_live_before_it() -> None:
    live = replace(prepared(), activated=True)
    failure = Failure("a", "prepare", "Export the revision to deploy", "no such luck")
    assert record_failure(live, failure) == AppRun(failure=failure)
    later = replace(failure, stage="activate")
    assert record_failure(live, later) == replace(live, failure=later)


def test_an_environment_file_that_was_kept_once_stays_kept() -> None:
    run = record_environment(prepared(), {"checksums": {}, "kept_previous": True})
    again = record_environment(run, {"checksums": {"APP_KEY": "l"}, "kept_previous": False})
    assert (run.app_key, run.environment_kept) == ("", True)
    assert (again.app_key, again.environment_kept) == ("l", True)


def test_static_files_are_collected_for_a_new_release_of_a_deploy() -> None:
    assert prepared(DJANGO).incomplete is True
    assert prepared({**DJANGO, "is_live": True}).incomplete is False
    assert prepared(DJANGO, action="rollback").incomplete is False
    assert prepared().incomplete is False


@pytest.mark.parametrize(
    ("framework", "names", "kind", "own"),
    [
        ("masonite", ["DB_HOST"], "", True),
        ("masonite", [], "sqlite", True),
        ("masonite", [], "postgres", False),
        ("django", ["SECRET_KEY", "DEBUG"], "", True),
        ("django", ["DB_HOST"], "", False),
        ("django", ["POSTGRES_HOST"], "", False),
        ("flask", ["DATABASE_URL"], "sqlite", True),
        ("flask", ["DATABASE_URL"], "postgresql", False),
        ("flask", ["DB_HOSTILITY"], "", True),
    ],
)
def test_whether_each_server_has_a_database_of_its_own(
    framework: str, names: list[str], kind: str, own: bool
) -> None:
    assert has_own_database(Framework(framework), names, kind) is own


def test_the_database_of_the_apps_own_env_is_not_sqlite() -> None:
    found = Framework("masonite", committed={"DB_CONNECTION": "mysql"})
    assert has_own_database(found, [], "") is False
    assert has_own_database(found, [], "sqlite") is True


def test_keys_that_are_not_used_are_not_missed() -> None:
    assert prepared({"framework": {"name": "none"}}).app_key == ""
    assert prepared().app_key == "k"
    assert prepared(DJANGO).app_key == "", "the environment file has none"


def test_only_migrations_that_are_applied_are_rolled_back_the_newest_first() -> None:
    run = prepared(changes(removed=["2024_a.py", "2025_b.py", "2026_c.py"]), action="rollback")
    found = find_migrations_to_roll_back(run, ["2023_z", "2024_a", "2026_c"])
    assert found == ["2026_c", "2024_a"]
    assert record_rollback(run, found).migrates is True
    assert record_rollback(run, []).migrates is False


def test_what_became_of_the_database_is_added_to_the_failure() -> None:
    run = record_failure(prepared(), Failure("a", "migrate", "Apply the migrations", "no such luck"))
    failure = record_reverted_database(run, "The database was put back.").failure
    assert failure is not None
    assert failure.message == "no such luck\nThe database was put back."
    assert record_reverted_database(run, "") == run
    assert record_reverted_database(prepared(), "x") == prepared()


texts = st.text(max_size=8)
releases = st.builds(Release, *[texts] * len(fields(Release)))
runs = st.builds(
    AppRun,
    started=st.none() | st.floats(0, 4e9),
    release=releases,
    live=st.none() | releases.filter(lambda one: one != Release()),
    is_live=st.booleans(),
    locked=st.booleans(),
    framework=st.builds(
        Framework,
        texts,
        texts,
        st.lists(texts, max_size=2),
        st.lists(texts, max_size=2),
        st.dictionaries(texts, texts, max_size=2),
        st.lists(texts, max_size=2),
        st.booleans(),
        st.booleans(),
    ),
    virtualenv=st.builds(Virtualenv, texts, st.booleans(), texts),
    new_migrations=st.lists(texts, max_size=3),
    missing_migrations=st.lists(texts, max_size=3),
    migrations_to_roll_back=st.lists(texts, max_size=3),
    migrates=st.booleans(),
    migrated=st.booleans(),
    awaits_revision=st.booleans(),
    shared_revision=st.none() | releases.filter(lambda one: one != Release()),
    same_revision=st.booleans(),
    environment_error=texts,
    own_database=st.booleans(),
    incomplete=st.booleans(),
    app_key=texts,
    environment_kept=st.booleans(),
    activated=st.booleans(),
    failure=st.none() | st.builds(Failure, texts, texts, texts, texts),
    url=texts,
)


@given(runs)
def test_a_record_survives_being_stored(run: AppRun) -> None:
    assert read_app_run(json.loads(json.dumps(run.as_dict()))) == run


def test_every_field_is_stored_and_documented() -> None:
    assert set(AppRun().as_dict()) == {one.name for one in fields(AppRun)}
    stored = {"blog": replace(AppRun(), app_key="k").as_dict()}
    assert read_app_runs(stored)["blog"].app_key == "k"
    assert read_app_runs({"skipped": True}) == {}
    assert read_app_runs(None) == {}
