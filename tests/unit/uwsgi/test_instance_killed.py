# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module killed at any step leaves a site that serves, and the next run finishes or cleans up."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import pytest
from uwsgi_world import Visitors, World

STEPS = ["prepare", "discover", "start", "started", "health", "switch", "switched", "drain", "quit", "finish"]
SERVES_OLD = ["prepare", "discover", "start", "started", "health", "switch"]


@pytest.mark.parametrize("step", STEPS)
def test_killed_during_a_handover(world: World, step: str) -> None:
    world.run(version="v1")
    with Visitors(world.socket, threads=2) as visitors:
        world.killed_at(step, version="v2")
        assert world.serves() == ("v1" if step in SERVES_OLD else "v2")
        result = world.run(version="v2")
    visitors.assert_unharmed()
    assert visitors.versions() == ["v1", "v2"]
    assert result["changed"] or step == "finish"
    world.assert_one_instance()
    assert not world.run(version="v2")["changed"]


@pytest.mark.parametrize("step", ["started", "health", "switched", "drain", "quit"])
def test_killed_and_then_something_else_is_wanted(world: World, step: str) -> None:
    world.run(version="v1")
    with Visitors(world.socket, threads=2) as visitors:
        world.killed_at(step, version="v2")
        world.run(version="v3")
    visitors.assert_unharmed()
    assert visitors.last() == "v3"
    world.assert_one_instance()


@pytest.mark.parametrize("step", ["started", "health", "switched", "drain", "quit"])
def test_killed_and_then_the_old_version_is_wanted_again(world: World, step: str) -> None:
    first = world.run(version="v1")
    with Visitors(world.socket, threads=2) as visitors:
        world.killed_at(step, version="v2")
        world.run(version="v1")
    visitors.assert_unharmed()
    assert visitors.last() == "v1"
    assert world.info()["instance"]["id"] == first["instance"]["id"]
    world.assert_one_instance()


@pytest.mark.parametrize("step", ["start", "started", "health", "switch", "switched", "finish"])
def test_killed_during_a_first_start(world: World, step: str) -> None:
    world.killed_at(step, version="v1")
    world.run(version="v1")
    assert world.serves() == "v1"
    world.assert_one_instance()


@pytest.mark.parametrize(
    "step", ["stop_previous", "drain", "quit", "start", "started", "switch", "switched", "finish"]
)
def test_killed_during_a_restart(world: World, step: str) -> None:
    world.run(version="v1")
    world.killed_at(step, version="v2", strategy="restart")
    world.run(version="v2")
    assert world.serves() == "v2"
    world.assert_one_instance()


@pytest.mark.parametrize("step", ["started", "switched", "quit"])
@pytest.mark.parametrize("state", ["stopped", "absent"])
def test_killed_and_then_ended(world: World, step: str, state: str) -> None:
    world.run(version="v1")
    world.killed_at(step, version="v2")
    world.run(state=state)
    assert world.processes() == []
    assert world.private_files() == []
    assert not os.path.lexists(world.socket)
    assert not world.run(state=state)["changed"]


@pytest.mark.parametrize("step", ["discover", "drain", "quit"])
@pytest.mark.parametrize("state", ["stopped", "absent"])
def test_killed_while_ending(world: World, step: str, state: str) -> None:
    world.run(version="v1")
    world.killed_at(step, state=state)
    world.run(state=state)
    assert world.processes() == []
    assert not os.path.lexists(world.socket)
    assert world.config.exists() == (state == "stopped")


def test_an_unproven_switch_is_verified_by_the_next_run(world: World) -> None:
    """Killed after the switch and before the check through the web server: the check still decides."""
    world.run(version="v1")
    world.killed_at("switched", version="v2")
    error = world.fails(version="v2", verify={"url": "http://127.0.0.1:9/", "timeout": 1})
    assert error.stage == "verify"
    assert world.serves() == "v1"
    assert os.readlink(world.root).endswith("v1")
    world.assert_one_instance()
    assert not world.run(version="v1")["changed"]


def test_check_mode_sees_leftovers_and_leaves_them(world: World) -> None:
    world.run(version="v1")
    world.killed_at("started", version="v2")
    assert world.run(check=True, version="v1")["changed"]
    assert len(world.masters()) == 2
    assert [left["state"] for left in world.info()["leftovers"]] == ["candidate"]
    assert world.run(version="v1")["changed"]
    world.assert_one_instance()


def test_the_lock_of_a_killed_run_holds_nobody_up(world: World) -> None:
    world.killed_at("discover", version="v1")
    begun = time.monotonic()
    world.run(version="v1")
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize("moment", [0.05, 0.15, 0.25, 0.4, 0.6])
def test_killed_at_any_moment_by_the_clock(world: World, moment: float) -> None:
    options: dict[str, Any] = {"chdir": world.app("v2", at_import="time.sleep(0.1)")}
    world.run(version="v1")
    with Visitors(world.socket, threads=2) as visitors:
        process = world.run_apart(**options)
        time.sleep(moment)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        world.run(**options)
    visitors.assert_unharmed()
    assert visitors.last() == "v2"
    world.assert_one_instance()
