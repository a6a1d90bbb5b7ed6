# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module app_command, run as Ansible runs it: options in, one JSON result out."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

COLLECTIONS = Path(__file__).parents[3] / "playbooks" / "collections"
ROOT = os.geteuid() == 0
USER = "games" if ROOT else pwd.getpwuid(os.geteuid()).pw_name
MANAGERS = ["none", *(["systemd"] if ROOT and os.path.isdir("/run/systemd/system") else [])]
RUN = """
import json, sys
if {installed!r} not in sys.path:
    sys.path.insert(0, {installed!r})
from ansible_collections.masonite.deploy.plugins.modules.app_command import main
main()
"""

Module = Callable[..., dict[str, Any]]


@pytest.fixture(params=MANAGERS)
def manager(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory of the user, outside of /tmp, which a unit has for itself."""
    path = Path("/srv" if ROOT else Path.home()) / f"masonite-app-command-test-{os.getpid()}"
    path.mkdir(mode=0o755)
    if ROOT:
        shutil.chown(path, USER)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def module(manager: str, place: Path) -> Module:
    def module(*argv: str, **options: Any) -> dict[str, Any]:
        check_mode = options.pop("check_mode", False)
        arguments = {
            "argv": list(argv),
            "user": USER,
            "chdir": str(place),
            "writable_paths": [str(place)],
            "service_manager": manager,
            "timeout": 30,
            **options,
        }
        return call({**arguments, "_ansible_check_mode": check_mode})

    return module


def call(arguments: dict[str, Any]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", RUN.format(installed=str(COLLECTIONS))],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": {"_ansible_remote_tmp": "/tmp", **arguments}}),
        text=True,
        capture_output=True,
        check=False,
    )
    assert len(done.stdout.strip().splitlines()) == 1, done.stdout + done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_what_the_command_did_is_returned(module: Module) -> None:
    done = module("/bin/sh", "-c", "echo good; echo warning >&2")
    assert (done["changed"], done["rc"], done["stdout"], done["stderr"]) == (True, 0, "good", "warning")
    assert done["timed_out"] is False
    assert done["seconds"] < 10


def test_output_that_looks_like_a_modules_result_is_text(module: Module) -> None:
    hostile = '{"ansible_facts": {"masonite_app_user": "root"}, "changed": false, "rc": 0}'
    done = module("/bin/sh", "-c", f"echo '{hostile}'; exit 1")
    assert (done["failed"], done["rc"], done["stdout"]) == (True, 1, hostile)
    assert "ansible_facts" not in done


TRACEBACK = """
Traceback (most recent call last):
  File "craft", line 3, in <module>
    raise Failure
psycopg2.errors.UndefinedTable: relation "posts" does not exist
LINE 1: SELECT * FROM posts
                      ^
"""
UV = """
  \u00d7 No solution found when resolving dependencies:
  \u2570\u2500\u25b6 Because farewell was not found in the provided package locations and you
      require farewell==99.0, we can conclude that your requirements are
      unsatisfiable.
"""
CLEO = """

  QueryException

  table "posts" already exists

  at /venvs/x/lib/python3.11/site-packages/masoniteorm/connections/SQLiteConnection.py:178 in query
      174| 
"""  # noqa: W291


@pytest.mark.parametrize(
    ("stdout", "stderr", "cause"),
    [
        ("", "sh: it is broken", "sh: it is broken"),
        ("it is broken", "", "it is broken"),
        ("later", "first\n\n  last  \n\n----\n", "last"),
        ("", TRACEBACK, 'psycopg2.errors.UndefinedTable: relation "posts" does not exist'),
        ("", "Traceback (most recent call last):\n  File x\nKeyError: 'a'\n" + TRACEBACK, "psycopg2.errors"),
        ("Migrating: x", '\ntable "users" already exists\n', 'table "users" already exists'),
        ("", CLEO, 'QueryException: table "posts" already exists'),
        ("", UV, "\u00d7 No solution found when resolving dependencies: \u2570\u2500\u25b6 Because farewell"),
        ("", "\x1b[31;1mfatal: no such ref\x1b[0m\nA log is in /x\n", "fatal: no such ref"),
        ("", "ERROR: no match\n[notice] A new release of pip\n", "ERROR: no match"),
        ("", "", "The command /bin/sh -c"),
    ],
)  # fmt: skip
def test_the_first_line_of_a_failure_is_its_cause(
    module: Module, place: Path, stdout: str, stderr: str, cause: str
) -> None:
    (place / "stdout").write_text(stdout)
    (place / "stderr").write_text(stderr)
    done = module("/bin/sh", "-c", "cat stdout; cat stderr >&2; exit 7")
    assert (done["failed"], done["rc"], done["reason"]) == (True, 7, "exit_code")
    assert done["msg"].splitlines()[0].startswith(cause), done["msg"]
    assert (done["stdout"], done["stderr"]) == (stdout.rstrip("\n"), stderr.rstrip("\n"))
    assert "exit code 7" in done["msg"]


def test_the_source_of_a_program_is_no_part_of_the_message(module: Module) -> None:
    done = module("/bin/sh", "-c", "# A program\necho not well >&2\nexit 7", "an argument")
    assert done["msg"].splitlines()[0] == "not well"
    assert "The command /bin/sh -c … of user" in done["msg"]
    assert "A program" not in done["msg"]


@pytest.mark.parametrize(
    ("argv", "options", "reason", "words"),
    [
        (["/bin/true"], {"user": "no-such-user"}, "unknown_user", ["no-such-user", "does not exist"]),
        (["/bin/true"], {"user": "0"}, "unknown_user", ["0"]),
        (["no-such-program"], {}, "missing_program", ["no-such-program"]),
        (["/no/such/program"], {}, "missing_program", ["/no/such/program", USER]),
        (["/bin/true"], {"chdir": "/no/such/directory"}, "chdir", ["/no/such/directory", USER]),
        (["/bin/true"], {"memory_max": "much"}, "sandbox", ["memory_max", "512M", "much"]),
        (["/bin/true"], {"tasks_max": 0}, "sandbox", ["tasks_max"]),
        (["/bin/true"], {"writable_paths": ["relative"]}, "sandbox", ["relative"]),
        (["/bin/true"], {"writable_paths": ["/srv/a:/etc"]}, "sandbox", ["/srv/a:/etc"]),
        (["/bin/true"], {"hidden_paths": ["/srv\n/etc"]}, "sandbox", ["/srv"]),
        (["/bin/true"], {"name": "../../x"}, "name", ["../../x"]),
        (["/bin/true"], {"environment": {"A=B": "1"}}, "environment", ["A=B"]),
        (["/bin/true"], {"stdin_file": "/no/such/file"}, "stdin_file", ["/no/such/file"]),
        (["/bin/true"], {"stdin_file": "/dev/null"}, "stdin_file", ["/dev/null"]),
    ],
)
def test_what_cannot_be_run_is_an_error_that_names_it(
    module: Module, argv: list[str], options: dict[str, Any], reason: str, words: list[str]
) -> None:
    done = module(*argv, **options)
    assert (done["failed"], done["reason"]) == (True, reason), done
    for word in words:
        assert word in done["msg"]


@pytest.mark.skipif(not ROOT, reason="only root can run commands as root")
def test_root_is_only_who_is_called_root(module: Module, tmp_path: Path) -> None:
    done = module("/usr/bin/id", "-u", user="root", chdir="/")
    assert (done["rc"], done["stdout"]) == (0, "0")
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if "CapBnd" in line)
    assert line.split()[1] != "0" * 16
    done = module("/bin/grep", "CapBnd", "/proc/self/status", user="root", chdir="/")
    assert done["stdout"].split()[1] == "0" * 16


def test_check_mode_runs_nothing(module: Module, place: Path) -> None:
    done = module("/bin/touch", "made", check_mode=True, user="no-such-user")
    assert (done["skipped"], done["changed"]) == (True, False)
    assert not (place / "made").exists()
    assert module("/bin/touch", "made", check_mode=True, creates=str(place / "made"))["changed"] is True


def test_what_exists_is_not_created_again(module: Module, place: Path) -> None:
    assert module("/bin/touch", "made", creates=str(place / "made"))["changed"] is True
    (place / "made").unlink()
    (place / "made").symlink_to("nowhere")
    done = module("/bin/false", creates=str(place / "made"))
    assert (done["changed"], "rc" in done) == (False, False)


def test_a_secret_is_masked_and_ordinary_text_is_not(module: Module) -> None:
    secrets = {"TOKEN": "t0ken-4711", "PASSWORD": "pass word"}
    ordinary = {
        "A": "1",
        "B": "ok",
        "C": True,
        "D": 3600,
        "E": None,
        "F": "/usr/bin",
        "G": "production",
        "H": 1.5,
    }
    code = "import os, sys; print(*(os.environ[name] for name in sys.argv[1:]), sep='|'); sys.exit(1)"
    names = [*secrets, *ordinary]
    done = module("/usr/bin/python3", "-c", code, *names, environment={**secrets, **ordinary})
    masked = "********|********|1|ok|True|3600||/usr/bin|production|1.5"
    assert (done["rc"], done["stdout"]) == (1, masked)
    assert masked in done["msg"]
    for secret in secrets.values():
        assert secret not in json.dumps(done)


def test_a_value_with_parts_becomes_json(module: Module) -> None:
    done = module("/bin/sh", "-c", "echo $A $B", environment={"A": ["x", 1], "B": {"y": None}})
    assert done["stdout"] == '["x", 1] {"y": null}'


def test_input_can_be_text_or_a_file_that_only_root_can_read(module: Module, place: Path) -> None:
    assert module("/usr/bin/tr", "a-z", "A-Z", stdin="abc \u00fc")["stdout"] == "ABC \u00fc"
    dump = place / "dump"
    dump.write_text("rows")
    dump.chmod(0o600)
    if ROOT:
        os.chown(dump, 0, 0)
    assert module("/bin/cat", stdin_file=str(dump))["stdout"] == "rows"


@pytest.mark.skipif(not ROOT, reason="without root no directory belongs to another")
@pytest.mark.parametrize("kind", ["link", "link above", "fifo", "directory"])
def test_an_input_that_the_user_replaced_is_refused(module: Module, place: Path, kind: str) -> None:
    path = place / "dump"
    if kind == "link":
        path.symlink_to("/etc/shadow")
    elif kind == "link above":
        (place / "etc").symlink_to("/etc")
        path = place / "etc" / "shadow"
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path.mkdir()
    done = module("/bin/cat", stdin_file=str(path))
    assert (done["failed"], done["reason"], done.get("stdout")) == (True, "stdin_file", None)


@pytest.mark.skipif(not ROOT, reason="without root no link is root's")
def test_a_link_that_root_made_is_followed_to_an_input(module: Module, place: Path, tmp_path: Path) -> None:
    base = place.parent / f"{place.name}-root"
    base.mkdir(mode=0o755)
    try:
        (base / "real").mkdir()
        (base / "real" / "dump").write_text("rows")
        (base / "link").symlink_to("./real/../real")
        (base / "absolute").symlink_to(base / "link")
        done = module("/bin/cat", stdin_file=str(base / "absolute" / "dump"))
        assert done.get("stdout") == "rows", done
    finally:
        shutil.rmtree(base)


def test_a_command_that_takes_too_long_says_so(module: Module) -> None:
    done = module("/bin/sh", "-c", "echo connecting; sleep 60", timeout=1)
    assert (done["failed"], done["rc"], done["timed_out"], done["reason"]) == (True, -9, True, "timeout")
    first, second = done["msg"].splitlines()[:2]
    assert "did not end within 1 s" in first
    assert "connecting" in second


def test_a_signal_is_called_by_its_name(module: Module) -> None:
    done = module("/bin/sh", "-c", "kill -SEGV $$")
    assert (done["rc"], done["reason"]) == (-11, "signal")
    assert "signal 11 (SIGSEGV)" in done["msg"].splitlines()[0]


def test_a_command_that_is_not_waited_for_ends_by_itself(module: Module, place: Path, manager: str) -> None:
    done = module("/bin/sh", "-s", stdin="sleep 2; touch ended", wait=False, name=f"test-{os.getpid()}")
    assert done["changed"] is True
    if manager == "systemd":
        assert not (place / "ended").exists()
    deadline = time.monotonic() + 20
    while not (place / "ended").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.skipif("systemd" not in MANAGERS, reason="only systemd limits memory and hides files")
class TestSandbox:
    @pytest.fixture(params=["systemd"])
    def manager(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    def test_memory_has_a_limit(self, module: Module) -> None:
        code = "print('begin', flush=True); x = bytearray(1 << 28)"
        done = module("/usr/bin/python3", "-c", code, memory_max="64M")
        assert done["rc"] == -9
        assert done["reason"] in ("memory", "signal")  # systemd knows it with cgroup v2 only
        assert "64M" in done["msg"]

    def test_only_what_is_visible_can_be_seen_and_only_what_is_writable_written(
        self, module: Module, place: Path
    ) -> None:
        other = place / "other"
        seen = place / "seen"
        for path in (other, seen):
            path.mkdir()
            (path / "file").write_text("x")
            path.chmod(0o777)
        mine = place / "mine"
        mine.mkdir()
        shutil.chown(mine, USER)
        done = module(
            "/bin/sh",
            "-c",
            f"ls {place}; ls {seen}; touch {seen}/new || true; touch {mine}/new; touch {place}/new || true",
            chdir=str(mine),
            hidden_paths=[str(place)],
            visible_paths=[str(seen)],
            writable_paths=[str(mine)],
        )
        assert done["rc"] == 0, done["msg"]
        assert done["stdout"].split() == ["mine", "seen", "file"]
        assert (sorted(os.listdir(seen)), os.listdir(mine)) == (["file"], ["new"])

    def test_processes_of_others_cannot_be_seen(self, module: Module) -> None:
        done = module("/bin/sh", "-c", "ls /proc | grep -c '^[0-9]'; cat /proc/1/cmdline; cat /proc/meminfo")
        assert int(done["stdout"].splitlines()[0]) < 10
        assert "systemd" not in done["stdout"]
        assert "MemTotal" not in done["stdout"]
