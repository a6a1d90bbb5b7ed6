# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections to unix sockets, and which process listens at one."""

from __future__ import annotations

import socket
import struct
import time
from typing import Callable

RETRY_INTERVAL = 0.01  # seconds


class NoListener(Exception):
    """Nothing accepts connections at this path."""


class QueueFull(Exception):
    """A process listens at this path, and its queue of waiting connections stayed full."""


def connect(path: str, deadline: float, while_waiting: Callable[[], None]) -> socket.socket:
    """Return a connection without blocking; waits while the queue is full, until ``deadline`` (monotonic)."""
    while True:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.setblocking(False)
        try:
            connection.connect(path)
            return connection
        except BlockingIOError:
            connection.close()
            if time.monotonic() >= deadline:
                raise QueueFull("its queue of waiting connections stayed full") from None
            while_waiting()
            time.sleep(RETRY_INTERVAL)
        except OSError as error:
            connection.close()
            raise NoListener(error.strerror or str(error)) from error


def read_peer_pid(connection: socket.socket) -> int:
    """Return the process that called listen(2) on the other end of a connection."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", raw)[0])


def find_listening_pid(path: str) -> int | None:
    """Return the process that listens at a path; 0 if its queue is full; None if nothing listens."""
    try:
        with connect(path, 0, lambda: None) as connection:
            return read_peer_pid(connection)
    except NoListener:
        return None
    except QueueFull:
        return 0
