# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A directory of configuration as Debian's package lays it out, and the real NGINX on it."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

PROGRAM = Path(__file__).parents[3] / "roles" / "nginx" / "files" / "nginx_safely.py"
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
# Start times are known to 10 ms: what is written this long before or after is seen to be older or newer.
TICK = 0.03


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("nginx_safely", PROGRAM)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["nginx_safely"] = module
    spec.loader.exec_module(module)
    return module


nginx_safely = load()


def until(condition: Callable[[], bool], what: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what} within {seconds} s"
        time.sleep(0.005)


class Server:
    """A directory of configuration with one site, blog, and an NGINX that keeps to the directory."""

    def __init__(self, directory: Path, nginx: str) -> None:
        self.config = directory / "etc" / "nginx"
        self.pid = directory / "nginx.pid"
        self.log = directory / "error.log"
        self.socket = directory / "http.sock"
        self.listen = f"listen unix:{self.socket};\n"
        self.records = directory / "records"
        self.packages = directory / "status"
        self.calls = directory / "calls"
        self.calls.write_text("")
        self.process: subprocess.Popen[bytes] | None = None
        # Until it has read the configuration, NGINX would use the log it was built with.
        self.command = [nginx, "-e", str(self.log)]
        self.binary = directory / "nginx"
        self.binary.write_text(
            f"#!/bin/sh\necho \"$*\" >>'{self.calls}'\nexec '{nginx}' -e '{self.log}' \"$@\"\n"
        )
        self.binary.chmod(0o755)
        for name in ("conf.d", "snippets", "sites-available", "sites-enabled", "modules-enabled"):
            (self.config / name).mkdir(parents=True)
        temporary = "".join(f"  {name}_temp_path {directory}/{name};\n" for name in TEMPORARY)
        self.write(
            "nginx.conf",
            f"{'user root;' if os.geteuid() == 0 else ''}\n"
            f"worker_processes 2;\n"
            f"pid {self.pid};\n"
            f"error_log {self.log};\n"
            f"include {self.config}/modules-enabled/*.conf;\n"
            f"events {{}}\n"
            f"http {{\n"
            f"  access_log off;\n"
            f"{temporary}"
            f"  include {self.config}/conf.d/*.conf;\n"
            f"  include {self.config}/sites-enabled/*;\n"
            f"  server {{ listen unix:{self.socket} default_server; return 404 nobody; }}\n"
            f"}}\n",
        )
        self.write("snippets/listen.conf", self.listen)
        self.write("sites-available/blog.conf", self.site("blog"))
        (self.config / "sites-enabled" / "blog.conf").symlink_to("../sites-available/blog.conf")

    def site(self, names: str, says: str = "", *directives: str) -> str:
        """A virtual host that answers every request with what it says: its names, if not told otherwise."""
        more = "".join(f"  {directive}\n" for directive in directives)
        answer = f'  location / {{ return 200 "{says or names}"; }}\n'
        return f"server {{\n  include snippets/listen.conf;\n  server_name {names};\n{more}{answer}}}\n"

    def write(self, name: str, text: str) -> Path:
        path = self.config / name
        path.write_text(text)
        return path

    def tree(self) -> dict[str, str]:
        return {
            str(path.relative_to(self.config)): os.readlink(path) if path.is_symlink() else path.read_text()
            for path in sorted(self.config.rglob("*"))
            if path.is_symlink() or path.is_file()
        }

    def run(self, *arguments: str) -> int:
        return int(nginx_safely.main([*self.options(), *arguments]))

    def options(self) -> list[str]:
        directories = ["--config", str(self.config), "--records", str(self.records)]
        return [*directories, "--nginx", str(self.binary), "--packages", str(self.packages)]

    def apply(self, *options: str, **request: Any) -> subprocess.CompletedProcess[str]:
        """What the role does: the request comes by standard input."""
        return subprocess.run(
            [sys.executable, str(PROGRAM), *self.options(), "apply", *options],
            input=f"request {json.dumps(request)}",
            capture_output=True,
            text=True,
            check=False,
        )

    def apply_site(self, text: str, *options: str, **request: Any) -> subprocess.CompletedProcess[str]:
        """The request for one virtual host, new.conf if it has no other name."""
        name, before = request.pop("name", "new.conf"), request.pop("before", [])
        files = {f"sites-available/{name}": {"content": text, "before": before}}
        return self.apply(*options, files=files, enable=[name], **request)

    def kept(self) -> dict[str, str]:
        """The copies of what was replaced, by the name of the file."""
        copies = sorted((self.records / "replaced").glob("*"))
        return {path.name.rpartition(".")[0]: path.read_text() for path in copies}

    def check(self, text: str, dest: str) -> int:
        candidate = self.config.parent / "candidate"
        candidate.write_text(text)
        return self.run("check", str(candidate), str(self.config / dest))

    def start(self) -> None:
        time.sleep(TICK)
        self.process = subprocess.Popen(
            [*self.command, "-c", str(self.config / "nginx.conf"), "-g", "daemon off;"],
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until(lambda: len(self.workers()) == 2, f"NGINX starts: {self.log}")
        time.sleep(TICK)

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(20)
        finally:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.process.wait()

    def workers(self) -> set[int]:
        """The processes that take requests: not those which only finish theirs."""
        assert self.process
        assert self.process.poll() is None, f"NGINX has ended: {self.log.read_text()}"
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return {int(pid) for pid in children if title(int(pid)) == "nginx: worker process"}

    def visit(self, host: str) -> str:
        with self.connection() as connection:
            connection.sendall(f"GET / HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
            return body_of(connection)

    def connection(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(20)
        connection.connect(str(self.socket))
        return connection


def body_of(connection: socket.socket) -> str:
    """What comes until the server closes, without its head."""
    answer = b""
    while chunk := connection.recv(65536):
        answer += chunk
    return answer.partition(b"\r\n\r\n")[2].decode()


def title(pid: int) -> str:
    """What a process calls itself; nothing once it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").strip("\0 ")
    except OSError:
        return ""
