# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A handover under load: no visitor notices, and what could not be saved is told."""

from __future__ import annotations

import http.server
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from uwsgi_world import Reply, Visitors, World, visit

from ansible_collections.masonite.deploy.plugins.module_utils._system.unix_listener import find_listener


def test_ten_handovers_in_a_row_lose_no_request(world: World) -> None:
    world.run(version="v0")
    with Visitors(world.socket) as visitors:
        for number in range(1, 11):
            result = world.run(version=f"v{number}")
            assert result["lost"] == {"queued": 0, "in_flight": 0}
    visitors.assert_unharmed()
    assert visitors.last() == "v10"
    assert len(visitors.replies) > 100
    world.assert_one_instance()


def test_a_request_in_flight_at_the_switch_is_answered_by_the_old_one(world: World) -> None:
    world.run(version="v1")
    asked: list[Future[Reply]] = []
    with ThreadPoolExecutor() as pool:

        def ask_before_the_switch(stage: str) -> None:
            if stage == "switch":
                asked.append(pool.submit(world.visit, "/sleep/3"))
                time.sleep(0.2)

        result = world.run(version="v2", observe=ask_before_the_switch)
        assert world.serves() == "v2"
        assert [slow.result() for slow in asked] == [Reply(200, "v1")]
    assert result["lost"] == {"queued": 0, "in_flight": 0}
    assert result["timings"]["quit"] > 1
    world.assert_one_instance()


@contextmanager
def saturated(world: World, queued: int, seconds: float) -> Iterator[list[Future[Reply]]]:
    """A single worker busy, and as many requests waiting behind it."""
    private = str(world.runtime / os.path.basename(os.path.realpath(world.socket)))
    with ThreadPoolExecutor(queued + 1) as pool:
        asked = [pool.submit(visit, world.socket, f"/sleep/{seconds}") for _number in range(queued + 1)]
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            listener = find_listener(private)
            if listener and listener.queued >= queued:
                break
            time.sleep(0.01)
        else:
            pytest.fail("the queue never filled")
        yield asked


def run_saturated(
    world: World, queued: int, seconds: float, **given: Any
) -> tuple[list[Future[Reply]], dict[str, Any]]:
    """A handover right before whose switch the old instance has got so many requests."""
    asked: list[Future[Reply]] = []
    with ExitStack() as stack:

        def ask_before_the_switch(stage: str) -> None:
            if stage == "switch":
                asked.extend(stack.enter_context(saturated(world, queued, seconds)))

        return asked, world.run(observe=ask_before_the_switch, **given)


def test_ten_requests_queued_behind_a_single_worker_are_all_answered(world: World) -> None:
    world.run(version="v1")
    asked, result = run_saturated(world, 10, 0.2, version="v2")
    assert [reply.result() for reply in asked] == [Reply(200, "v1")] * 11
    assert result["lost"] == {"queued": 0, "in_flight": 0}
    assert result["timings"]["drain"] > 0.5
    world.assert_one_instance()


def test_what_cannot_be_drained_in_time_is_counted(world: World) -> None:
    world.run(version="v1")
    asked, result = run_saturated(world, 3, 4, version="v2", drain_timeout=0, stop_timeout=1)
    assert result["lost"] == {"queued": 3, "in_flight": 1}
    assert any("3 queued, 1 running" in note for note in result["warnings"])
    assert all(reply.exception() for reply in asked)
    assert world.serves() == "v2"
    world.assert_one_instance()


def test_two_handovers_right_after_each_other(world: World) -> None:
    """A signal within half a second of a start may be lost, and the quit must not hang on it."""
    world.run(version="v1")
    for number in range(2, 6):
        result = world.run(version=f"v{number}")
        assert result["timings"]["quit"] < 2
        assert result["lost"] == {"queued": 0, "in_flight": 0}


def test_a_second_run_waits_for_the_first(world: World) -> None:
    world.run(version="v1")
    with Visitors(world.socket) as visitors:
        slow = world.run_apart(chdir=world.app("v2", at_import="time.sleep(1.5)"))
        deadline = time.monotonic() + 10
        while len(world.masters()) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        result = world.run(version="v3")
        assert slow.wait(20) == 0
    visitors.assert_unharmed()
    assert visitors.versions() == ["v1", "v2", "v3"]
    assert result["previous"]["chdir"].endswith("v2")
    world.assert_one_instance()


def test_many_runs_at_once_of_the_same_thing_start_one_instance(world: World) -> None:
    runs = [world.run_apart(version="v1") for _number in range(4)]
    assert [process.wait(30) for process in runs] == [0, 0, 0, 0]
    told = [process.stdout.read().decode() for process in runs if process.stdout]
    assert sum('"changed": true' in text for text in told) == 1
    world.assert_one_instance()


def test_a_slow_start_within_its_time_is_waited_for(world: World) -> None:
    result = world.run(chdir=world.app("v1", at_import="time.sleep(1)"))
    assert result["timings"]["start"] >= 1
    assert world.serves() == "v1"


def test_not_ready_yet_is_asked_again(world: World) -> None:
    source = """
        requests = []
        def application(env, start):
            requests.append(1)
            start("200 OK" if len(requests) > 3 else "503 Not yet", [])
            return [b"v1"]
    """
    result = world.run(chdir=world.app("v1", source=source))
    assert result["timings"]["health"] > 0.5


def test_several_good_answers_in_a_row(world: World) -> None:
    count = world.shared / "count"
    note = f'open({str(count)!r}, "a").write("x")'
    world.run(chdir=world.app("v1", in_request=note), health_check={"successes": 4})
    assert len(count.read_text()) >= 4


