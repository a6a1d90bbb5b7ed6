# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration and the id that stands for it; the unit; the figures. No process is started here."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.masonite.deploy.plugins.module_utils._system.server_memory import read_memory_limits
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi import capacity, refused_options
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.configuration import Configuration
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.errors import InstanceError
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.exit_code import describe_exit_code
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.http_statuses import HttpStatuses
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.ini import render_ini
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.instance_account import InstanceAccount
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.instance_id import (
    ID_PATTERN,
    remove_number,
)
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.journal import (
    journal_command,
    read_journal,
)
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.log_cause import (
    find_cause,
    is_about_module,
)
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.path_options import read_paths
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.paths import Paths
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.planner import Planner
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.systemd_service import SystemdManager
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.systemd_unit import render_unit
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.uwsgi_defaults import read_listen_queue
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.watched_files import compute_fingerprint

PATHS = Paths(
    "blog",
    "/srv/sockets/blog.sock",
    "/srv/sockets/blog.pid",
    None,
    "/srv/sockets/blog",
    "/etc/uwsgi-instances/blog",
)
CONFIGURATION = Configuration(
    chdir="/srv/app",
    module="wsgi:application",
    virtualenv="/venvs/blog",
    binary="/venvs/blog/bin/uwsgi",
    processes=2,
    threads=1,
    user=None,
    group=None,
    umask="0027",
    manager="systemd",
)
ACCOUNT = InstanceAccount("blog", 990, 991, "/srv/sites/blog", (991,), 33)
FILES = PATHS.files("0123456789")


def ini(**changes: Any) -> list[str]:
    return render_ini(replace(CONFIGURATION, **changes), FILES).splitlines()


def unit(**changes: Any) -> list[str]:
    return render_unit(PATHS, replace(CONFIGURATION, **changes), ACCOUNT, FILES, 60, 60).splitlines()


@pytest.mark.parametrize(
    "line",
    [
        "strict = true",
        "master = true",
        "need-app = true",
        "die-on-term = true",
        "vacuum = true",
        "enable-threads = true",
        "single-interpreter = true",
        "chmod-socket = 660",
        "processes = 2",
        "module = wsgi:application",
        "chdir = /srv/app",
        "virtualenv = /venvs/blog",
        "binary-path = /venvs/blog/bin/uwsgi",
        "socket = /srv/sockets/blog/0123456789.sock",
        "master-fifo = /srv/sockets/blog/0123456789.fifo",
    ],
)
def test_the_ini_has_what_a_handover_needs(line: str) -> None:
    assert line in ini()


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        ({"harakiri": 30}, ["harakiri = 30"]),
        ({"disable-logging": True}, ["disable-logging = true"]),
        ({"single-interpreter": False}, ["single-interpreter = false"]),
        ({"route": ["^/a last:", "^/b break:"]}, ["route = ^/a last:", "route = ^/b break:"]),
        ({"buffer_size": 8192}, ["buffer-size = 8192"]),
    ],
)
def test_further_options(options: dict[str, Any], lines: list[str]) -> None:
    written = ini(options=options)
    for line in lines:
        assert written.count(line) == 1
    key = lines[0].split(" = ")[0]
    assert [line for line in written if line.startswith(f"{key} = ")] == lines


@pytest.mark.parametrize(("allowed", "queue"), [("4096\n", 1024), ("128\n", 128), ("junk", 100), (None, 100)])
def test_as_many_requests_may_wait_as_the_kernel_allows(
    tmp_path: Path, allowed: str | None, queue: int
) -> None:
    file = tmp_path / "somaxconn"
    if allowed is not None:
        file.write_text(allowed)
    assert read_listen_queue(str(file)) == queue


def test_plugins_come_first() -> None:
    assert ini(options={"harakiri": 5, "plugin": "python3"})[1] == "plugin = python3"


def test_a_percent_sign_in_a_path_is_no_placeholder() -> None:
    assert "chdir = /srv/100%%" in ini(chdir="/srv/100%")


OWNED = sorted(
    {*refused_options.SET_BY_OPTION, *refused_options.SET_BY_MODULE, *refused_options.SECOND_LISTENERS}
)


