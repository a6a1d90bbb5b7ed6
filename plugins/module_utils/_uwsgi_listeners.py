# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
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
    inode: int
    name: str
    queued: int
    backlog: int
    # Inode of the file it is bound to, as far as the kernel tells: its last 32 bits.
    file: int = 0


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    offset = 0
    while offset + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, offset)
        if length < 4:
            return
        yield kind & 0x3FFF, data[offset + 4 : offset + length]
        offset += (length + 3) & ~3


def _parse(message: bytes) -> Listener:
    inode = struct.unpack_from("=I", message, 4)[0]
    name, queued, backlog, file = "", 0, 0, 0
    for kind, value in _attributes(message[16:]):
        if kind == UNIX_DIAG_NAME:
            name = os.fsdecode(value.rstrip(b"\0"))
        elif kind == UNIX_DIAG_RQLEN:
            queued, backlog = struct.unpack("=II", value[:8])
        elif kind == UNIX_DIAG_VFS:
            file = struct.unpack("=I", value[:4])[0]
    return Listener(inode, name, queued, backlog, file)


def listeners() -> list[Listener] | None:
    """Every listening unix socket of this network namespace; None where the kernel does not tell."""
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
                    found.append(_parse(data[offset + 16 : offset + length]))
                    offset += (length + 3) & ~3
    except OSError:
        return None


def find(path: str, held: set[int] | None = None) -> Listener | None:
    """The listener bound to a path. With `held`, the sockets of a process: only if it is among them."""
    name = os.path.basename(path)
    found = [seen for seen in listeners() or [] if os.path.basename(seen.name) == name]
    if held is not None:
        found = [seen for seen in found if seen.inode in held]
        return found[0] if found else None
    exact = [seen for seen in found if seen.name == path]
    # The name is what the process has given to bind(2): elsewhere, or in another mount namespace, others can
    # give the same. What is bound to the file that is there now counts first.
    inode = _inode(path)
    exact.sort(key=lambda seen: inode is not None and seen.file == inode & 0xFFFFFFFF)
    return exact[-1] if exact else None


def _inode(path: str) -> int | None:
    try:
        return os.lstat(path).st_ino
    except OSError:
        return None


def queued(listener: Listener) -> int | None:
    """Connections the kernel has accepted and no worker has taken yet."""
    found = listeners()
    if found is None:
        return _count(listener.name, "02")
    for seen in found:
        if seen.inode == listener.inode:
            return seen.queued
    return 0


def in_flight(name: str) -> int | None:
    """Requests a worker has taken and not finished: accepted sockets carry the listener's name."""
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
