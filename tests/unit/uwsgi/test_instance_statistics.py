# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The statistics come from the application, which may say anything: an impossible figure is unknown."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uwsgi_world import World

from ansible_collections.masonite.deploy.plugins.module_utils._system.process import Process
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.instance import OWN, Instance
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.paths import Paths
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.statistics import (
    parse_workers,
    read_statistics,
    sum_known,
)

ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=8),
        st.just(10**400),
        st.just(-1),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = ["id", "pid", "status", "requests", "exceptions", "avg_rt"]
WORKERS = st.one_of(
    ANYTHING,
    st.lists(st.one_of(ANYTHING, st.dictionaries(st.sampled_from(FIELDS), ANYTHING, max_size=6)), max_size=4),
)


def assert_is_sound(worker: dict[str, Any]) -> None:
    for name in ("id", "pid", "requests", "exceptions"):
        value = worker[name]
        assert value is None or (type(value) is int and 0 <= value < 1 << 63)
    for name in ("average_ms", "memory_mb"):
        assert worker[name] is None or (type(worker[name]) is float and worker[name] >= 0)
    assert worker["status"] is None or worker["status"].isprintable()


@given(st.one_of(ANYTHING, st.fixed_dictionaries({"workers": WORKERS})))
def test_whatever_the_statistics_say_each_figure_is_possible_or_unknown(stats: Any) -> None:
    workers = parse_workers(stats, {os.getpid()})
    for worker in workers or []:
        assert_is_sound(worker)
    json.dumps(workers, allow_nan=False)


@pytest.mark.parametrize(
    "value", ["1", -1, 1.5, float("nan"), float("inf"), True, None, [], {}, 1 << 63, 10**400, "NaN"], ids=repr
)
@pytest.mark.parametrize("name", ["requests", "exceptions", "avg_rt", "id", "pid"])
def test_a_figure_that_is_none_is_unknown(name: str, value: Any) -> None:
    told = {
        "id": 1,
        "pid": os.getpid(),
        "status": "idle",
        "requests": 5,
        "exceptions": 0,
        "avg_rt": 900,
        name: value,
    }
    found = parse_workers({"workers": [told]}, {os.getpid()})
    assert found is not None
    assert found[0][{"avg_rt": "average_ms"}.get(name, name)] is None
    assert sum_known([5, found[0]["requests"]]) == (None if name == "requests" else 10)


def test_sound_figures_are_told() -> None:
    told = {"id": 1, "pid": os.getpid(), "status": "busy", "requests": 5, "exceptions": 1, "avg_rt": 1900}
    found = parse_workers({"workers": [told]}, {os.getpid()})
    assert found is not None
    worker = found[0]
    assert (worker["requests"], worker["exceptions"], worker["average_ms"], worker["status"]) == (
        5,
        1,
        1.9,
        "busy",
    )
    assert worker["memory_mb"] > 1


def test_the_pid_of_a_process_that_is_not_the_instances_is_unknown() -> None:
    found = parse_workers({"workers": [{"id": 1, "pid": 1, "requests": 5}]}, {os.getpid()})
    assert found is not None
    assert (found[0]["pid"], found[0]["memory_mb"]) == (None, None)


@pytest.mark.parametrize("status", ["", "x" * 41, "a\nb", "\x1b[2J", "a b", 5, None, ["idle"]], ids=repr)
def test_a_status_that_is_no_word_is_unknown(status: Any) -> None:
    found = parse_workers({"workers": [{"status": status}]}, set())
    assert found is not None
    assert found[0]["status"] is None


SAYS: dict[str, bytes] = {
    "nothing": b"",
    "junk": b"\xff\x00{",
    "a list": b"[]",
    "a number": b"1",
    "nested too deep": b"[" * 200_000,
    "a number of 10,000 digits": b'{"workers": [{"pid": ' + b"9" * 10_000 + b"}]}",
    "too much": b'{"workers": "' + b"x" * (5 << 20),
}


def tell(folder: Path, says: bytes, pause: float = 0) -> tuple[Any, float]:
    """What the module reads of a statistics socket that says this, and how long it takes."""
    (folder / "run").mkdir()
    paths = Paths(
        "blog", str(folder / "s"), str(folder / "p"), None, str(folder / "run"), str(folder / "etc")
    )
    files = paths.files("0123456789")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(files.stats)
        server.listen(5)

        def serve() -> None:
            taken, _address = server.accept()
            with taken:
                try:
                    for start in range(0, len(says), 1 if pause else 1 << 16):
                        taken.sendall(says[start : start + (1 if pause else 1 << 16)])
                        time.sleep(pause)
                except OSError:
                    pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        begun = time.monotonic()
        found = read_statistics(
            Instance(OWN, files.socket, "0123456789", files, process=Process.find(os.getpid()))
        )
        seconds = time.monotonic() - begun
        thread.join(10)
    return found, seconds


@pytest.mark.parametrize("what", SAYS)
def test_statistics_that_are_none_are_unknown(tmp_path: Path, what: str) -> None:
    found, seconds = tell(tmp_path, SAYS[what])
    assert parse_workers(found, set()) in (None, [])
    assert seconds < 3


def test_statistics_that_trickle_end_in_time(tmp_path: Path) -> None:
    found, seconds = tell(tmp_path, b'{"workers": []}' + b" " * 20, pause=0.2)
    assert found is None
    assert seconds < 2.5


def test_info_survives_an_app_that_serves_its_own_statistics(world: World) -> None:
    """The application takes the statistics socket over and answers what it wants."""
    source = """
        import json, os, socket, threading
        def lie(path):
            os.unlink(path)
            server = socket.socket(socket.AF_UNIX)
            server.bind(path); server.listen(5)
            while True:
                taken, _ = server.accept()
                taken.sendall(b'{"workers": [{"pid": "x", "requests": NaN}]}')
                taken.close()
        def application(env, start):
            folder = env["HTTP_X_FOLDER"] if "HTTP_X_FOLDER" in env else ""
            for name in os.listdir(folder) if folder else []:
                if name.endswith(".stats"):
                    threading.Thread(target=lie, args=(folder + "/" + name,), daemon=True).start()
            start("200 OK", [])
            return [b"v1"]
    """
    world.run(
        chdir=world.app("v1", source=source), health_check={"headers": {"X-Folder": str(world.runtime)}}
    )
    time.sleep(0.2)
    info = world.info()
    assert info["socket"]["state"] == "live"
    assert info["instance"]["requests"] is None