@pytest.mark.parametrize("key", OWNED)
def test_options_the_module_owns_are_refused_by_name(key: str) -> None:
    with pytest.raises(InstanceError) as caught:
        refused_options.check_uwsgi_options({key.replace("-", "_") if len(key) > 4 else key: "x"})
    assert repr(key.replace("-", "_") if len(key) > 4 else key) in caught.value.message
    if key in refused_options.SET_BY_OPTION:
        assert repr(refused_options.SET_BY_OPTION[key]) in caught.value.message


@given(st.dictionaries(st.text(max_size=12), st.one_of(st.text(max_size=20), st.integers(), st.booleans())))
def test_no_option_can_add_a_line_of_its_own(options: dict[str, Any]) -> None:
    try:
        refused_options.check_uwsgi_options(options)
    except InstanceError:
        return
    written = ini(options=options)
    assert len(written) <= len(ini()) + len(options)
    assert [line for line in written if line.startswith("socket = ")] == [f"socket = {FILES.socket}"]


# The id


def identity(manager: str = "none", paths: Paths = PATHS, **changes: Any) -> str:
    return Planner(paths, replace(CONFIGURATION, manager=manager, **changes), ACCOUNT, 60, 60).config_id


@pytest.mark.parametrize(
    "change",
    [
        {"chdir": "/srv/other"},
        {"directory": "backend"},
        {"module": "wsgi:app"},
        {"virtualenv": "/venvs/other"},
        {"virtualenv": None},
        {"binary": "/usr/bin/uwsgi"},
        {"processes": 3},
        {"threads": 2},
        {"user": "root"},
        {"group": "www-data"},
        {"umask": "0007"},
        {"options": {"harakiri": 5}},
        {"environment": {"A": "1"}},
        {"manager": "systemd"},
        {"log": "/var/log/blog.log"},
        {"watch": ("/etc/hostname",)},
        {"manager": "systemd", "writable_paths": ("/srv/data",)},
        {"manager": "systemd", "hidden_paths": ("/srv",)},
        {"manager": "systemd", "visible_paths": ("/srv/more",), "hidden_paths": ("/srv",)},
        {"manager": "systemd", "memory_max": "1G"},
        {"manager": "systemd", "tasks_max": 100},
        {"manager": "systemd", "environment": {"A": "1"}},
        {"manager": "systemd", "environment": {"LD_PRELOAD": "/x.so"}},
    ],
    ids=str,
)
def test_everything_that_makes_the_instance_is_in_its_id(change: dict[str, Any]) -> None:
    assert identity(**change) != identity()
    assert identity(**change) == identity(**change)


def test_what_makes_no_difference_is_not_in_the_id() -> None:
    one = Planner(PATHS, CONFIGURATION, ACCOUNT, 60, 60)
    other = Planner(PATHS, CONFIGURATION, ACCOUNT, 5, 500)
    assert one.config_id == other.config_id
    assert one.make_plan(one.config_id).unit != other.make_plan(one.config_id).unit
    assert identity(environment={"A": "1", "B": "2"}) == identity(environment={"B": "2", "A": "1"})
    assert identity(writable_paths=("/srv/data",)) == identity()


def test_another_place_is_another_instance() -> None:
    assert identity(paths=replace(PATHS, runtime_dir="/srv/elsewhere")) != identity()


def test_ids_look_like_ids() -> None:
    assert ID_PATTERN.match(identity())
    assert ID_PATTERN.match(identity() + "r2")
    assert remove_number(identity() + "r12") == identity()


@pytest.mark.parametrize(
    "name", ["", "..", "0123456789-", "0123456789r", "0123456789\n", "0123456789rr1", "x"]
)
def test_and_nothing_else_does(name: str) -> None:
    assert not ID_PATTERN.match(name)


def test_fingerprints(tmp_path: Path) -> None:
    file = tmp_path / "a"
    assert compute_fingerprint(str(file)) == "absent"
    file.write_text("1")
    one = compute_fingerprint(str(file))
    file.write_text("2")
    assert compute_fingerprint(str(file)) != one
    whole = compute_fingerprint(str(tmp_path))
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b").write_text("1")
    assert compute_fingerprint(str(tmp_path)) != whole


