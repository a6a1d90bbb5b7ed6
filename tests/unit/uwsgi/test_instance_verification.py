# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check through the web server, against servers that do not behave."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.errors import InstanceError
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.health_check import Check
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.http_statuses import HttpStatuses
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.run_options import read_run_options
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.verification import verify

TIMEOUT, DRIP_TIME = 1, 5  # seconds


@contextmanager
def dripping_server(head: bytes) -> Iterator[str]:
    """Answers a request with the head, and then with a byte from time to time."""
    stop = threading.Event()

    def drip(connection: socket.socket) -> None:
        with connection:
            connection.recv(1 << 16)
            connection.sendall(head)
            deadline = time.monotonic() + DRIP_TIME
            while time.monotonic() < deadline and not stop.wait(0.1):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(2 * DRIP_TIME)
        thread = threading.Thread(target=lambda: drip(server.accept()[0]))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        finally:
            stop.set()
            thread.join()


def test_a_page_that_drips_bytes_does_not_take_longer_than_the_timeout() -> None:
    with dripping_server(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n") as url:
        started = time.monotonic()
        verify(Check(HttpStatuses(["200"]), timeout=TIMEOUT, successes=1, host="localhost", url=url))
        assert time.monotonic() - started <= TIMEOUT + 0.5


@pytest.mark.parametrize(
    "head", [b"", b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\nX-Slow: "], ids=["nothing", "status", "header"]
)
def test_headers_that_drip_do_not_take_longer_than_the_timeout(head: bytes) -> None:
    with dripping_server(head) as url:
        started = time.monotonic()
        with pytest.raises(InstanceError):
            verify(Check(HttpStatuses(["200"]), timeout=TIMEOUT, successes=1, host="localhost", url=url))
        assert time.monotonic() - started <= TIMEOUT + 0.5


@contextmanager
def refusing_server(headers: dict[str, str]) -> Iterator[str]:
    """Answers each request with 401."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(401)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *words: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


ASKS_FOR_LOGIN = {"WWW-Authenticate": 'Basic realm="Staging"'}


def verify_through(url: str, health_path: str) -> None:
    """The check as the module reads it from its options."""
    timeouts = {"start_timeout": 1, "drain_timeout": 1, "stop_timeout": 1, "memory_reserve": 0}
    choices = {"state": "started", "strategy": "auto", "memory_check": "ignore", "memory_per_process": None}
    checks = {"health_check": {"path": health_path}, "verify": {"url": url, "timeout": TIMEOUT}}
    check = read_run_options({**timeouts, **choices, **checks}, check_mode=False).verify
    assert check is not None
    verify(check)


def test_a_web_server_that_asks_for_a_login_has_been_reached() -> None:
    with refusing_server(ASKS_FOR_LOGIN) as url:
        verify_through(url, "/")


@pytest.mark.parametrize(
    ("headers", "health_path"),
    [(ASKS_FOR_LOGIN, "/health"), ({}, "/")],
    ids=["a path that the app was not asked for", "no login"],
)
def test_any_other_401_is_a_wrong_answer(headers: dict[str, str], health_path: str) -> None:
    with refusing_server(headers) as url, pytest.raises(InstanceError, match="it answered 401"):
        verify_through(url, health_path)
