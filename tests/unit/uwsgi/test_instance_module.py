# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules as Ansible runs them, and a long life of one instance in arbitrary order."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from uwsgi_world import COLLECTIONS, UWSGI, Visitors, World, visit


def main(name: str, options: dict[str, Any], check: bool = False, umask: int = 0o022) -> dict[str, Any]:
    """The module's main() in a process of its own, with arguments the way Ansible hands them over."""
    arguments = {**options, "_ansible_check_mode": check, "_ansible_diff": True}
    code = (
        "import json, sys\n"
        f"sys.path.insert(0, {str(COLLECTIONS)!r})\n"
        "from ansible.module_utils import basic\n"
        "basic._ANSIBLE_ARGS = json.dumps({'ANSIBLE_MODULE_ARGS': json.load(sys.stdin)}).encode()\n"
        "basic._ANSIBLE_PROFILE = 'legacy'\n"
        f"from ansible_collections.masonite.deploy.plugins.modules.{name} import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(arguments).encode(),
        capture_output=True,
        check=False,
        umask=umask,
    )
    assert done.stdout, done.stderr.decode()
    result: dict[str, Any] = json.loads(done.stdout)
    return result


@pytest.mark.parametrize("umask", [0o077, 0o027])
def test_a_strict_umask_of_sudo_closes_nothing_to_the_app(world: World, umask: int) -> None:
    config = world.base / "etc/uwsgi-instances/blog"
    options = {**world.options(version="v1"), "config_dir": str(config)}
    started = main("uwsgi_instance", options, umask=umask)
    assert "failed" not in started
    places = (config, config.parent, config.parent.parent)
    assert [path.stat().st_mode & 0o777 for path in places] == [0o711, 0o755, 0o755]
    # As a version before this one left it.
    config.parent.chmod(0o700)
    main("uwsgi_instance", {**options, "processes": 1}, umask=umask)
    assert config.parent.stat().st_mode & 0o777 == 0o711
    assert not main("uwsgi_instance", {**options, "processes": 1}, umask=umask)["changed"]
    assert main("uwsgi_instance", {**options, "state": "absent"})["changed"]


def test_main_from_start_to_end(world: World) -> None:
    options = world.options(version="v1")
    assert main("uwsgi_instance", options, check=True)["changed"]
    started = main("uwsgi_instance", options)
    assert started["changed"]
    assert "failed" not in started
    assert set(started["instance"]) == {
        "id", "pid", "socket", "published", "pidfile", "chdir", "virtualenv", "processes", "service",
        "started_at",
    }  # fmt: skip
    assert set(started["timings"]) == {"start", "health", "switch", "verify", "drain", "quit", "total"}
    assert not main("uwsgi_instance", options)["changed"]
    info = main(
        "uwsgi_instance_info", {"name": "blog", "socket": world.socket, "config_dir": str(world.config)}
    )
    assert info["instance"]["pid"] == started["instance"]["pid"]
    broken = main("uwsgi_instance", world.options(chdir=world.app("v2", source="import nothing_here\n")))
    assert broken["failed"]
    assert broken["rc"] == 22
    assert (broken["stage"], broken["reason"], broken["options"]) == ("start", "not_started", [])
    assert "nothing_here" in broken["msg"]
    assert broken["serving"].startswith("instance ")
    assert broken["log"]
    refused = main("uwsgi_instance_info", {"name": "blog", "socket": "blog.sock"})
    assert (refused["stage"], refused["reason"], refused["options"]) == (
        "configure",
        "invalid_option",
        ["socket"],
    )
    assert main("uwsgi_instance", world.options(state="absent"))["changed"]
    assert world.processes() == []


def test_main_refuses_an_unknown_state(world: World) -> None:
    assert "value of state must be one of" in main("uwsgi_instance", world.options(state="paused"))["msg"]


