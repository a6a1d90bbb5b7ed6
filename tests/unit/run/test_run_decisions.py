# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each server does next, from what all servers have come to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from ansible_collections.masonite.deploy.plugins.module_utils._run.decisions import (
    UNREACHABLE,
    Fleet,
    find_failures,
    plan_failed_app,
    plan_steps,
)
from ansible_collections.masonite.deploy.plugins.module_utils._run.record import (
    AppRun,
    Failure,
    Framework,
    Release,
)

GOOD = Release("r2", "/srv/sites/blog/releases/r2", "2" * 40, "good", "/venvs/blog/x")
NEW = replace(GOOD, state="unfinished")
OLD = replace(GOOD, name="r1")
MASONITE = Framework("masonite", generate=["APP_KEY"])
PREPARED = AppRun(started=1.0, release=NEW, live=OLD, locked=True, framework=MASONITE, app_key="k")
NOTHING_TO_DO = replace(PREPARED, release=GOOD, live=GOOD, is_live=True, locked=False)
FIRST = replace(PREPARED, live=None, migrates=True, own_database=True)
MIGRATES = replace(PREPARED, migrates=True)
NO_KEY = replace(PREPARED, app_key="")
NEEDS_NO_KEY = replace(NO_KEY, framework=Framework("none"))
INCOMPLETE = replace(PREPARED, incomplete=True)
LIVE = replace(PREPARED, activated=True)


def failed(stage: str, server: str = "a") -> AppRun:
    return replace(PREPARED, failure=Failure(server, stage, "a task", "no luck"))


@dataclass
class Case:
    """The record of one app on each server, and the servers that each step is for."""

    runs: dict[str, AppRun | None]
    share_app_key: str = ""
    complete: str = ""
    migrate: str = ""
    activate: str = ""
    failed: str = ""
    gone: str = ""
    check_mode: bool = False


CASES: dict[str, Case] = {
    "nothing prepared": Case({"a": None}),
    "one server": Case({"a": PREPARED}, activate="a"),
    "nothing to do": Case({"a": NOTHING_TO_DO}, activate="a"),
    "a first deploy": Case({"a": FIRST}, migrate="a", activate="a"),
    "a first deploy in check mode": Case({"a": FIRST}, migrate="a", check_mode=True),
    "a later deploy in check mode": Case({"a": PREPARED}, activate="a", check_mode=True),
    "one server without a key makes its own": Case({"a": NO_KEY}, activate="a"),
    "servers of an app that has no key": Case({"a": NEEDS_NO_KEY, "b": NEEDS_NO_KEY}, activate="ab"),
    "three servers": Case({"a": PREPARED, "b": PREPARED, "c": PREPARED}, activate="abc"),
    "an app that only one of two servers has": Case({"a": PREPARED, "b": None}, activate="a"),
    "no server has a key": Case({"a": NO_KEY, "b": NO_KEY}, share_app_key="ab", activate="ab"),
    "one server lacks the key": Case({"a": PREPARED, "b": NO_KEY}, share_app_key="ab", activate="ab"),
    "keys that differ": Case(
        {"a": PREPARED, "b": replace(PREPARED, app_key="l")}, share_app_key="ab", activate="ab"
    ),
    "one app on one of two servers, without a key": Case(
        {"a": NO_KEY, "b": None}, share_app_key="a", activate="a"
    ),
    "a virtualenv to build on one": Case({"a": PREPARED, "b": INCOMPLETE}, complete="b", activate="ab"),
    "one database for all": Case({"a": MIGRATES, "b": MIGRATES}, migrate="a", activate="ab"),
    "a database on each server": Case({"a": FIRST, "b": FIRST}, migrate="ab", activate="ab"),
    "only the second server is new": Case({"a": NOTHING_TO_DO, "b": FIRST}, migrate="b", activate="ab"),
    "the first server does not have the app": Case(
        {"a": None, "b": MIGRATES, "c": MIGRATES}, migrate="b", activate="bc"
    ),
    "a failure on the only server": Case({"a": failed("prepare")}, failed="a"),
    "a failure on the first of two": Case({"a": failed("activate"), "b": MIGRATES}, failed="ab"),
    "a failure on the last of three": Case({"a": LIVE, "b": LIVE, "c": failed("activate")}, failed="abc"),
    "a failure where a key is missing": Case({"a": failed("prepare"), "b": NO_KEY}, failed="ab"),
    "a failure where a virtualenv is missing": Case({"a": failed("prepare"), "b": INCOMPLETE}, failed="ab"),
    "a server that is gone": Case({"a": PREPARED, "b": PREPARED}, gone="b", failed="ab"),
    "a server that was never reached": Case({"a": PREPARED, "b": None}, gone="b", failed="a"),
    "all servers are gone": Case({"a": PREPARED, "b": None}, gone="ab", failed="a"),
    "half of a roll": Case({"a": LIVE, "b": PREPARED}, activate="b"),
    "all is done": Case({"a": LIVE, "b": LIVE}),
    "the first server has migrated and gone live": Case(
        {"a": replace(MIGRATES, activated=True), "b": MIGRATES}, activate="b"
    ),
}