def test_the_health_check_asks_as_told(world: World) -> None:
    source = """
        def application(env, start):
            good = env["PATH_INFO"] == "/up" and env["QUERY_STRING"] == "deep=1"
            good = good and env["HTTP_HOST"] == "shop.example.com" and env["HTTP_X_PROBE"] == "yes"
            start("204 Fine" if good else "404 No", [])
            return [b""]
    """
    check = {
        "path": "/up?deep=1",
        "host": "shop.example.com",
        "headers": {"X-Probe": "yes"},
        "statuses": ["204"],
    }
    assert world.run(chdir=world.app("v1", source=source), health_check=check)["changed"]


# The way back


@contextmanager
def web_server(world: World) -> Iterator[str]:
    """Stands for NGINX: passes on to the public socket, and says which host was asked for."""

    class Proxy(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                reply = visit(world.socket, self.path)
            except OSError:
                reply = Reply(502, "nothing")
            broken = reply.version == "broken" or self.headers["Host"] == "unknown.example.com"
            self.send_response(500 if broken else reply.status)
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


def test_a_verified_switch(world: World) -> None:
    with web_server(world) as url:
        world.run(version="v1", verify={"url": url})
        result = world.run(version="v2", verify={"url": url, "successes": 3})
    assert result["timings"]["verify"] > 0
    assert world.serves() == "v2"
    world.assert_one_instance()


@pytest.mark.parametrize("version", ["broken", "v2"])
def test_a_switch_that_visitors_see_fail_goes_back(world: World, version: str) -> None:
    first = world.run(version="v1")
    host = "localhost" if version == "broken" else "unknown.example.com"
    with web_server(world) as url, Visitors(world.socket) as visitors:
        error = world.fails(version=version, verify={"url": url, "host": host})
    visitors.assert_unharmed()
    assert (error.stage, error.reason) == ("verify", "verify_failed")
    assert error.options == ["verify.url", "verify.statuses"]
    assert "answered 500" in error.message
    assert "not touched" not in error.message
    assert f"Serving now: instance {first['instance']['id']}" in error.message
    assert visitors.last() == "v1"
    assert os.readlink(world.root) == first["instance"]["chdir"]
    world.assert_one_instance()
    assert not world.run(version="v1")["changed"]


def test_a_web_server_that_does_not_answer(world: World) -> None:
    world.run(version="v1")
    error = world.fails(version="v2", verify={"url": "http://127.0.0.1:9/", "timeout": 1})
    assert (error.stage, error.options) == ("verify", ["verify.url"])
    assert world.serves() == "v1"
    world.assert_one_instance()


def test_a_first_start_that_visitors_see_fail_leaves_no_instance(world: World) -> None:
    world.fails(version="v1", verify={"url": "http://127.0.0.1:9/", "timeout": 1})
    assert world.processes() == []
    assert not os.path.lexists(world.socket)


# One at a time


def test_strategy_restart_runs_one_at_a_time(world: World) -> None:
    first = world.run(version="v1")
    seen: list[int] = []
    result = world.run(
        version="v2",
        strategy="restart",
        observe=lambda stage: seen.append(len(world.masters())) if stage == "start" else None,
    )
    assert result["strategy"] == "restart"
    assert result["previous"]["id"] == first["instance"]["id"]
    assert seen == [0]
    assert world.serves() == "v2"
    world.assert_one_instance()


def test_strategy_restart_starts_the_old_one_again_if_the_new_one_fails(world: World) -> None:
    first = world.run(version="v1", environment={"KEPT": "yes"})
    error = world.fails(chdir=world.app("v2", at_import="import nothing_of_that_name"), strategy="restart")
    assert world.serves() == "v1"
    assert first["instance"]["id"] in error.message
    world.assert_one_instance()
    assert not world.run(version="v1", environment={"KEPT": "yes"})["changed"]


def test_strategy_restart_answers_what_was_asked_before(world: World) -> None:
    world.run(version="v1")
    with saturated(world, 4, 0.2) as asked:
        result = world.run(version="v2", strategy="restart")
    assert [reply.result() for reply in asked] == [Reply(200, "v1")] * 5
    assert result["lost"] == {"queued": 0, "in_flight": 0}


@pytest.mark.parametrize(
    ("strategy", "check", "reserve", "expected"),
    [
        ("auto", "warn", 0, "handover"),
        ("auto", "warn", 99, "restart"),
        ("auto", "ignore", 99, "restart"),
        ("handover", "warn", 99, "handover"),
        ("handover", "ignore", 99, "handover"),
        ("restart", "fail", 99, "restart"),
    ],
)
def test_memory_decides_the_strategy(
    world: World, strategy: str, check: str, reserve: int, expected: str
) -> None:
    world.run(version="v1")
    options: dict[str, Any] = {"strategy": strategy, "memory_check": check, "memory_reserve": reserve}
    assert world.run(check=True, version="v2", **options)["strategy"] == expected
    result = world.run(version="v2", **options)
    assert result["strategy"] == expected
    if check != "ignore" and reserve == 99 and strategy != "restart":
        assert any("MB are available" in note for note in result["warnings"])
    if "memory" in result:
        assert result["memory"]["basis"] == "measured on the live instance"
        assert result["memory"]["needed_mb"] > 0


def test_memory_check_fail_refuses_before_anything_happens(world: World) -> None:
    first = world.run(version="v1")
    error = world.fails(version="v2", memory_check="fail", memory_reserve=99)
    assert (error.stage, error.reason) == ("capacity", "no_memory")
    assert error.options == ["strategy", "processes", "memory_check", "memory_reserve"]
    assert "MB" in error.message
    assert first["instance"]["id"] in error.message
    world.assert_one_instance()
