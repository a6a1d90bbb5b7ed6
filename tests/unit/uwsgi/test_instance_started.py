# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`started` means: an instance of exactly this configuration is live and answers."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from uwsgi_world import Visitors, World, visit


def test_a_first_start_serves(world: World) -> None:
    result = world.run(version="v1")
    assert result["changed"]
    assert result["strategy"] == "start"
    assert result["previous"] is None
    assert world.serves() == "v1"
    assert os.readlink(world.root) == result["instance"]["chdir"]
    assert Path(world.pidfile).read_text().strip() == str(result["instance"]["pid"])
    world.assert_one_instance()


def test_a_second_run_changes_nothing_and_is_cheap(world: World) -> None:
    first = world.run(version="v1")
    second = world.run(version="v1")
    assert not second["changed"]
    assert second["instance"] == first["instance"]
    assert second["strategy"] is None
    assert second["diff"]["before"] == second["diff"]["after"]
    assert min(world.run(version="v1")["timings"]["total"] for _turn in range(4)) < 0.2


def test_links_are_relative_below_their_directory(world: World) -> None:
    result = world.run(version="v1")
    assert os.readlink(world.socket) == world.entrance(result["instance"]["id"])
    assert os.readlink(world.pidfile) == f"blog/{result['instance']['id']}.pid"


PACKAGE = """
import os

def create_app():
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [os.path.basename(os.getcwd()).encode()]

    return application
"""


def test_an_app_in_a_sub_directory_works_there_and_the_root_is_the_whole_checkout(world: World) -> None:
    chdir = world.app("v1", source="raise SystemExit('not this one')")
    package = Path(chdir, "backend", "shop")
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(PACKAGE)
    result = world.run(chdir=chdir, directory="backend/", module="shop:create_app()")
    assert world.serves() == "backend"
    assert os.readlink(world.root) == result["instance"]["chdir"] == chdir


@pytest.mark.parametrize("directory", ["/etc", "../other", "a/../b", "missing"])
def test_a_directory_outside_of_the_app_or_missing_is_refused(world: World, directory: str) -> None:
    error = world.fails(version="v1", directory=directory)
    assert (error.options, directory in error.message) == (["directory"], True)


def test_nothing_is_open_to_everybody(world: World) -> None:
    world.run(version="v1")
    for folder, folders, names in os.walk(world.base):
        for name in folders + names:
            mode = os.lstat(os.path.join(folder, name)).st_mode
            assert stat.S_ISLNK(mode) or not mode & stat.S_IWOTH, name
    socket = os.path.realpath(world.socket)
    assert stat.S_IMODE(os.stat(socket).st_mode) == 0o660
    assert stat.S_IMODE(os.stat(world.runtime).st_mode) == 0o2750


CHANGES: list[dict[str, Any]] = [
    {"version": "v2"},
    {"version": "v1", "processes": 2},
    {"version": "v1", "threads": 2},
    {"version": "v1", "environment": {"COLOUR": "blue"}},
    {"version": "v1", "options": {"harakiri": 30}},
    {"version": "v1", "options": {"buffer_size": 8192}},
    {"version": "v1", "umask": "0077"},
    {"version": "v1", "module": "wsgi"},
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: "-".join(map(str, change)))
def test_any_change_is_another_instance(world: World, change: dict[str, Any]) -> None:
    first = world.run(version="v1")
    if change.get("module") == "wsgi":
        # uWSGI looks for a callable named application by itself.
        change = {**change, "options": {"callable": "application"}}
    second = world.run(**change)
    assert second["changed"]
    assert second["strategy"] == "handover"
    assert second["previous"]["id"] == first["instance"]["id"]
    assert second["instance"]["id"] != first["instance"]["id"]
    assert world.serves() == change["version"]
    assert not world.run(**change)["changed"]
    world.assert_one_instance()


def test_a_watched_file_is_part_of_the_instance(world: World) -> None:
    settings = world.base / ".env"
    settings.write_text("A=1\n")
    world.run(version="v1", watch=[str(settings)])
    assert not world.run(version="v1", watch=[str(settings)])["changed"]
    os.utime(settings, (1, 1))
    assert not world.run(version="v1", watch=[str(settings)])["changed"]
    settings.write_text("A=2\n")
    result = world.run(version="v1", watch=[str(settings)])
    assert result["changed"]
    assert f"# watched {settings}" in result["diff"]["after"]
    assert "A=2" not in result["diff"]["after"]


def test_time_outs_and_checks_are_not_part_of_the_instance(world: World) -> None:
    world.run(version="v1")
    result = world.run(version="v1", drain_timeout=3, stop_timeout=4, health_check={"path": "/other"})
    assert not result["changed"]


