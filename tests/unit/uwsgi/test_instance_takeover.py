# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What others have started: the book's uWSGI is taken over, everything else is left alone."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uwsgi_world import Reply, Visitors, World

from ansible_collections.masonite.deploy.plugins.module_utils._system.process import wait_until_gone
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi import stop_instance

BY_HAND = {
    "as in the book": [],
    "with a master": ["--master"],
    "with several processes and no master": ["--processes", "3"],
    "with vacuum": ["--vacuum"],
    "with master and vacuum": ["--master", "--vacuum", "--processes", "2"],
    "with a fifo": ["--master", "--master-fifo", "{base}/hand.fifo"],
}


@pytest.mark.parametrize("how", BY_HAND)
def test_an_instance_started_by_hand_is_taken_over(world: World, how: str) -> None:
    old = world.by_hand(*[word.format(base=world.base) for word in BY_HAND[how]])
    with Visitors(world.socket, threads=1) as visitors:
        result = world.run(version="v1")
    visitors.assert_unharmed()
    assert visitors.versions() == ["hand", "v1"]
    assert not old.alive
    assert result["previous"]["id"] is None
    assert result["previous"]["pid"] == old.pid
    assert any(f"took over from uWSGI process {old.pid}" in note for note in result["warnings"])
    assert any("0 queued and 0 running requests were lost" in note for note in result["warnings"])
    assert stat.S_ISLNK(os.lstat(world.socket).st_mode)
    assert stat.S_ISLNK(os.lstat(world.pidfile).st_mode)
    assert not world.run(version="v1")["changed"]
    world.assert_one_instance()


def test_a_takeover_answers_what_was_asked_before(world: World) -> None:
    world.by_hand()
    with ThreadPoolExecutor() as pool:
        asked = [pool.submit(world.visit, "/sleep/0.4") for _number in range(4)]
        time.sleep(0.3)
        result = world.run(version="v1")
        assert [reply.result() for reply in asked] == [Reply(200, "hand")] * 4
    assert result["lost"] == {"queued": 0, "in_flight": 0}


@pytest.mark.parametrize("seconds", [0.0, 0.5], ids=["seen", "gone before it is seen"])
def test_a_takeover_that_costs_something_says_so(
    world: World, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        stop_instance, "wait_until_gone", lambda members, limit: wait_until_gone(members, max(seconds, limit))
    )
    world.by_hand()
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(world.visit, "/sleep/15")
        time.sleep(0.3)
        result = world.run(version="v1", stop_timeout=1)
        assert asked.exception()
    assert result["lost"] == {"queued": 0, "in_flight": 1}
    assert any("1 running requests" in note for note in result["warnings"])


def test_a_broken_version_does_not_take_over(world: World) -> None:
    old = world.by_hand()
    error = world.fails(chdir=world.app("v1", source="import nothing_here\n"))
    assert f"the uWSGI process {old.pid}" in error.message
    assert old.alive
    assert world.serves() == "hand"
    assert stat.S_ISSOCK(os.lstat(world.socket).st_mode)
    assert Path(world.pidfile).read_text().strip() == str(old.pid)


def test_a_takeover_goes_back_if_visitors_see_it_fail(world: World) -> None:
    old = world.by_hand()
    world.fails(version="v1", verify={"url": "http://127.0.0.1:9/", "timeout": 1})
    assert old.alive
    assert world.serves() == "hand"
    assert stat.S_ISSOCK(os.lstat(world.socket).st_mode)
    assert Path(world.pidfile).read_text().strip() == str(old.pid)
    assert [name for name in os.listdir(world.base / "sockets") if name.startswith(".")] == []


@pytest.mark.parametrize("step", ["start", "health", "switch", "switched", "drain", "quit", "finish"])
def test_a_takeover_that_was_killed_is_finished(world: World, step: str) -> None:
    old = world.by_hand()
    world.killed_at(step, version="v1")
    assert world.serves() in ("hand", "v1")
    world.run(version="v1")
    assert not old.alive
    assert world.serves() == "v1"
    world.assert_one_instance()


@pytest.mark.parametrize("state", ["stopped", "absent"])
def test_an_instance_started_by_hand_is_ended(world: World, state: str) -> None:
    old = world.by_hand()
    result = world.run(state=state)
    assert result["changed"]
    assert not old.alive
    assert not os.path.lexists(world.socket)
    assert not os.path.lexists(world.pidfile)
    assert not world.run(state=state)["changed"]


def test_a_dead_socket_and_a_stale_pidfile_are_replaced(world: World) -> None:
    old = world.by_hand()
    os.kill(old.pid, signal.SIGKILL)
    time.sleep(0.1)
    assert stat.S_ISSOCK(os.lstat(world.socket).st_mode)
    result = world.run(version="v1")
    assert result["strategy"] == "start"
    assert world.serves() == "v1"
    world.assert_one_instance()


