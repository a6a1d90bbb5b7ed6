# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send a request over the uwsgi protocol, to the expected process and to no other."""

from __future__ import annotations

import select
import socket
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Callable

from .._system.unix_socket import QueueFull, connect, read_peer_pid

POLL_INTERVAL = 0.02  # seconds
MOST_OF_A_PAGE = 1 << 20


class WrongPeer(Exception):
    """Another process than the expected one listens; nothing was sent to it."""


class NoAnswer(Exception):
    """Connected, but no answer in time, or an answer that is not HTTP."""


class TimedOut(NoAnswer):
    """Connected, and no complete answer came in time."""


@dataclass(frozen=True)
class Answer:
    status: int
    pid: int
    seconds: float
    body: bytes = b""


def encode_request(path: str, host: str, headers: Mapping[str, str]) -> bytes:
    """Return one uwsgi request, with what NGINX's uwsgi_params would send."""
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


def send_request(
    path: str,
    request: bytes,
    deadline: float,
    is_expected: Callable[[int], bool],
    while_waiting: Callable[[], None] = lambda: None,
) -> Answer:
    """Send one request and read the whole answer. ``while_waiting`` may raise."""
    started = time.monotonic()
    try:
        opened = connect(path, deadline, while_waiting)
    except QueueFull as error:
        raise TimedOut(str(error)) from error
    with opened as connection:
        pid = read_peer_pid(connection)
        if not is_expected(pid):
            raise WrongPeer(f"process {pid} listens at {path}, which is not the expected one")
        try:
            connection.sendall(request)
        except OSError as error:
            raise NoAnswer(f"the request could not be sent: {error}") from error
        body = _read_answer(connection, deadline, while_waiting)
    return Answer(_parse_status(body), pid, time.monotonic() - started, body)


def _read_answer(connection: socket.socket, deadline: float, while_waiting: Callable[[], None]) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while size < MOST_OF_A_PAGE:
        # Also while something arrives: an answer that comes byte by byte has no more time than another.
        if time.monotonic() >= deadline:
            raise TimedOut("no answer in time")
        while_waiting()
        ready, _w, _x = select.select([connection], [], [], POLL_INTERVAL)
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


def _parse_status(answer: bytes) -> int:
    parts = answer.split(b"\r\n", 1)[0].split(None, 2)
    if len(parts) < 2 or not parts[0].startswith(b"HTTP/") or not parts[1].isdigit():
        raise NoAnswer("the connection was closed without an answer" if not answer else "not an HTTP answer")
    return int(parts[1])
