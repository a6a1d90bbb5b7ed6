# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Asks an instance a question over the uwsgi protocol, and believes only the process it expects."""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Callable

from ansible_collections.masonite.deploy.plugins.module_utils._system.process import peer_of

POLL = 0.01
MOST_OF_A_PAGE = 1 << 20


class NoListener(Exception):
    """Nothing accepts connections at this path."""


class WrongPeer(Exception):
    """Something else than the expected process listens; nothing was sent to it."""


class NoAnswer(Exception):
    """Connected, but no answer in time, or an answer that is none."""


class TimedOut(NoAnswer):
    """Connected, and nothing came."""


@dataclass(frozen=True)
class Answer:
    status: int
    pid: int
    seconds: float
    body: bytes = b""


class Statuses:
    """Expected statuses, written as single ones and ranges: ["200-399", "404"]."""

    def __init__(self, written: Sequence[str]) -> None:
        self.written = [str(part).strip() for part in written]
        self.ranges = [self._range(part) for part in self.written]
        if not self.ranges:
            raise ValueError("at least one expected status is needed")

    @staticmethod
    def _range(part: str) -> tuple[int, int]:
        first, dash, last = part.partition("-")
        try:
            low, high = int(first), int(last if dash else first)
        except ValueError:
            raise ValueError(f"{part!r} is neither a status like 200 nor a range like 200-399") from None
        if not 100 <= low <= high <= 599:
            raise ValueError(f"{part!r} is not a range of HTTP statuses")
        return low, high

    def __contains__(self, status: object) -> bool:
        return isinstance(status, int) and any(low <= status <= high for low, high in self.ranges)

    def __str__(self) -> str:
        return ", ".join(self.written)


def packet(path: str, host: str, headers: Mapping[str, str]) -> bytes:
    """One uwsgi request, with what NGINX's uwsgi_params would send."""
    target, _mark, query = path.partition("?")
    variables: dict[str, str] = {
        "REQUEST_METHOD": "GET",
        "REQUEST_URI": path,
        "PATH_INFO": target,
        "QUERY_STRING": query,
        "DOCUMENT_URI": target,
        "CONTENT_TYPE": "",
        "CONTENT_LENGTH": "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REQUEST_SCHEME": "http",
        "REMOTE_ADDR": "127.0.0.1",
        "REMOTE_PORT": "0",
        "SERVER_NAME": host.partition(":")[0],
        "SERVER_PORT": host.partition(":")[2] or "80",
        "HTTP_HOST": host,
        "HTTP_USER_AGENT": "masonite.deploy health check",
        "HTTP_ACCEPT": "*/*",
    }
    for name, value in headers.items():
        variables["HTTP_" + name.upper().replace("-", "_")] = value
    block = b"".join(
        struct.pack("<H", len(raw)) + raw
        for pair in variables.items()
        for raw in (part.encode("utf-8") for part in pair)
    )
    return struct.pack("<BHB", 0, len(block), 0) + block


def open_connection(path: str, deadline: float, tick: Callable[[], None]) -> socket.socket:
    """A connection, waiting while the listener's queue is full."""
    while True:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.setblocking(False)
        try:
            connection.connect(path)
            return connection
        except BlockingIOError:
            connection.close()
            if time.monotonic() >= deadline:
                raise TimedOut("its queue of waiting connections stayed full") from None
            tick()
            time.sleep(POLL)
        except OSError as error:
            connection.close()
            raise NoListener(error.strerror or str(error)) from error


def peer(path: str) -> int | None:
    """The pid that listens at a path; 0 if its queue is full; None if nothing listens."""
    try:
        with open_connection(path, 0, lambda: None) as connection:
            return peer_of(connection)
    except NoListener:
        return None
    except NoAnswer:
        return 0


def ask(
    path: str,
    request: bytes,
    deadline: float,
    expect: Callable[[int], bool],
    tick: Callable[[], None] = lambda: None,
) -> Answer:
    """Sends one request and reads the whole answer. `tick` runs while waiting and may raise."""
    begun = time.monotonic()
    with open_connection(path, deadline, tick) as connection:
        pid = peer_of(connection)
        if not expect(pid):
            raise WrongPeer(f"process {pid} listens at {path}, which is not the one expected")
        try:
            connection.sendall(request)
        except OSError as error:
            raise NoAnswer(f"the request could not be sent: {error}") from error
        body = _read(connection, deadline, tick)
    return Answer(_status(body), pid, time.monotonic() - begun, body)


def _read(connection: socket.socket, deadline: float, tick: Callable[[], None]) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while size < MOST_OF_A_PAGE:
        # Also while something arrives: an answer that comes byte by byte has no more time than another.
        if time.monotonic() >= deadline:
            raise TimedOut("no answer in time")
        tick()
        ready, _w, _x = select.select([connection], [], [], POLL * 2)
        if not ready:
            continue
        try:
            chunk = connection.recv(1 << 16)
        except OSError as error:
            raise NoAnswer(f"the connection broke: {error}") from error
        if not chunk:
            break
        chunks.append(chunk)
        size += len(chunk)
    return b"".join(chunks)


def _status(answer: bytes) -> int:
    parts = answer.split(b"\r\n", 1)[0].split(None, 2)
    if len(parts) < 2 or not parts[0].startswith(b"HTTP/") or not parts[1].isdigit():
        raise NoAnswer("the connection was closed without an answer" if not answer else "not an HTTP answer")
    return int(parts[1])