def fleet_of(runs: dict[str, AppRun | None], gone: str = "", app: str = "blog") -> Fleet:
    known = {server: {app: run} for server, run in runs.items() if run is not None}
    return Fleet(tuple(runs), tuple(server for server in runs if server not in gone), known)


@pytest.mark.parametrize("name", CASES)
def test_the_steps_of_each_server(name: str) -> None:
    case = CASES[name]
    steps = plan_steps(fleet_of(case.runs, case.gone), check_mode=case.check_mode)
    found: dict[str, Any] = {
        step: "".join(server for server, todo in steps.items() if "blog" in getattr(todo, step))
        for step in ("share_app_key", "complete", "migrate", "activate", "failed")
    }
    expected = {step: getattr(case, step) for step in found}
    assert found == expected


def test_an_app_that_failed_does_not_stop_another() -> None:
    runs = {"a": {"blog": failed("prepare"), "shop": PREPARED}, "b": {"blog": PREPARED, "shop": PREPARED}}
    steps = plan_steps(Fleet(("a", "b"), ("a", "b"), runs))
    assert [todo.activate for todo in steps.values()] == [["shop"], ["shop"]]
    assert [list(todo.failed) for todo in steps.values()] == [["blog"], ["blog"]]


def test_apps_go_live_in_the_order_in_which_they_were_prepared() -> None:
    runs = {"a": {"shop": PREPARED, "blog": PREPARED, "api": PREPARED}}
    assert plan_steps(Fleet(("a",), ("a",), runs))["a"].activate == ["shop", "blog", "api"]


def test_a_server_that_is_gone_stops_every_app_and_is_named() -> None:
    runs = {"a": {"blog": PREPARED, "shop": PREPARED}}
    fleet = Fleet(("a", "b", "c"), ("a",), runs)
    assert plan_steps(fleet)["a"].activate == []
    (failure,) = find_failures(fleet, "shop")
    assert (failure.host, failure.stage, failure.message) == ("b, c", "prepare", UNREACHABLE)


def test_the_first_failure_is_that_of_the_first_server_which_has_one() -> None:
    fleet = fleet_of({"a": PREPARED, "b": failed("migrate", "b"), "c": failed("activate", "c")}, gone="a")
    assert [failure.host for failure in find_failures(fleet, "blog")] == ["b", "c", "a"]


@pytest.mark.parametrize(
    ("run", "stage", "expected"),
    [
        (PREPARED, "prepare", {"release": "r2", "bad": True, "activated": False}),
        (PREPARED, "activate", {"release": "r2", "bad": True, "restore_environment": False}),
        (replace(PREPARED, release=GOOD), "prepare", {"release": "r2", "bad": False}),
        (replace(PREPARED, release=GOOD), "migrate", {"bad": False}),
        (replace(PREPARED, release=GOOD), "activate", {"bad": True}),
        (NOTHING_TO_DO, "activate", {"release": "", "activated": False}),
        (replace(PREPARED, environment_kept=True), "activate", {"restore_environment": True}),
        (replace(LIVE, environment_kept=True), "activate", {"restore_environment": False, "activated": True}),
        (AppRun(), "prepare", {"release": "", "started": None, "restore_environment": False}),
    ],
)
def test_what_a_server_does_about_a_failed_app(run: AppRun, stage: str, expected: dict[str, Any]) -> None:
    todo = plan_failed_app(run, Failure("b", stage, "a task", "no luck"))
    assert {name: getattr(todo, name) for name in expected} == expected
    assert todo.reason == f"{stage} on b: no luck"
