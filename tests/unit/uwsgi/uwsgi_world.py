# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of uwsgi_instance stand on: small apps, a visitor, and a view of what is really there."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.masonite.deploy.plugins.module_utils._system.process import (
    Process,
    list_pids,
    read_command,
    read_stat,
)
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.argument_spec import INSTANCE
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.errors import InstanceError
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.info import gather_info
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.path_options import read_paths
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.run import run
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.uwsgi_protocol import encode_request

HERE = Path(__file__).parent
COLLECTIONS = HERE.parents[2] / "playbooks" / "collections"
UWSGI = Path(sys.executable).with_name("uwsgi")
# As on a server, root is not the user of the instances: it is one that runs nothing else here.
USER = "games" if os.geteuid() == 0 else None
APP = """
import os, time
{at_import}
def application(env, start):
    path = env["PATH_INFO"]
    if path.startswith("/sleep/"):
        time.sleep(float(path[len("/sleep/"):]))
    {in_request}
    start("200 OK", [("Content-Type", "text/plain")])
    return [("%s %d" % ({version!r}, os.getpid())).encode()]
"""


@dataclass
class Reply:
    status: int
    version: str


def visit(path: str, target: str = "/", timeout: float = 20) -> Reply:
    """One request the way NGINX would make it; raises what a visitor would suffer from."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(timeout)
        connection.connect(path)
        connection.sendall(encode_request(target, "localhost", {}))
        chunks = []
        while chunk := connection.recv(65536):
            chunks.append(chunk)
    answer = b"".join(chunks)
    if not answer:
        raise ConnectionResetError("closed without an answer")
    head, _blank, body = answer.partition(b"\r\n\r\n")
    return Reply(int(head.split()[1]), body.decode().split(" ")[0])


class Visitors:
    """Threads that keep asking; what each was told is kept."""

    def __init__(self, path: str, threads: int = 4, target: str = "/", pause: float = 0.004) -> None:
        self.path, self.target, self.pause = path, target, pause
        self.replies: list[Reply] = []
        self.failures: list[str] = []
        self.longest_gap = 0.0
        self._last = time.monotonic()
        self._stop = threading.Event()
        self._guard = threading.Lock()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _number in range(threads)]

    def _ask(self) -> None:
        while not self._stop.is_set():
            try:
                reply = visit(self.path, self.target)
            except OSError as error:
                with self._guard:
                    self.failures.append(repr(error))
            else:
                with self._guard:
                    now = time.monotonic()
                    self.longest_gap = max(self.longest_gap, now - self._last)
                    self._last = now
                    self.replies.append(reply)
            time.sleep(self.pause)

    def __enter__(self) -> Visitors:
        for thread in self._threads:
            thread.start()
        self.wait_for(5)
        return self

    def wait_for(self, count: int) -> None:
        wanted = len(self.replies) + count
        deadline = time.monotonic() + 10
        while len(self.replies) < wanted and time.monotonic() < deadline:
            time.sleep(0.005)

    def __exit__(self, *_exc: object) -> None:
        self.wait_for(5)
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    def versions(self) -> list[str]:
        """The versions seen, in the order of their first appearance: a slow answer may come late."""
        return list(dict.fromkeys(reply.version for reply in self.replies))

    def last(self) -> str:
        return self.replies[-1].version

    def assert_unharmed(self) -> None:
        assert self.failures == []
        assert {reply.status for reply in self.replies} == {200}


@dataclass
class World:
    base: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="uw", dir="/tmp")))
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)
    name: str = "blog"

    def __post_init__(self) -> None:
        self.base.chmod(0o755)
        # As on a server: nobody but the owner may put something into the directory of the public paths.
        (self.base / "sockets").mkdir(mode=0o755)

    # Places

    @property
    def socket(self) -> str:
        return str(self.base / "sockets" / "blog.sock")

    @property
    def pidfile(self) -> str:
        return str(self.base / "sockets" / "blog.pid")

    @property
    def root(self) -> str:
        return str(self.base / "sockets" / "blog.root")

    @property
    def runtime(self) -> Path:
        return self.base / "sockets" / "blog"

    @property
    def shared(self) -> Path:
        """Where the app may write."""
        folder = self.base / "shared"
        folder.mkdir(exist_ok=True)
        if USER:
            shutil.chown(folder, USER)
        return folder

    @property
    def public(self) -> Path:
        return self.base / "sockets" / "blog.public"

    def entrance(self, instance_id: str) -> str:
        """Where the public link leads: published by root, or the user's own socket."""
        return f"blog.public/{instance_id}.sock" if USER else f"blog/{instance_id}.sock"

    @property
    def config(self) -> Path:
        return self.base / "etc" / "blog"

    def app(self, version: str, at_import: str = "", in_request: str = "", source: str = "") -> str:
        """Writes a release of the app and returns its directory."""
        folder = self.base / "apps" / version
        folder.mkdir(parents=True, exist_ok=True)
        text = source or APP.format(version=version, at_import=at_import, in_request=in_request or "pass")
        (folder / "wsgi.py").write_text(textwrap.dedent(text))
        return str(folder)

    # The module

    def options(self, **given: Any) -> dict[str, Any]:
        options: dict[str, Any] = {
            **{name: spec.get("default") for name, spec in INSTANCE.items()},
            "name": self.name,
            "state": "started",
            "socket": self.socket,
            "root": self.root,
            "config_dir": str(self.config),
            "module": "wsgi:application",
            "binary": str(UWSGI),
            "processes": 1,
            "user": USER,
            "service_manager": "none",
            "drain_timeout": 10,
            "stop_timeout": 10,
            "start_timeout": 20,
        }
        version = given.pop("version", None)
        if version:
            options["chdir"] = self.app(version)
        health = {"path": "/", "host": "localhost", "statuses": ["200-399"], "timeout": 10, "successes": 1}
        options["health_check"] = {**health, **given.pop("health_check", {})}
        options.update(given)
        return options

    def run(self, check: bool = False, observe: Any = lambda _stage: None, **given: Any) -> dict[str, Any]:
        return run(self.options(**given), check, observe)

    def fails(self, **given: Any) -> InstanceError:
        with pytest.raises(InstanceError) as caught:
            self.run(**given)
        return caught.value

    def info(self) -> dict[str, Any]:
        return gather_info(read_paths(self.options()))

    def run_apart(self, die_at: str = "", **given: Any) -> subprocess.Popen[bytes]:
        """The module in a process of its own, which kills itself at a step."""
        code = (
            "import json, os, sys\n"
            f"sys.path.insert(0, {str(COLLECTIONS)!r})\n"
            "from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.run import run\n"
            f"die = lambda step: os.kill(os.getpid(), 9) if step == {die_at!r} else None\n"
            "print(json.dumps(run(json.load(sys.stdin), False, die)))\n"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps(self.options(**given)).encode())
        process.stdin.close()
        self.started.append(process)
        return process

    def killed_at(self, step: str, **given: Any) -> None:
        process = self.run_apart(step, **given)
        assert process.wait(30) == -signal.SIGKILL, f"step {step} was never reached"

    # What is really there

    def visit(self, target: str = "/") -> Reply:
        return visit(self.socket, target)

    def serves(self) -> str:
        return self.visit().version

    def processes(self) -> list[int]:
        """Every uWSGI process that was started from something in this world."""
        mine = []
        for pid in list_pids():
            words = read_command(pid)
            stat = read_stat(pid)
            if stat and stat.alive and any(str(self.base) in word for word in words) and "-c" not in words:
                mine.append(pid)
        return mine

    def masters(self) -> list[int]:
        mine = self.processes()
        return [pid for pid in mine if getattr(read_stat(pid), "parent", 0) not in mine]

    def private_files(self) -> list[str]:
        """Files of instances, by kind; one healthy instance has each once."""
        names = os.listdir(self.runtime) if self.runtime.is_dir() else []
        return sorted(re.sub(r"^[0-9a-f]{10}(r\d+)?", "ID", name) for name in names if name != "uwsgi.log")

    def assert_one_instance(self) -> None:
        """Exactly one instance, and no trace of another."""
        assert len(self.masters()) == 1
        assert self.private_files() == ["ID.fifo", "ID.pid", "ID.sock", "ID.stats"]
        published = os.listdir(self.public) if self.public.is_dir() else []
        assert published == ([os.path.basename(os.readlink(self.socket))] if USER else [])
        configured = {name.split(".")[0] for name in os.listdir(self.config) if name != "lock"}
        live = os.path.basename(os.readlink(self.socket)).split(".")[0]
        assert configured == {live}
        assert Path(self.pidfile).read_text().strip() == str(self.masters()[0])
        assert [name for name in os.listdir(self.base / "sockets") if name.startswith(".")] == []
        assert self.info()["leftovers"] == []

    # Others

    def by_hand(self, *extra: str, version: str = "hand", wait: bool = True) -> Process:
        """The book's own command line: no master, a real socket and a real pidfile at the public paths."""
        log = open(self.base / "hand.log", "ab")  # noqa: SIM115
        process = subprocess.Popen(
            [
                *(str(UWSGI), "--socket", self.socket, "--pidfile", self.pidfile, "--chmod-socket=777"),
                *("--chdir", self.app(version), "--module", "wsgi:application", *extra),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        self.started.append(process)
        while wait:
            try:
                self.visit()
                break
            except OSError:
                assert process.poll() is None, (self.base / "hand.log").read_text()
                time.sleep(0.01)
        found = Process.find(process.pid)
        assert found is not None
        return found

    def innocent(self) -> subprocess.Popen[bytes]:
        """A process that has nothing to do with it and must survive everything."""
        process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        self.started.append(process)
        return process

    def destroy(self) -> None:
        for pid in self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for process in self.started:
            process.kill()
            process.wait(10)
            for stream in (process.stdout, process.stderr):
                if stream:
                    stream.close()
        shutil.rmtree(self.base, ignore_errors=True)