def test_the_environment_reaches_the_app_as_it_is(world: World) -> None:
    value = "50% of $HOME @(x) 'quoted' \"twice\" \\n"
    source = """
        import os
        def application(env, start):
            start("200 OK", [])
            return [os.environ["TRICKY"].encode().hex().encode()]
    """
    world.run(chdir=world.app("v1", source=source), environment={"TRICKY": value})
    assert bytes.fromhex(world.serves()).decode() == value


def test_the_app_sees_nothing_of_the_modules_own_environment(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_OPERATOR", "1")
    source = """
        import os
        def application(env, start):
            start("200 OK", [])
            return [("leaked" if "SECRET_OF_THE_OPERATOR" in os.environ else "clean").encode()]
    """
    world.run(chdir=world.app("v1", source=source))
    assert world.serves() == "clean"


def test_a_dead_instance_is_started_again_under_its_id(world: World) -> None:
    first = world.run(version="v1")
    for pid in world.processes():
        os.kill(pid, signal.SIGKILL)
    result = world.run(version="v1")
    assert result["changed"]
    assert result["instance"]["id"] == first["instance"]["id"]
    assert world.serves() == "v1"
    world.assert_one_instance()


def test_a_request_that_outlives_its_killed_master_is_answered(world: World) -> None:
    first = world.run(version="v1")
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(world.visit, "/sleep/1.5")
        time.sleep(0.3)
        os.kill(first["instance"]["pid"], signal.SIGKILL)
        assert world.info()["socket"]["state"] == "orphaned"
        result = world.run(version="v1")
        assert result["changed"]
        assert world.serves() == "v1"
        assert slow.result().status == 200
    world.assert_one_instance()


def test_a_hung_instance_is_replaced(world: World) -> None:
    flag = world.shared / "hang"
    # What hangs is the instance that runs; one that is started later takes the flag away before it serves.
    chdir = world.app(
        "v1",
        at_import=f"os.path.exists({str(flag)!r}) and os.unlink({str(flag)!r})",
        in_request=f"time.sleep(60 if os.path.exists({str(flag)!r}) else 0)",
    )
    world.run(chdir=chdir)
    flag.write_text("")
    result = world.run(chdir=chdir, health_check={"timeout": 2}, stop_timeout=1, drain_timeout=1)
    assert result["changed"]
    assert not flag.exists()
    assert world.serves() == "v1"
    world.assert_one_instance()


def test_hundreds_may_wait_for_a_busy_worker(world: World) -> None:
    """As NGINX connects: without waiting, so that a full queue is a 502."""
    if int(Path("/proc/sys/net/core/somaxconn").read_text()) < 300:
        pytest.skip("the kernel allows fewer than 300 in a queue (net.core.somaxconn)")
    world.run(version="v1")
    with ThreadPoolExecutor() as pool, contextlib.ExitStack() as stack:
        busy = pool.submit(visit, world.socket, "/sleep/1")
        time.sleep(0.2)
        for _ in range(250):
            client = stack.enter_context(socket.socket(socket.AF_UNIX))
            client.setblocking(False)
            client.connect(world.socket)
        assert busy.result().status == 200
    assert world.serves() == "v1"


FAILURES = {
    "answers 500": 'if broken: start("500 Oops", []); return [b"oops"]',
    "fails on": "assert not broken",
}


@pytest.mark.parametrize("told", FAILURES)
def test_a_live_instance_that_answers_badly_is_left_alone_with_a_warning(world: World, told: str) -> None:
    flag = world.base / "fail"
    source = f"""
        import os
        def application(env, start):
            broken = os.path.exists({str(flag)!r})
            {FAILURES[told]}
            start("200 OK", [])
            return [b"v1"]
    """
    chdir = world.app("v1", source=source)
    world.run(chdir=chdir)
    flag.write_text("")
    result = world.run(chdir=chdir)
    assert not result["changed"]
    assert any(told in note for note in result["warnings"])


@pytest.mark.parametrize(
    "damage", ["socket link", "pidfile link", "root link", "record", "ini", "pidfile as file"]
)
def test_damage_is_repaired_while_it_serves(world: World, damage: str) -> None:
    first = world.run(version="v1")
    instance = first["instance"]["id"]
    victims: dict[str, str | Path] = {
        "socket link": world.socket,
        "pidfile link": world.pidfile,
        "root link": world.root,
        "record": world.config / f"{instance}.json",
        "ini": world.config / f"{instance}.ini",
        "pidfile as file": world.pidfile,
    }
    os.unlink(victims[damage])
    if damage == "pidfile as file":
        Path(world.pidfile).write_text("1\n")
    result = world.run(version="v1")
    assert result["changed"]
    assert world.serves() == "v1"
    assert not world.run(version="v1")["changed"]
    world.assert_one_instance()


def test_check_mode_tells_and_does_nothing(world: World) -> None:
    before = sorted(os.listdir(world.base / "sockets"))
    result = world.run(check=True, version="v1")
    assert result["changed"]
    assert sorted(os.listdir(world.base / "sockets")) == before
    assert not world.config.exists()
    real = world.run(version="v1")
    assert real["instance"]["id"] == result["instance"]["id"]
    assert not world.run(check=True, version="v1")["changed"]
    foretold = world.run(check=True, version="v2")
    assert foretold["changed"]
    assert foretold["strategy"] == "handover"
    assert world.serves() == "v1"
    world.assert_one_instance()


def test_check_mode_on_a_fresh_server_needs_nothing_to_exist(world: World) -> None:
    result = world.run(check=True, chdir="/nowhere/app", virtualenv="/nowhere/venv", binary=None)
    assert result["changed"]
    assert result["instance"]["pid"] is None


def test_the_diff_shows_what_changes(world: World) -> None:
    world.run(version="v1")
    diff = world.run(check=True, version="v1", processes=3)["diff"]
    assert "processes = 1" in diff["before"]
    assert "processes = 3" in diff["after"]


def test_two_names_side_by_side(world: World) -> None:
    world.run(version="v1")
    other: dict[str, Any] = {
        "name": "shop",
        "socket": str(world.base / "sockets" / "shop.sock"),
        "root": None,
        "config_dir": str(world.base / "etc" / "shop"),
    }
    world.run(version="v2", **other)
    assert world.serves() == "v1"
    world.run(state="absent", **other)
    assert world.serves() == "v1"
    world.assert_one_instance()


@pytest.mark.parametrize("state", ["stopped", "absent"])
def test_ending_is_graceful_and_idempotent(world: World, state: str) -> None:
    world.run(version="v1")
    assert world.run(check=True, state=state)["changed"]
    assert world.serves() == "v1"
    assert world.run(state=state)["changed"]
    assert world.processes() == []
    assert not os.path.lexists(world.socket)
    again = world.run(state=state)
    assert not again["changed"]
    assert not world.run(check=True, state=state)["changed"]


def test_absent_leaves_nothing(world: World) -> None:
    before = sorted(os.listdir(world.base / "sockets"))
    world.run(version="v1")
    world.run(version="v2")
    world.run(state="absent")
    assert sorted(os.listdir(world.base / "sockets")) == before
    assert os.listdir(world.base / "etc") == []


def test_absent_where_nothing_ever_was(world: World) -> None:
    assert not world.run(state="absent")["changed"]
    assert not world.config.exists()


def test_stopped_and_started_again(world: World) -> None:
    world.run(version="v1")
    world.run(state="stopped")
    assert os.path.lexists(world.root), "static files stay reachable"
    assert world.info()["leftovers"] == []
    result = world.run(version="v1")
    assert result["changed"]
    assert result["strategy"] == "start"
    assert world.serves() == "v1"
    world.assert_one_instance()


def test_reloaded_is_a_fresh_instance_of_the_same_configuration(world: World) -> None:
    first = world.run(version="v1")
    with Visitors(world.socket) as visitors:
        second = world.run(version="v1", state="reloaded")
        third = world.run(version="v1", state="reloaded")
    visitors.assert_unharmed()
    assert second["strategy"] == "handover"
    assert second["instance"]["id"] == first["instance"]["id"] + "r2"
    assert third["instance"]["id"] == first["instance"]["id"]
    assert len({result["instance"]["pid"] for result in (first, second, third)}) == 3
    assert not world.run(version="v1")["changed"]
    world.assert_one_instance()


def test_restarted_runs_one_at_a_time(world: World) -> None:
    first = world.run(version="v1")
    second = world.run(version="v1", state="restarted")
    assert second["strategy"] == "restart"
    assert second["instance"]["pid"] != first["instance"]["pid"]
    assert world.serves() == "v1"
    world.assert_one_instance()


@pytest.mark.parametrize("state", ["reloaded", "restarted"])
def test_acting_states_start_what_does_not_run(world: World, state: str) -> None:
    result = world.run(version="v1", state=state)
    assert result["changed"]
    assert world.serves() == "v1"
    world.assert_one_instance()


def test_runtime_dir_rights_are_repaired(world: World) -> None:
    world.run(version="v1")
    os.chmod(world.runtime, 0o777)
    assert world.run(version="v1")["changed"]
    assert stat.S_IMODE(os.stat(world.runtime).st_mode) == 0o2750
    assert not world.run(version="v1")["changed"]


def test_a_world_writable_socket_directory_is_warned_about(world: World) -> None:
    os.chmod(world.base / "sockets", 0o777)
    assert any("writable for everybody" in note for note in world.run(version="v1")["warnings"])