@pytest.mark.skipif(not shutil.which("ansible", path=str(UWSGI.parent)), reason="needs ansible")
def test_through_ansible_itself(world: World) -> None:
    done = subprocess.run(
        [
            *(str(UWSGI.parent / "ansible"), "localhost", "--module-name", "masonite.deploy.uwsgi_instance"),
            *("--args", json.dumps(world.options(version="v1"))),
            *("--extra-vars", json.dumps({"ansible_python_interpreter": sys.executable})),
        ],
        env={
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_LOAD_CALLBACK_PLUGINS": "1",
            "ANSIBLE_STDOUT_CALLBACK": "minimal",
            "ANSIBLE_HOME": str(world.base / "ansible"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert "CHANGED" in done.stdout, done.stdout + done.stderr
    assert world.serves() == "v1"
    world.assert_one_instance()


def test_an_ordinary_user_has_a_place_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.path_options import (
        default_config_dir,
    )

    monkeypatch.setattr(os, "geteuid", lambda: 1234)
    monkeypatch.setenv("HOME", "/home/somebody")
    assert default_config_dir("blog") == "/home/somebody/.config/uwsgi-instances/blog"


# uwsgi_instance_info


def test_info_of_a_live_instance(world: World) -> None:
    world.run(version="v1", processes=2)
    for _number in range(3):
        world.visit()
    info = world.info()
    instance = info["instance"]
    assert info["socket"]["state"] == "live"
    assert info["pidfile"]["state"] == "live"
    assert info["leftovers"] == []
    assert instance["running"]
    assert instance["requests"] >= 4
    assert len(instance["workers"]) == 2
    assert instance["memory_pss_mb"] > 1
    assert instance["listen_queue"] == 0
    assert instance["chdir"].endswith("v1")
    assert 0 <= instance["uptime"] < 60
    assert all(worker["status"] for worker in instance["workers"])


def test_info_where_nothing_is(world: World) -> None:
    info = world.info()
    assert info["instance"] is None
    assert info["socket"]["state"] == "missing"
    assert info["pidfile"]["state"] == "missing"


def test_info_changes_nothing(world: World) -> None:
    world.run(version="v1")
    before = sorted(str(path) for path in world.base.rglob("*"))
    world.info()
    assert sorted(str(path) for path in world.base.rglob("*")) == before


def test_info_of_what_somebody_else_started(world: World) -> None:
    old = world.by_hand()
    info = world.info()
    assert info["socket"]["state"] == "foreign"
    assert info["pidfile"]["state"] == "live"
    assert info["instance"]["pid"] == old.pid
    assert info["instance"]["id"] is None


@pytest.mark.parametrize(
    ("content", "state"), [("", "junk"), ("x", "junk"), ("99999\n", "stale"), ("1\n", "junk")]
)
def test_info_of_pidfiles(world: World, content: str, state: str) -> None:
    world.run(version="v1")
    os.unlink(world.pidfile)
    Path(world.pidfile).write_text(content)
    assert world.info()["pidfile"]["state"] == state


def test_info_of_a_dead_instance(world: World) -> None:
    result = world.run(version="v1")
    for pid in world.processes():
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.05)
    info = world.info()
    assert info["socket"]["state"] == "dead"
    assert not info["instance"]["running"]
    assert info["instance"]["id"] == result["instance"]["id"]


# Anything in any order


class Life(RuleBasedStateMachine):
    """Whatever happens in whatever order, the model knows what a visitor sees, and a run repairs the rest."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.serving: str | None = None
        self.bystander = self.world.innocent()

    @initialize(by_hand=st.booleans())
    def begin(self, by_hand: bool) -> None:
        if by_hand:
            self.world.by_hand()
            self.serving = "hand"

    @rule(
        version=st.sampled_from(["v1", "v2"]),
        state=st.sampled_from(["started", "started", "reloaded", "restarted"]),
    )
    def bring(self, version: str, state: str) -> None:
        seamless = self.serving is not None and state != "restarted"
        if seamless:
            with Visitors(self.world.socket, threads=2) as visitors:
                self.world.run(version=version, state=state)
            visitors.assert_unharmed()
        else:
            self.world.run(version=version, state=state)
        self.serving = version
        self.world.assert_one_instance()
        assert not self.world.run(version=version)["changed"]

    @rule(state=st.sampled_from(["stopped", "absent"]))
    def end(self, state: str) -> None:
        self.world.run(state=state)
        self.serving = None
        assert self.world.processes() == []
        assert not self.world.run(state=state)["changed"]

    @rule()
    def break_it(self) -> None:
        self.world.fails(chdir=self.world.app("broken", source="import nothing_here\n"))

    @rule(
        step=st.sampled_from(["start", "started", "health", "switch", "switched", "drain", "quit", "finish"])
    )
    def be_killed(self, step: str) -> None:
        process = self.world.run_apart(step, version="v3")
        if process.wait(30) == 0 or step in ("switched", "drain", "quit", "finish"):
            self.serving = "v3"

    @precondition(lambda self: self.serving not in (None, "hand"))
    @rule()
    def crash(self) -> None:
        for pid in self.world.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.serving = None

    @rule(junk=st.sampled_from(["", "junk", "0", "{pid}"]))
    def spoil_the_pidfile(self, junk: str) -> None:
        if self.serving != "hand":
            Path(self.world.pidfile).unlink(missing_ok=True)
            Path(self.world.pidfile).write_text(junk.format(pid=self.bystander.pid))

    @invariant()
    def visitors_see_what_they_should(self) -> None:
        assert self.bystander.poll() is None
        if self.serving is None:
            with pytest.raises(OSError, match=r"."):
                visit(self.world.socket)
        else:
            assert self.world.serves() == self.serving

    def teardown(self) -> None:
        self.world.destroy()


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=5, stateful_step_count=7, deadline=None)
