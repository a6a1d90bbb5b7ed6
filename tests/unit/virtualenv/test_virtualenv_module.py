# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module virtualenv, run as Ansible runs it: one call builds and compiles, a second one does nothing."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.masonite.deploy.plugins.module_utils._system.sandbox_options import SANDBOX_ARGUMENTS
from ansible_collections.masonite.deploy.plugins.module_utils._virtualenv.main import mask_credentials
from ansible_collections.masonite.deploy.plugins.module_utils._virtualenv.options import (
    ARGUMENTS,
    read_options,
)

COLLECTIONS = Path(__file__).parents[3] / "playbooks" / "collections"
ROOT = os.geteuid() == 0
USER = "games" if ROOT else pwd.getpwuid(os.geteuid()).pw_name
PYTHON = "/usr/bin/python3"
RUN = """
import sys
if {installed!r} not in sys.path:
    sys.path.insert(0, {installed!r})
from ansible_collections.masonite.deploy.plugins.modules.virtualenv import main
main()
"""


class Server:
    """A directory of virtualenvs and a release, both of the build user, outside of /tmp."""

    def __init__(self, top: Path) -> None:
        self.release, self.venvs = top / "release", top / "venvs"
        self.path = self.venvs / "0123456789abcdef"
        self.uv = top / "uv"
        self.calls = top / "venvs" / "calls"
        for directory in (top, self.release, self.venvs):
            directory.mkdir(mode=0o755)
            if ROOT:
                shutil.chown(directory, USER)
        wheel = self.release / "greeting-1.0-py3-none-any.whl"
        info = "greeting-1.0.dist-info"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("greeting.py", "GREETING = 'Good evening'\n")
            archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: greeting\nVersion: 1.0\n")
            archive.writestr(
                f"{info}/WHEEL",
                "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            )
            archive.writestr(f"{info}/RECORD", "greeting.py,,\n")
        (self.release / "requirements.txt").write_text(f"--no-index\n--find-links {self.release}\ngreeting\n")

    def install_uv(self, script: str = "") -> None:
        """A program in the place of uv that notes its arguments and makes what uv makes."""
        self.uv.write_text(
            "#!/bin/sh\n"
            f'echo "$@" >> {self.calls}\n'
            "for directory; do :; done\n"
            'if [ "$1" = venv ]; then rm -rf "$directory"; mkdir -p "$directory/lib/python3"\n'
            'echo "x = 1" > "$directory/lib/python3/module.py"; fi\n'
            f"{script}\n"
        )
        self.uv.chmod(0o755)

    def call(self, check_mode: bool = False, **changes: Any) -> dict[str, Any]:
        arguments = {
            "path": str(self.path),
            "user": USER,
            "python": PYTHON,
            "uv": str(self.uv),
            "requirements": "requirements.txt",
            "chdir": str(self.release),
            "writable_paths": [str(self.release)],
            "service_manager": "none",
            "timeout": 120,
            "_ansible_check_mode": check_mode,
            "_ansible_remote_tmp": "/tmp",
            **changes,
        }
        done = subprocess.run(
            [sys.executable, "-c", RUN.format(installed=str(COLLECTIONS))],
            input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
            text=True,
            capture_output=True,
            check=False,
        )
        assert len(done.stdout.strip().splitlines()) == 1, done.stdout + done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


@pytest.fixture
def server() -> Iterator[Server]:
    top = Path("/srv" if ROOT else Path.home()) / f"masonite-virtualenv-test-{os.getpid()}"
    server = Server(top)
    server.install_uv()
    yield server
    shutil.rmtree(top)


def test_one_call_builds_and_compiles_and_a_second_one_starts_no_process(server: Server) -> None:
    done = server.call()
    assert (done["changed"], done["compiling"], done["path"], done["rc"]) == (True, True, str(server.path), 0)
    assert (server.path / ".complete").is_file()
    assert (server.path / ".complete").owner() == USER
    assert list(server.path.glob("lib/python3/__pycache__/module.*.pyc"))
    calls = server.calls.read_text()
    again = server.call()
    assert (again["changed"], again["compiling"], again.get("rc")) == (False, False, None)
    assert server.calls.read_text() == calls


def test_check_mode_says_that_it_would_be_built_and_needs_neither_release_nor_user(server: Server) -> None:
    done = server.call(check_mode=True, chdir="/nowhere", user="nobody-of-this-server")
    assert (done["changed"], server.path.exists(), server.calls.exists()) == (True, False, False)
    server.call()
    assert server.call(check_mode=True)["changed"] is False


def test_without_compile_there_is_no_bytecode(server: Server) -> None:
    assert server.call(compile=False)["compiling"] is False
    assert not list(server.path.glob("lib/python3/__pycache__"))


def test_venv_and_pip_do_it_where_there_is_no_uv(server: Server) -> None:
    venv = subprocess.run([PYTHON, "-c", "import ensurepip"], capture_output=True, check=False)
    python = PYTHON if venv.returncode == 0 else sys.executable
    if ROOT and python == sys.executable:
        pytest.skip("the Python of this system has no ensurepip, and USER cannot enter this one's directory")
    done = server.call(uv=None, python=python)
    assert done["changed"] is True, done
    assert list(server.path.glob("lib/python*/site-packages/__pycache__/greeting.*.pyc"))


@pytest.mark.parametrize("replace", ["link", "directory"])
def test_a_mark_that_is_no_file_of_the_virtualenv_does_not_count(server: Server, replace: str) -> None:
    other = server.venvs / "other"
    other.mkdir()
    if replace == "link":
        (other / ".complete").touch()
        server.path.symlink_to(other)
    else:
        (server.path / ".complete").mkdir(parents=True)
    assert server.call(check_mode=True)["changed"] is True


def test_the_failure_of_an_installer_is_the_first_line(server: Server) -> None:
    server.install_uv('[ "$1" = pip ] && { echo "error: no such package farewell" >&2; exit 2; }; exit 0')
    done = server.call()
    assert (done["failed"], done["rc"], done["reason"], done["options"]) == (True, 2, "exit_code", [])
    first, second = done["msg"].splitlines()[:2]
    assert first == "error: no such package farewell"
    assert second == f"The build of the virtualenv {server.path} by user {USER} failed with exit code 2."
    assert not (server.path / ".complete").exists()


def test_packages_reach_no_command_line_and_their_credentials_no_result(server: Server) -> None:
    server.install_uv(
        'if [ "$1" = pip ]; then for word; do file="$word"; done\n'
        f'cat /proc/$PPID/cmdline >> {server.calls}; echo installing from "$(cat "$file")" >&2; exit 1; fi'
    )
    secret = "t0ken-4711"
    done = server.call(packages=["farewell==99.0", f"local @ https://ann:{secret}@example.com/local.tar.gz"])
    assert secret not in server.calls.read_text(errors="replace")
    assert secret not in json.dumps(done)
    assert "farewell==99.0" in done["stderr"]


@pytest.mark.parametrize(
    ("changes", "reason", "options"),
    [
        ({"user": "nobody-of-this-server"}, "unknown_user", ["user"]),
        ({"python": "/nowhere/python3"}, "missing_program", ["python"]),
        ({"python": "python3"}, "path", ["python"]),
        ({"uv": "uv"}, "path", ["uv"]),
        ({"path": "/"}, "path", ["path"]),
        ({"path": "/venv"}, "path", ["path"]),
        ({"chdir": "/nowhere"}, "chdir", ["chdir"]),
        ({"memory_max": "much"}, "sandbox", ["memory_max"]),
        ({"name": "a/b"}, "name", ["name"]),
        ({"environment": {"A-B": "1"}}, "environment", ["environment"]),
    ],
)  # fmt: skip
def test_a_wrong_option_has_a_reason_and_its_name(
    server: Server, changes: dict[str, Any], reason: str, options: list[str]
) -> None:
    done = server.call(**changes)
    assert (done["failed"], done["reason"], done["options"]) == (True, reason, options)
    assert not server.path.exists()


def test_a_framework_that_does_not_run_on_this_python_has_a_reason_of_its_own(server: Server) -> None:
    if sys.version_info < (3, 12):
        (server.release / "python").write_text(
            f"#!/bin/sh\nexec {PYTHON} -c 'import sys; sys.exit(78)'\n", encoding="utf-8"
        )
        (server.release / "python").chmod(0o755)
    python = PYTHON if sys.version_info >= (3, 12) else str(server.release / "python")
    (server.release / "requirements.txt").write_text("masonite>=4,<5\n")
    done = server.call(python=python)
    assert (done["reason"], done["options"]) == ("unsupported_python", ["python"])


def options(**changes: Any) -> Any:
    specifications = {**ARGUMENTS, **SANDBOX_ARGUMENTS}
    defaults = {name: specification.get("default") for name, specification in specifications.items()}
    return read_options({**defaults, "path": "/venvs/blog/0123", "user": "blog-build", **changes})


def test_a_build_writes_the_virtualenvs_and_the_release_and_a_compilation_the_virtualenvs_alone() -> None:
    read = options(hidden_paths=["/venvs"], writable_paths=["/srv/sites/blog/releases/1", "/venvs/blog"])
    assert read.build_sandbox.writable == ("/venvs/blog", "/srv/sites/blog/releases/1")
    assert read.compile_sandbox.writable == ("/venvs/blog",)
    assert read.compile_sandbox.hidden == read.build_sandbox.hidden == ("/venvs",)


@pytest.mark.parametrize(("name", "unit"), [("blog", "blog:build"), ("", "")])
def test_the_unit_is_named_after_the_app(name: str, unit: str) -> None:
    assert options(name=name).unit_name("build") == unit


def test_only_addresses_and_their_credentials_are_masked() -> None:
    address = "local @ https://ann:t0ken-4711@example.com/x.tar.gz"
    secrets = {"pyuwsgi", address, "password of the environment"}
    masked = mask_credentials(secrets, ["pyuwsgi", address])
    assert masked == {address, "password of the environment", "ann:t0ken-4711", "t0ken-4711"}