@pytest.mark.parametrize(
    ("given_paths", "expected"),
    [
        ({}, ("/srv/sockets/blog.pid", "/srv/sockets/blog", "/srv/sockets/blog.sock")),
        ({"pidfile": "/run/blog.pid"}, ("/run/blog.pid", "/srv/sockets/blog", "/srv/sockets/blog.sock")),
        ({"runtime_dir": "/run/blog/"}, ("/srv/sockets/blog.pid", "/run/blog", "/srv/sockets/blog.sock")),
        ({"socket": "/run/x"}, ("/run/x.pid", "/run/blog", "/run/x")),
    ],
)
def test_paths_have_defaults(given_paths: dict[str, str], expected: tuple[str, ...]) -> None:
    paths = read_paths({"name": "blog", "socket": "/srv/sockets/blog.sock", **given_paths})
    assert (paths.pidfile, paths.runtime_dir, paths.socket) == expected
    if os.geteuid() == 0:
        assert paths.config_dir == "/etc/uwsgi-instances/blog"


# The unit


@pytest.mark.parametrize(
    "line",
    [
        "Type=notify",
        "NotifyAccess=main",
        "Restart=on-failure",
        "User=blog",
        "Group=991",
        "UMask=0027",
        "WorkingDirectory=/srv/app",
        "ProtectSystem=strict",
        "PrivateTmp=true",
        "NoNewPrivileges=true",
        "CapabilityBoundingSet=",
        "ProtectHome=true",
        'ReadWritePaths="-/srv/sockets/blog"',
        "RemoveIPC=true",
        "ProcSubset=pid",
        "SystemCallFilter=@system-service",
        'ExecStart="/venvs/blog/bin/uwsgi" --ini "/etc/uwsgi-instances/blog/0123456789.ini"',
        "WantedBy=multi-user.target",
        "KillMode=mixed",
        "TimeoutStopSec=60",
        "TimeoutStartSec=90",
    ],
)
def test_the_unit(line: str) -> None:
    assert line in unit()


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"environment": {"A": "x"}}, "EnvironmentFile=/etc/uwsgi-instances/blog/0123456789.env"),
        (
            {"environment": {"LD_PRELOAD": "/usr/lib/x.so", "A": "x"}},
            'ExecStart="/usr/bin/env" "LD_PRELOAD=/usr/lib/x.so" "/venvs/blog/bin/uwsgi" --ini '
            '"/etc/uwsgi-instances/blog/0123456789.ini"',
        ),
        ({"memory_max": "1G"}, "MemoryMax=1G"),
        ({"tasks_max": 200}, "TasksMax=200"),
        (
            {"hidden_paths": ("/srv/sites", "/venvs", "/srv/sockets")},
            'TemporaryFileSystem="/srv/sites:ro,mode=0755" "/venvs:ro,mode=0755" "/srv/sockets:ro,mode=0755"',
        ),
        ({"hidden_paths": ("/venvs",)}, 'BindReadOnlyPaths="-/venvs/blog"'),
        ({"hidden_paths": ("/srv",)}, 'BindReadOnlyPaths="-/srv/app"'),
        ({"hidden_paths": ("/srv",)}, 'BindPaths="-/srv/sockets/blog"'),
        ({"hidden_paths": ("/srv",), "watch": ("/srv/x/.env",)}, 'BindReadOnlyPaths="-/srv/x/.env"'),
        ({"hidden_paths": ("/srv",), "visible_paths": ("/srv/x",)}, 'BindReadOnlyPaths="-/srv/x"'),
        ({"hidden_paths": ("/etc",)}, 'BindReadOnlyPaths="-/etc/uwsgi-instances/blog/0123456789.ini"'),
        ({"chdir": "/srv/my app%"}, "WorkingDirectory=/srv/my app%%"),
        (
            {"binary": "/opt/$x y/uwsgi"},
            'ExecStart="/opt/$$x y/uwsgi" --ini "/etc/uwsgi-instances/blog/0123456789.ini"',
        ),
        ({"writable_paths": ("/srv/data",)}, 'ReadWritePaths="-/srv/data"'),
        ({"chdir": "/home/blog/app"}, "ProtectHome=read-only"),
        ({"writable_paths": ("/home/blog",)}, "ProtectHome=read-only"),
    ],
)
def test_the_unit_follows_the_settings(change: dict[str, Any], line: str) -> None:
    assert line in unit(**change)


