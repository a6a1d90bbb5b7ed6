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

import pytest

from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.errors import InstanceError
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.health_check import Check
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.http_statuses import HttpStatuses
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
