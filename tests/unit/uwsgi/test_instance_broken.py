# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A broken version never reaches a visitor, and the error names the cause."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field
from typing import Any

import pytest
from uwsgi_world import Visitors, World

from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi import public_links, record_store

IMPORT_SELF_KILL = "import os; os.kill(os.getpid(), 9)"


@dataclass
class Case:
    """An app or options that cannot work, what the error has to say, and which options it is about."""

    source: str | None
    stage: str
    says: list[str]
    rc: int | None = None
    options: dict[str, Any] = field(default_factory=dict)
    about: list[str] = field(default_factory=list)


def answering(status: str) -> str:
    return f'def application(env, start):\n    start("{status}", [])\n    return [b"x"]\n'


CASES = {
    "syntax error": Case("def application(:\n", "start", ["did not load", "SyntaxError"], 22),
    "import error": Case(
        "import nothing_here\n", "start", ["did not load", "No module named 'nothing_here'"], 22
    ),
    "error at import": Case(
        "raise RuntimeError('no database')\n", "start", ["RuntimeError: no database"], 22
    ),
    "no callable": Case("app = 1\n", "start", ["did not load"], 22, about=["module"]),
    "missing wsgi.py": Case(None, "start", ["No module named 'wsgi'"], 22, about=["module"]),
    "exit at import": Case("raise SystemExit(3)\n", "start", ["exited with code 3"], 3),
    "killed for memory": Case(IMPORT_SELF_KILL, "start", ["killed by SIGKILL", "memory"], -9),
    "answers 500": Case(
        answering("500 Oops"),
        "health",
        ["answered 500", "200-399"],
        about=["health_check.path", "health_check.statuses"],
    ),
    "answers 404": Case(
        answering("404 No"),
        "health",
        ["answered 404"],
        about=["health_check.path", "health_check.statuses"],
    ),
    "raises in a request": Case(
        "def application(env, start):\n    raise ValueError('in the view')\n",
        "health",
        ["without an answer", "ValueError: in the view"],
    ),
    "hangs in a request": Case(
        "import time\ndef application(env, start):\n    time.sleep(60)\n",
        "health",
        ["did not answer GET /", "health_check.timeout"],
        options={"health_check": {"timeout": 1}},
        about=["health_check.timeout"],
    ),
    "never ready": Case(
        answering("503 Later"),
        "health",
        ["answered 503"],
        options={"health_check": {"timeout": 1}},
        about=["health_check.timeout", "health_check.path", "health_check.statuses"],
    ),
    "hangs at import": Case(
        "import time\ntime.sleep(60)\n",
        "start",
        ["start_timeout"],
        options={"start_timeout": 1},
        about=["start_timeout"],
    ),
    "worker dies in each request": Case(
        "import os\ndef application(env, start):\n    os._exit(1)\n",
        "health",
        ["asked for / of host localhost", "without an answer"],
    ),
    "unknown uWSGI option": Case(
        answering("200 OK"), "start", ["code 1"], 1, options={"options": {"no-such-option": "1"}}
    ),
    "unreadable plugin": Case(
        answering("200 OK"),
        "start",
        ["exited with code 1"],
        1,
        options={"options": {"need-plugin": "nothing"}},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_broken_version_never_goes_live(world: World, name: str) -> None:
    case = CASES[name]
    first = world.run(version="v1")
    chdir = world.app("v2", source=case.source or "")
    if case.source is None:
        os.unlink(os.path.join(chdir, "wsgi.py"))
    with Visitors(world.socket, threads=2) as visitors:
        error = world.fails(chdir=chdir, **case.options)
    visitors.assert_unharmed()
    assert visitors.versions() == ["v1"]
    assert error.stage == case.stage
    assert error.options == case.about
    for words in case.says:
        assert words in error.message
    if case.rc is not None:
        assert error.rc == case.rc
    assert f"Serving now: instance {first['instance']['id']} (pid {first['instance']['pid']}" in error.message
    assert error.serving in error.message
    assert "not touched" in error.message
    if "code" in error.message and case.rc == 22:
        assert any("Traceback" in line or "no app" in line for line in error.log)
    world.assert_one_instance()
    assert not world.run(version="v1")["changed"]


@pytest.mark.parametrize("name", ["import error", "answers 500", "killed for memory"])
def test_a_broken_first_version_leaves_nothing_half_done(world: World, name: str) -> None:
    case = CASES[name]
    error = world.fails(chdir=world.app("v1", source=case.source or ""))
    assert "Serving now: nothing" in error.message
    assert world.processes() == []
    assert world.private_files() == []
    assert not os.path.lexists(world.socket)
    assert world.run(version="v2")["changed"]
    world.assert_one_instance()


PREFLIGHT: dict[str, tuple[dict[str, Any], list[str], list[str]]] = {
    "chdir": ({"chdir": "/nowhere/app"}, ["chdir /nowhere/app does not exist"], ["chdir"]),
    "virtualenv": (
        {"virtualenv": "/nowhere/venv"},
        ["virtualenv /nowhere/venv does not exist"],
        ["virtualenv"],
    ),
    "binary": (
        {"binary": "/nowhere/uwsgi"},
        ["no uWSGI at /nowhere/uwsgi", "pyuwsgi"],
        ["binary", "virtualenv"],
    ),
    "chdir is a file": ({"chdir": "/etc/passwd"}, ["not a directory"], ["chdir"]),
    "visible path": (
        {"version": "v2", "visible_paths": ["/nowhere/data"]},
        ["visible_paths /nowhere/data does not exist"],
        ["visible_paths"],
    ),
    "writable path": (
        {"version": "v2", "writable_paths": ["/nowhere/data"]},
        ["writable_paths /nowhere/data does not exist"],
        ["writable_paths"],
    ),
    "backlog": ({"options": {"listen": 999999}}, ["listen is 999999", "net.core.somaxconn"], ["options"]),
}


@pytest.mark.parametrize("name", PREFLIGHT)
def test_what_can_be_known_before_is_told_before(world: World, name: str) -> None:
    options, says, about = PREFLIGHT[name]
    first = world.run(version="v1")
    error = world.fails(**{"version": "v1" if "chdir" not in options else None, **options})
    assert (error.stage, error.reason, error.options) == ("preflight", "not_possible", about)
    for words in [*says, "Nothing was changed", first["instance"]["id"]]:
        assert words in error.message
    world.assert_one_instance()


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no chdir": ({"version": None}, "needs chdir"),
    "no module": ({"module": None}, "needs module"),
    "relative socket": ({"socket": "x.sock"}, "socket must be an absolute path"),
    "relative chdir": ({"version": None, "chdir": "app"}, "chdir must be an absolute path"),
    "name with a slash": ({"name": "../blog"}, "cannot be the name of a directory"),
    "unknown user": ({"user": "nobody-of-that-name"}, "user 'nobody-of-that-name' does not exist"),
    "unknown group": ({"group": "no-group-of-that-name"}, "group 'no-group-of-that-name' does not exist"),
    "socket in runtime_dir": (
        {"runtime_dir": "/srv/x", "socket": "/srv/x/blog.sock"},
        "lies inside runtime_dir",
    ),
    "too long a path": ({"runtime_dir": "/srv/" + "x" * 90}, "too long"),
    "no status": ({"health_check": {"statuses": []}}, "at least one expected status"),
    "bad status": ({"health_check": {"statuses": ["ok"]}}, "neither a status"),
    "status out of range": ({"health_check": {"statuses": ["200-999"]}}, "not a range of HTTP statuses"),
    "bad path": ({"health_check": {"path": "up"}}, "must begin with a slash"),
    "no successes": ({"health_check": {"successes": 0}}, "must be at least 1"),
    "bad verify address": ({"verify": {"url": "ftp://x/"}}, "verify.url must be"),
    "verify address without an end": ({"verify": {"url": "http://[/"}}, "verify.url must be"),
    "verify address of no port": ({"verify": {"url": "http://127.0.0.1:65536/"}}, "verify.url must be"),
    "bad umask": ({"umask": "rwx"}, "not an octal number"),
    "no processes": ({"processes": -1}, "must be at least 1"),
    "reserve": ({"memory_reserve": 100}, "percentage"),
    "newline in environment": ({"environment": {"A": "x\ny"}}, "must be one line"),
    "bad variable": ({"environment": {"A-B": "x"}}, "not a name of an environment variable"),
    "newline in options": ({"options": {"route": "x\nuid = root"}}, "must be one line"),
    "newline in module": ({"module": "wsgi\nuid = root"}, "must be one line"),
    "nested option": ({"options": {"route": {"a": 1}}}, "must be a string"),
    "systemd": ({"service_manager": "systemd"}, "systemd"),
    "memory": ({"memory_max": "lots"}, "memory_max 'lots' is not a size"),
    "memory of two lines": ({"memory_max": "1G\nUser=root"}, "is not a size"),
    "no tasks": ({"tasks_max": 0}, "tasks_max must be at least 1"),
    "everything hidden": ({"hidden_paths": ["/"]}, "must not name the root directory"),
    "hidden colon": ({"hidden_paths": ["/srv/a:/etc"]}, "has a colon"),
    "visible colon": ({"hidden_paths": ["/srv"], "visible_paths": ["/srv/a:/etc"]}, "has a colon"),
    "relative hidden path": ({"hidden_paths": ["srv"]}, "hidden_paths must be an absolute path"),
    "watched device": ({"watch": ["/dev/null"]}, "/dev/null is a device"),
}


ABOUT = {
    "no chdir": ["chdir"],
    "no module": ["module"],
    "relative socket": ["socket"],
    "relative chdir": ["chdir"],
    "name with a slash": ["name"],
    "unknown user": ["user"],
    "unknown group": ["group"],
    "socket in runtime_dir": ["socket", "runtime_dir"],
    "too long a path": ["runtime_dir"],
    "no status": ["health_check.statuses"],
    "bad status": ["health_check.statuses"],
    "status out of range": ["health_check.statuses"],
    "bad path": ["health_check.path"],
    "no successes": ["health_check.successes"],
    "bad verify address": ["verify.url"],
    "verify address without an end": ["verify.url"],
    "verify address of no port": ["verify.url"],
    "bad umask": ["umask"],
    "no processes": ["processes"],
    "reserve": ["memory_reserve"],
    "newline in environment": ["environment"],
    "bad variable": ["environment"],
    "newline in options": ["options"],
    "newline in module": ["module"],
    "nested option": ["options"],
    "systemd": ["service_manager"],
    "memory": ["memory_max"],
    "memory of two lines": ["memory_max"],
    "no tasks": ["tasks_max"],
    "everything hidden": ["hidden_paths"],
    "hidden colon": ["hidden_paths"],
    "visible colon": ["visible_paths", "hidden_paths"],
    "relative hidden path": ["hidden_paths"],
    "watched device": ["watch"],
}


@pytest.mark.parametrize("name", REFUSED)
def test_options_that_make_no_sense_are_refused_by_name(world: World, name: str) -> None:
    options, says = REFUSED[name]
    if name == "systemd" and os.path.isdir("/run/systemd/system"):
        pytest.skip("systemd runs here")
    error = world.fails(**{"version": "v1", **options})
    assert error.stage == "configure"
    assert error.options == ABOUT[name]
    assert says in error.message
    assert world.processes() == []


@pytest.mark.parametrize("state", ["started", "absent"])
def test_a_directory_in_place_of_the_socket_is_not_removed(world: World, state: str) -> None:
    os.mkdir(world.socket)
    error = world.fails(version="v1", state=state)
    assert "is a directory" in error.message
    assert os.path.isdir(world.socket)


@pytest.mark.parametrize("fails", ["switch", "start"])
def test_a_full_disk_stops_nothing_that_serves(
    world: World, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    first = world.run(version="v1")

    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/srv/full")

    with Visitors(world.socket, threads=2) as visitors, monkeypatch.context() as patch:
        patch.setattr(
            *((public_links, "replace_symlink") if fails == "switch" else (record_store, "write_atomically")),
            full,
        )
        error = world.fails(version="v2")
    visitors.assert_unharmed()
    assert error.stage == fails
    assert "No space left on device: /srv/full" in error.message
    assert first["instance"]["id"] in error.message
    assert world.serves() == "v1"
    assert len(world.masters()) == 1
    world.run(version="v2")
    world.assert_one_instance()