@pytest.mark.parametrize(
    ("name", "stem"),
    [("blog", "uwsgi-blog-"), ("my-shop.example.com", "uwsgi-my-shop.example.com-"), ("a_b", "uwsgi-a_b-")],
)
def test_unit_names(name: str, stem: str) -> None:
    assert replace(PATHS, name=name).unit_stem == stem


def test_odd_names_are_made_safe_and_stay_apart() -> None:
    stems = {replace(PATHS, name=name).unit_stem for name in ("a b", "a@b", "a_b", "äb", "a\\b")}
    assert len(stems) == 5
    for stem in stems:
        assert all(char.isascii() and (char.isalnum() or char in "-_.") for char in stem)


def test_units_are_enabled_without_a_reload_and_forgotten_completely(tmp_path: Path) -> None:
    service = SystemdManager(PATHS, str(tmp_path))
    planner = Planner(PATHS, CONFIGURATION, ACCOUNT, 60, 60)
    plan = planner.make_plan(planner.config_id)
    service.write_service(plan)
    name = f"uwsgi-blog-{planner.config_id}.service"
    assert (tmp_path / name).read_text() == plan.unit
    assert not service.is_in_place(planner.config_id)
    service.enable(planner.config_id)
    assert os.readlink(tmp_path / "multi-user.target.wants" / name) == str(tmp_path / name)
    assert service.is_in_place(planner.config_id)
    (tmp_path / f"uwsgi-blog-2-{planner.config_id}.service").write_text("another name's")
    (tmp_path / "uwsgi-blog-common.service").write_text("another program's")
    temporary = tmp_path / f".uwsgi-blog-{planner.config_id}.service.x1y2.tmp"
    temporary.write_text("of a killed run")
    assert service.list_ids() == [planner.config_id]
    service.disable(planner.config_id)
    assert (tmp_path / name).exists()
    assert service.remove_service(planner.config_id)
    assert not temporary.exists()
    assert service.list_ids() == []
    assert not service.remove_service(planner.config_id)


# Statuses, errors, memory


@pytest.mark.parametrize(
    ("written", "good", "bad"),
    [
        (["200-399"], [200, 301, 399], [199, 400, 500]),
        (["200", "404"], [200, 404], [201, 403]),
        (["200 - 299", "401"], [250, 401], [300]),
    ],
)
def test_statuses(written: list[str], good: list[int], bad: list[int]) -> None:
    statuses = HttpStatuses(written)
    assert all(status in statuses for status in good)
    assert not any(status in statuses for status in bad)


@given(st.lists(st.integers(100, 599), min_size=1, max_size=5), st.integers(100, 599))
def test_single_statuses_are_exactly_those(wanted: list[int], status: int) -> None:
    assert (status in HttpStatuses([str(part) for part in wanted])) == (status in wanted)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (22, "did not load"),
        (1, "configuration"),
        (-9, "SIGKILL"),
        (-11, "SIGSEGV"),
        (217, "user"),
        (226, "path"),
        (99, "99"),
    ],
)
def test_exit_codes_have_meanings(code: int, words: str) -> None:
    assert words in describe_exit_code(code)


VERDICT = "unable to load app 0 (mountpoint='') (callable not found or import error)"
TRACEBACK = [
    "*** Operational MODE: single process ***",
    "Traceback (most recent call last):",
    '  File "/srv/app/wsgi.py", line 3, in <module>',
    "    import nothing",
    "ModuleNotFoundError: No module named 'nothing'",
    VERDICT,
    "VACUUM: pidfile removed.",
]


@pytest.mark.parametrize(
    ("lines", "last"),
    [
        (TRACEBACK, "ModuleNotFoundError: No module named 'nothing'"),
        ([*TRACEBACK, "Traceback (most recent call last):", "ValueError: of another"], TRACEBACK[4]),
        (
            ["bind(): Permission denied [core/socket.c line 230]", "fine"],
            "bind(): Permission denied [core/socket.c line 230]",
        ),
        (["all is well"], None),
        ([], None),
    ],
)
def test_the_cause_is_found_in_the_log(lines: list[str], last: str | None) -> None:
    found = find_cause(lines)
    assert (found[-1] if found else None) == last
    assert len(found) <= 4


