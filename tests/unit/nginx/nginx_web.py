# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One virtual host of the role in front of a real uWSGI whose app answers with what it was sent."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nginx_templates import render
from nginx_world import Server, until

HOST = "blog.test"
ECHO = """
import json
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json"), ("X-App", "yes")])
    texts = {name: value for name, value in environ.items() if isinstance(value, str)}
    return [json.dumps(texts).encode()]
"""
# The distribution's, whether it is installed or unpacked below .venv/servers.
UWSGI_PARAMS = [
    Path(__file__).parents[3] / ".venv/servers/files/etc/nginx/uwsgi_params",
    Path("/etc/nginx/uwsgi_params"),
]


@dataclass(frozen=True)
class Answer:
    """What a visitor gets."""

    status: int
    head: str
    body: bytes

    @property
    def from_app(self) -> bool:
        return "X-App: yes" in self.head

    @property
    def environ(self) -> dict[str, str]:
        assert self.from_app, self
        return dict(json.loads(self.body))


class Web(Server):
    """NGINX, whose workers are the user nobody, with one virtual host of the role, and its app."""

    def __init__(self, directory: Path, nginx: str, server: dict[str, Any], site: dict[str, Any]) -> None:
        super().__init__(directory, nginx)
        self.port = free_port()
        self.root = directory / "blog.root"
        self.app_socket = directory / "blog.sock"
        config = self.config / "nginx.conf"
        config.write_text(config.read_text().replace("user root;", "user nobody nogroup;"))
        shutil.copy(next(path for path in UWSGI_PARAMS if path.is_file()), self.config / "uwsgi_params")
        settings = {
            "nginx_port": self.port,
            "nginx_site_name": "blog",
            "nginx_site_server_names": [HOST],
            "nginx_site_socket": str(self.app_socket),
            "nginx_site_root": str(self.root),
            "nginx_site_access_log": "off",
            "nginx_site_error_log": str(directory / "site.error.log"),
            **server,
            **site,
        }
        for name in ("conf.d/masonite-deploy.conf", "snippets/masonite-deploy-listen.conf",
                     "snippets/masonite-deploy-uwsgi.conf"):  # fmt: skip
            self.write(name, render(f"{Path(name).name}.j2", **settings))
        self.write("sites-available/blog.conf", render("site.conf.j2", **settings))
        self.app: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        directory = self.app_socket.parent
        (directory / "echo.py").write_text(ECHO)
        uwsgi = Path(sys.executable).with_name("uwsgi")
        options = [
            "--master",
            "--need-app",
            "--buffer-size",
            "32768",
            "--chmod-socket=666",
            "--processes",
            "2",
        ]
        self.app = subprocess.Popen(
            [
                str(uwsgi),
                "--socket",
                str(self.app_socket),
                "--wsgi-file",
                str(directory / "echo.py"),
                *options,
            ],
            stdout=subprocess.DEVNULL,
            stderr=(directory / "uwsgi.log").open("wb"),
            start_new_session=True,
        )
        until(lambda: "spawned uWSGI worker 2" in (directory / "uwsgi.log").read_text(), "uWSGI starts")
        super().start()

    def stop(self) -> None:
        super().stop()
        if self.app is not None:
            os.killpg(self.app.pid, signal.SIGKILL)
            self.app.wait()

    def connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=20)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def get_within(self, seconds: float) -> Answer:
        return self.get("/", timeout=seconds)

    def get(self, path: str = "/", *headers: str, timeout: float = 20) -> Answer:
        lines = [f"GET {path} HTTP/1.0", f"Host: {HOST}", *headers, "", ""]
        with self.connect() as connection:
            connection.settimeout(timeout)
            connection.sendall("\r\n".join(lines).encode())
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        head, _, body = answer.partition(b"\r\n\r\n")
        match = re.match(rb"HTTP/1\.1 (\d+)", head)
        assert match, answer
        return Answer(int(match.group(1)), head.decode(), body)

    def seconds_of(self, path: str, count: int) -> float:
        """The mean time of an answer on one connection."""
        request = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
        with self.connect() as connection:
            begin = time.monotonic()
            for _number in range(count):
                connection.sendall(request)
                answer = connection.recv(65536)
                assert answer.startswith(b"HTTP/1.1 200"), answer
            return (time.monotonic() - begin) / count


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