def test_taking_over_from_a_supervised_instance_and_back(world: World) -> None:
    """Only the listening process counts, whatever the pidfile says."""
    bystander = world.innocent()
    old = world.by_hand()
    Path(world.pidfile).write_text(f"{bystander.pid}\n")
    world.run(version="v1")
    assert bystander.poll() is None
    assert not old.alive
    world.assert_one_instance()


@pytest.mark.parametrize("state", ["started", "stopped", "absent", "restarted"])
def test_a_program_that_is_no_uwsgi_is_left_alone(world: World, state: str) -> None:
    code = (
        "import socket, sys, time\n"
        "s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(5); time.sleep(600)"
    )
    other = subprocess.Popen([sys.executable, "-c", code, world.socket])
    world.started.append(other)
    while not os.path.exists(world.socket):
        time.sleep(0.01)
    time.sleep(0.05)
    error = world.fails(version="v1", state=state)
    assert f"process {other.pid}" in error.message
    assert "not uWSGI" in error.message
    assert other.poll() is None
    assert stat.S_ISSOCK(os.lstat(world.socket).st_mode)


def test_a_private_socket_that_somebody_serves_is_not_stolen(world: World) -> None:
    first = world.run(version="v1")
    world.run(state="absent")
    world.runtime.mkdir()
    path = first["instance"]["socket"]
    with socket.socket(socket.AF_UNIX) as squatter:
        squatter.bind(path)
        squatter.listen(5)
        error = world.fails(version="v1")
        assert "already served" in error.message
        assert stat.S_ISSOCK(os.lstat(path).st_mode)


# Pidfiles


@pytest.mark.parametrize(
    "content", ["", "junk\n", "0\n", "-1\n", "1\n", "{foreign}\n", "99999999999\n", "12 34\n"]
)
@pytest.mark.parametrize("where", ["public", "private"])
@pytest.mark.parametrize("state", ["started", "restarted", "absent"])
def test_no_pidfile_is_ever_trusted(world: World, content: str, where: str, state: str) -> None:
    foreign = world.innocent()
    first = world.run(version="v1")
    text = content.format(foreign=foreign.pid)
    if where == "public":
        os.unlink(world.pidfile)
        Path(world.pidfile).write_text(text)
    else:
        Path(first["instance"]["pidfile"]).write_text(text)
    world.run(version="v2", state=state)
    assert foreign.poll() is None
    if state == "absent":
        assert world.processes() == []
        assert not os.path.lexists(world.pidfile)
    else:
        assert world.serves() == "v2"
        world.assert_one_instance()


@settings(max_examples=10)
@given(data=st.data())
def test_junk_in_every_file_harms_nobody(data: st.DataObject) -> None:
    """Records, configurations, pidfiles and links of arbitrary content: the next run serves all the same."""
    world = World()
    try:
        first = world.run(version="v1")
        foreign = world.innocent()
        instance = first["instance"]["id"]
        junk = st.one_of(
            st.binary(max_size=60),
            st.just(str(foreign.pid).encode()),
            st.just(b'{"id": "x"}'),
            st.just(b"[" * 2000),
            st.just(b'{"id": "%s", "state": "live", "manager": "none"}' % instance.encode()),
        )
        places = [
            world.config / f"{instance}.json",
            world.config / f"{instance}.ini",
            world.config / "0123456789.json",
            world.config / "0123456789.ini",
            world.config / "junk",
            world.runtime / f"{instance}.pid",
            world.runtime / "0123456789.sock",
            Path(world.pidfile),
        ]
        for place in data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=4, unique=True)):
            if place.is_symlink():
                place.unlink()
            place.write_bytes(data.draw(junk))
        if data.draw(st.booleans()):
            os.kill(first["instance"]["pid"], signal.SIGKILL)
        version = data.draw(st.sampled_from(["v1", "v2"]))
        world.run(version=version)
        assert world.serves() == version
        assert foreign.poll() is None
        assert len(world.masters()) == 1
        (world.config / "junk").unlink(missing_ok=True)
        world.assert_one_instance()
        assert not world.run(version=version)["changed"]
    finally:
        world.destroy()


LINKS: dict[str, Any] = {
    "to nowhere": "/nowhere/at/all.sock",
    "to an unknown instance": "blog/0123456789.sock",
    "to itself": "blog.sock",
    "to a directory": "/etc",
    "to a file": "/etc/passwd",
}


@pytest.mark.parametrize("where", LINKS)
def test_a_public_link_that_leads_astray_is_repaired(world: World, where: str) -> None:
    os.symlink(LINKS[where], world.socket)
    world.run(version="v1")
    assert world.serves() == "v1"
    assert Path("/etc/passwd").exists()
    world.assert_one_instance()
