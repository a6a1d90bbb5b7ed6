# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Listening unix sockets and what waits on them: netlink knows the queue, /proc/net/unix the requests."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLM_F_REQUEST, NLM_F_DUMP = 0x1, 0x300
UDIAG_SHOW_NAME, UDIAG_SHOW_VFS, UDIAG_SHOW_RQLEN = 0x01, 0x02, 0x10
UNIX_DIAG_NAME, UNIX_DIAG_VFS, UNIX_DIAG_RQLEN = 0, 1, 4
TCP_LISTEN = 10


@dataclass(frozen=True)
class Listener:
    """A listening socket with the number of connections that wait, and the most that can."""

    inode: int
    name: str
    queued: int
    backlog: int
    # Inode of the file it is bound to, of which the kernel gives the last 32 bits.
    file: int = 0


def _read_attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    offset = 0
    while offset + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, offset)
        if length < 4:
            return
        yield kind & 0x3FFF, data[offset + 4 : offset + length]
        offset += (length + 3) & ~3


def _parse_listener(message: bytes) -> Listener:
    inode = struct.unpack_from("=I", message, 4)[0]
    name, queued, backlog, file = "", 0, 0, 0
    for kind, value in _read_attributes(message[16:]):
        if kind == UNIX_DIAG_NAME:
            name = os.fsdecode(value.rstrip(b"\0"))
        elif kind == UNIX_DIAG_RQLEN:
            queued, backlog = struct.unpack("=II", value[:8])
        elif kind == UNIX_DIAG_VFS:
            file = struct.unpack("=I", value[:4])[0]
    return Listener(inode, name, queued, backlog, file)


def list_listeners() -> list[Listener] | None:
    """Return the listening unix sockets of this network namespace; None where the kernel does not say."""
    request = struct.pack(
        "=BBHIIIII",
        socket.AF_UNIX,
        0,
        0,
        1 << TCP_LISTEN,
        0,
        UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_RQLEN,
        0xFFFFFFFF,
        0xFFFFFFFF,
    )
    header = struct.pack("=IHHII", 16 + len(request), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 1, 0)
    found: list[Listener] = []
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as netlink:
            netlink.settimeout(2)
            netlink.send(header + request)
            while True:
                data = netlink.recv(1 << 18)
                offset = 0
                while offset + 16 <= len(data):
                    length, kind = struct.unpack_from("=IH", data, offset)
                    if kind == NLMSG_DONE:
                        return found
                    if kind == NLMSG_ERROR or length < 16:
                        return None
                    found.append(_parse_listener(data[offset + 16 : offset + length]))
                    offset += (length + 3) & ~3
    except OSError:
        return None


def find_listener(path: str, held: set[int] | None = None) -> Listener | None:
    """Return the listener bound to a path; with ``held``, sockets of a process, only if it is one of them."""
    name = os.path.basename(path)
    found = [listener for listener in list_listeners() or [] if os.path.basename(listener.name) == name]
    if held is not None:
        found = [listener for listener in found if listener.inode in held]
        return found[0] if found else None
    exact = [listener for listener in found if listener.name == path]
    # The name is what the process gave to bind(2): another process can give the same one elsewhere or in
    # another mount namespace. A listener that is bound to the file at the path comes first.
    inode = _read_inode(path)
    exact.sort(key=lambda listener: inode is not None and listener.file == inode & 0xFFFFFFFF)
    return exact[-1] if exact else None


def _read_inode(path: str) -> int | None:
    try:
        return os.lstat(path).st_ino
    except OSError:
        return None


def count_queued(listener: Listener) -> int | None:
    """Return the number of connections that the kernel accepted and no worker has taken yet."""
    found = list_listeners()
    if found is None:
        return _count(listener.name, "02")
    for other in found:
        if other.inode == listener.inode:
            return other.queued
    return 0


def count_in_flight(name: str) -> int | None:
    """Return the number of accepted connections, which are requests: they carry the name of the listener."""
    return _count(name, "03")


def _count(name: str, state: str) -> int | None:
    try:
        with open("/proc/net/unix", "rb") as stream:
            lines = stream.read().splitlines()
    except OSError:
        return None
    wanted = os.fsencode(name)
    count = 0
    for line in lines[1:]:
        fields = line.split(None, 7)
        if len(fields) == 8 and fields[7] == wanted and fields[5] == state.encode():
            count += 1
    return count
