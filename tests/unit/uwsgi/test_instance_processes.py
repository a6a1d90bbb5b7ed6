# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What /proc, netlink and the uwsgi protocol tell, on real processes and sockets."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.masonite.deploy.plugins.module_utils._system import process
from ansible_collections.masonite.deploy.plugins.module_utils._system import unix_listener as listeners
from ansible_collections.masonite.deploy.plugins.module_utils._system.process import Process
from ansible_collections.masonite.deploy.plugins.module_utils._system.process_memory import measure_memory_kb
from ansible_collections.masonite.deploy.plugins.module_utils._system.process_sockets import (
    list_socket_inodes,
)
from ansible_collections.masonite.deploy.plugins.module_utils._system.unix_socket import find_listening_pid
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi import uwsgi_protocol as protocol


@pytest.fixture
def listener(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[socket.socket, str]]:
    path = str(tmp_path_factory.mktemp("s") / "x.sock")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen(20)
        yield server, path


def connect(path: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    return connection


@pytest.mark.parametrize("count", [0, 1, 7])
def test_the_queue_of_a_listener(listener: tuple[socket.socket, str], count: int) -> None:
    _server, path = listener
    waiting = [connect(path) for _number in range(count)]
    found = listeners.find_listener(path)
    assert found is not None
    assert found.queued == count
    assert found.backlog == 20
    assert listeners.count_queued(found) == count
    assert listeners.count_in_flight(path) == 0
    for connection in waiting:
        connection.close()


def test_requests_in_flight(listener: tuple[socket.socket, str]) -> None:
    server, path = listener
    clients = [connect(path) for _number in range(3)]
    taken = [server.accept()[0] for _number in range(2)]
    found = listeners.find_listener(path)
    assert found is not None
    assert listeners.count_queued(found) == 1
    assert listeners.count_in_flight(path) == 2
    for connection in [*clients, *taken]:
        connection.close()
    assert listeners.count_in_flight(path) == 0


def test_a_listener_is_found_only_with_who_holds_it(listener: tuple[socket.socket, str]) -> None:
    _server, path = listener
    mine = list_socket_inodes(os.getpid())
    assert mine
    assert listeners.find_listener(path, mine)
    assert listeners.find_listener(path, set()) is None
    assert listeners.find_listener(path + "x") is None


def test_a_closed_listener_has_no_queue(listener: tuple[socket.socket, str]) -> None:
    server, path = listener
    found = listeners.find_listener(path)
    server.close()
    assert found is not None
    assert listeners.count_queued(found) == 0


def test_the_peer_is_whoever_listens(listener: tuple[socket.socket, str]) -> None:
    server, path = listener
    assert find_listening_pid(path) == os.getpid()
    server.close()
    assert find_listening_pid(path) is None
    assert find_listening_pid(path + "x") is None


def test_a_full_queue_is_told_apart_from_nobody(tmp_path: Path) -> None:
    path = str(tmp_path / "x.sock")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen(0)
        first = connect(path)
        assert find_listening_pid(path) == 0
        first.close()


def test_a_wrong_peer_gets_no_request(listener: tuple[socket.socket, str]) -> None:
    server, path = listener
    with pytest.raises(protocol.WrongPeer):
        protocol.send_request(path, b"secret", time.monotonic() + 5, lambda pid: pid != os.getpid())
    taken, _address = server.accept()
    assert taken.recv(100) == b""
    taken.close()


def test_silence_ends_in_time(listener: tuple[socket.socket, str]) -> None:
    _server, path = listener
    begun = time.monotonic()
    with pytest.raises(protocol.TimedOut):
        protocol.send_request(path, b"x", begun + 0.2, lambda _pid: True)
    assert time.monotonic() - begun < 1


def test_an_answer_byte_by_byte_ends_in_time(listener: tuple[socket.socket, str]) -> None:
    server, path = listener

    def drip() -> None:
        taken, _address = server.accept()
        with taken:
            try:
                for _ in range(1000):
                    taken.sendall(b"H")
                    time.sleep(0.005)
            except OSError:
                pass

    thread = threading.Thread(target=drip)
    thread.start()
    ticks: list[int] = []
    begun = time.monotonic()
    with pytest.raises(protocol.TimedOut):
        protocol.send_request(path, b"x", begun + 0.3, lambda _pid: True, lambda: ticks.append(1))
    assert time.monotonic() - begun < 2
    assert len(ticks) > 5
    thread.join()


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1\r\n\r\n", b"\x00\x01junk", b"HTTP/1.1 abc\r\n\r\n", b"220 mail\r\n"]
)
def test_an_answer_that_is_none(listener: tuple[socket.socket, str], answer: bytes) -> None:
    server, path = listener

    def serve() -> None:
        taken, _address = server.accept()
        taken.recv(4096)
        taken.sendall(answer)
        taken.close()

    thread = threading.Thread(target=serve)
    thread.start()
    with pytest.raises(protocol.NoAnswer):
        protocol.send_request(path, b"x", time.monotonic() + 5, lambda _pid: True)
    thread.join()


@given(
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30),
    st.dictionaries(
        st.text("abcX-", min_size=1, max_size=8), st.text(alphabet="abc ", max_size=10), max_size=3
    ),
)
def test_packets_are_what_uwsgi_reads(query: str, headers: dict[str, str]) -> None:
    raw = protocol.encode_request(f"/a?{query}", "example.com:81", headers)
    modifier, size, second = struct.unpack("<BHB", raw[:4])
    assert (modifier, second, size) == (0, 0, len(raw) - 4)
    words, offset = [], 4
    while offset < len(raw):
        length = struct.unpack_from("<H", raw, offset)[0]
        words.append(raw[offset + 2 : offset + 2 + length].decode())
        offset += 2 + length
    told = dict(zip(words[::2], words[1::2]))
    assert told["PATH_INFO"] == "/a"
    assert told["QUERY_STRING"] == query
    assert (told["SERVER_NAME"], told["SERVER_PORT"]) == ("example.com", "81")


# Processes

SLEEP = "import time; time.sleep(600)"
FAMILY = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {SLEEP!r}]); time.sleep(600)"


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    started = subprocess.Popen([sys.executable, "-c", FAMILY], start_new_session=True)
    yield started
    try:
        os.killpg(started.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    started.wait()


def test_a_process_is_a_pid_and_a_start(child: subprocess.Popen[bytes]) -> None:
    found = Process.find(child.pid)
    assert found is not None
    assert found.alive
    assert 0 <= found.age < 30
    impostor = Process(child.pid, found.start + 1)
    assert not impostor.alive
    assert not impostor.send_signal(signal.SIGKILL)
    assert process.kill_family(impostor) == 0
    assert found.alive


def test_a_family_is_killed_whole(child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 5
    while len(process.list_family(child.pid)) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    members = process.list_family(child.pid)
    assert members[0].pid == child.pid
    assert len(members) == 2
    assert process.kill_family(members[0]) == 2
    assert process.wait_until_gone(members, 5)


def test_a_zombie_is_not_alive(child: subprocess.Popen[bytes]) -> None:
    found = Process.find(child.pid)
    os.killpg(child.pid, signal.SIGKILL)
    assert found is not None
    assert process.wait_until_gone([found], 5)
    assert process.read_stat(child.pid) is not None, "nobody has collected it yet"
    assert Process.find(child.pid) is None


@pytest.mark.parametrize("pid", [0, -1, None, 2**22 + 1])
def test_what_is_no_process(pid: int | None) -> None:
    assert Process.find(pid) is None


def test_own_memory_is_measured() -> None:
    assert 1000 < measure_memory_kb([os.getpid()]) < 10_000_000
