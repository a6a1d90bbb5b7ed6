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
from ansible_collections.masonite.deploy.plugins.module_utils._run.lost_servers import find_lost_stages
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
WAITS = AppRun(started=1.0, awaits_revision=True, app_key="k")


def failed(stage: str, server: str = "a") -> AppRun:
    return replace(PREPARED, failure=Failure(server, stage, "a task", "no luck"))


@dataclass
class Case:
    """The record of one app on each server, and the servers that each step is for."""

    runs: dict[str, AppRun | None]
    share_revision: str = ""
    share_app_key: str = ""
    complete: str = ""
    migrate: str = ""
    activate: str = ""
    failed: str = ""
    gone: str = ""
    unmigrated: str = ""
    elsewhere: str = ""
    check_mode: bool = False
    activates: bool = False


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
    "a new server": Case({"a": NOTHING_TO_DO, "b": WAITS}, share_revision="b", activate="ab"),
    "a new server alone in the run": Case({"b": WAITS}, elsewhere="a", share_revision="b", activate="b"),
    "a new server, whose keys are known when it has a release": Case(
        {"b": replace(WAITS, app_key="")}, elsewhere="a", share_revision="b", activate="b"
    ),
    "a key that has to be the one of servers elsewhere": Case(
        {"b": NO_KEY}, elsewhere="a", share_app_key="b", activate="b"
    ),
    "migrations that were not applied": Case({"a": MIGRATES}, unmigrated="a", activates=True),
    "migrations that were not applied on one of two": Case(
        {"a": replace(FIRST, migrated=True), "b": FIRST}, unmigrated="ab", activates=True
    ),
    "migrations that were applied": Case(
        {"a": replace(FIRST, migrated=True)}, migrate="a", activate="a", activates=True
    ),
    "one database for all, which was migrated": Case(
        {"a": replace(MIGRATES, migrated=True), "b": MIGRATES}, migrate="a", activate="ab", activates=True
    ),
    "servers that prepared different revisions": Case(
        {"a": PREPARED, "b": replace(PREPARED, release=replace(NEW, revision="3" * 40))}, failed="ab"
    ),
    "servers that keep different revisions": Case(
        {
            "a": replace(NOTHING_TO_DO, same_revision=False),
            "b": replace(NOTHING_TO_DO, same_revision=False, release=replace(GOOD, revision="3" * 40)),
        },
        activate="ab",
    ),
    "half of a roll": Case({"a": LIVE, "b": PREPARED}, activate="b"),
    "all is done": Case({"a": LIVE, "b": LIVE}),
    "the first server has migrated and gone live": Case(
        {"a": replace(MIGRATES, activated=True), "b": MIGRATES}, activate="b"
    ),
}


STEPS = ("share_revision", "share_app_key", "complete", "migrate", "activate", "unmigrated", "failed")


def fleet_of(runs: dict[str, AppRun | None], gone: str = "", app: str = "blog") -> Fleet:
    known = {server: {app: run} for server, run in runs.items() if run is not None}
    return Fleet(tuple(runs), tuple(server for server in runs if server not in gone), known)


@pytest.mark.parametrize("name", CASES)
def test_the_steps_of_each_server(name: str) -> None:
    case = CASES[name]
    fleet = replace(fleet_of(case.runs, case.gone), elsewhere=tuple(case.elsewhere))
    steps = plan_steps(fleet, check_mode=case.check_mode, activates=case.activates)
    found: dict[str, Any] = {
        step: "".join(server for server, todo in steps.items() if "blog" in getattr(todo, step))
        for step in STEPS
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


def test_a_server_is_lost_in_the_stage_that_had_begun() -> None:
    comparisons: list[object] = [{"stage": "prepare", "lost": {}}]
    assert find_lost_stages(["b"], []) == {"b": "prepare"}
    assert find_lost_stages(["b"], comparisons) == {"b": "prepare"}
    assert find_lost_stages(["b"], [*comparisons, {"stage": "migrate", "lost": {"c": "prepare"}}, None]) == {
        "b": "migrate"
    }
    activating = {"stage": "activate", "lost": {"c": "prepare"}}
    assert find_lost_stages(["b", "c"], [*comparisons, activating]) == {"b": "activate", "c": "prepare"}
    fleet = replace(fleet_of({"a": PREPARED, "b": PREPARED, "c": None}, gone="bc"), lost={"b": "activate"})
    found = [(failure.host, failure.stage) for failure in find_failures(fleet, "blog")]
    assert found == [("b", "activate"), ("c", "prepare")]


def test_the_message_of_different_revisions_says_what_to_do() -> None:
    other = replace(GOOD, name="r3", revision="3" * 40)
    fleet = fleet_of({"a": replace(PREPARED, release=GOOD), "b": replace(PREPARED, release=other)})
    (failure,) = find_failures(fleet, "blog")
    assert "a has r2, b has r3" in failure.message
    assert "masonite_app_release" in failure.message


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