@pytest.mark.parametrize(
    ("lines", "module", "about_module"),
    [
        (["*** Operational MODE: single process ***", VERDICT], "wsgi:app", True),
        (["ModuleNotFoundError: No module named 'wsgi'", VERDICT], "wsgi:app", True),
        (["ModuleNotFoundError: No module named 'a.b'", VERDICT], "a.b:app", True),
        (["ModuleNotFoundError: No module named 'a'", VERDICT], "a.b:app", True),
        (["ModuleNotFoundError: No module named 'ab'", VERDICT], "a.b:app", False),
        (["SyntaxError: invalid syntax", VERDICT], "wsgi:app", False),
        (["KeyError", VERDICT], "wsgi:app", False),
        (TRACEBACK, "wsgi:app", False),
        (TRACEBACK, None, False),
        (["*** Operational MODE: single process ***"], "wsgi:app", False),
        ([], "wsgi:app", False),
    ],
)
def test_whether_an_application_that_does_not_load_is_the_fault_of_the_option_module(
    lines: list[str], module: str | None, about_module: bool
) -> None:
    assert is_about_module(lines, module) is about_module


def test_the_journal_is_read_to_its_end() -> None:
    """On Debian 12, `journalctl --lines` together with `--since` prints the first lines."""
    command = journal_command("uwsgi-blog-0123456789.service", 1769853600.25)
    assert command == [
        *("journalctl", "--unit", "uwsgi-blog-0123456789.service", "--since", "@1769853600.250000"),
        *("--output", "cat", "--no-pager", "--quiet"),
    ]


def test_the_last_lines_of_the_journal_are_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "journalctl"
    program.write_text('#!/bin/sh\n[ "$1" = --sync ] || seq 1 100\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert read_journal("x.service", 0, 3) == ["98", "99", "100"]
    program.unlink()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert read_journal("x.service", 0, 3) == []


def test_memory_limits_of_the_container_count(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("memory\n")
    (tmp_path / "memory.max").write_text(f"{512 << 20}\n")
    (tmp_path / "memory.current").write_text(f"{400 << 20}\n")
    (tmp_path / "memory.stat").write_text(f"inactive_file {100 << 20}\nactive_file {20 << 20}\n")
    assert (512 << 20, 290 << 20) in list(read_memory_limits(str(tmp_path)))
    (tmp_path / "memory.max").write_text("max\n")
    assert (512 << 20, 290 << 20) not in list(read_memory_limits(str(tmp_path)))


def test_memory_limits_of_the_first_cgroup_version(tmp_path: Path) -> None:
    folder = tmp_path / "memory"
    folder.mkdir()
    (folder / "memory.limit_in_bytes").write_text(f"{512 << 20}\n")
    (folder / "memory.usage_in_bytes").write_text(f"{300 << 20}\n")
    (folder / "memory.stat").write_text(f"inactive_file 0\ntotal_inactive_file {100 << 20}\n")
    assert (512 << 20, 200 << 20) in list(read_memory_limits(str(tmp_path)))
    (folder / "memory.limit_in_bytes").write_text("9223372036854771712\n")
    assert list(read_memory_limits(str(tmp_path))) == []


@pytest.mark.parametrize(
    ("available", "needed", "reserve", "enough"),
    [(1000, 500, 500, True), (1000, 501, 500, False), (0, 0, 0, True), (100, 200, 0, False)],
)
def test_memory_is_enough_if_the_reserve_stays(
    available: int, needed: int, reserve: int, enough: bool
) -> None:
    memory = capacity.Capacity(available, needed, reserve, "a test")
    assert memory.is_enough is enough
    for figure in (available, needed, reserve):
        assert f"{figure} MB" in memory.describe()


def test_without_a_live_instance_the_books_figure_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capacity, "read_server_memory", lambda: (2048 << 20, 1024 << 20))
    monkeypatch.setattr(capacity, "read_memory_limits", lambda: iter(()))
    memory = capacity.measure_capacity(0, 2, 150, 20)
    assert (memory.available_mb, memory.needed_mb, memory.reserve_mb) == (1024, 300, 409)
    assert memory.basis == "2 processes of 150 MB"
    assert capacity.measure_capacity(80, 2, 150, 20).needed_mb == 80
