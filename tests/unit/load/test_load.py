# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The load generator against real sockets: what it sends, counts, refuses, and when it stops."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import socket
import struct
import subprocess
import sys
import threading
import time
import typing as t
from pathlib import Path

import pytest

from benchmarks import load as load_module
from benchmarks.load import Load, LoadError, Target, longest_gap, parse_reply, percentiles, require_local

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\nversion: v17\r\n"
Answer = t.Callable[[socket.socket, bytes, int], None]


class Server:
    """A threaded server whose answer to each connection is a function of the request and its number."""

    def __init__(self, answer: Answer, path: Path | None = None) -> None:
        self.answer = answer
        self.requests: list[bytes] = []
        self.times: list[float] = []
        self.listener = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        self.listener.bind(str(path) if path else ("127.0.0.1", 0))
        self.listener.listen(128)
        self.url = "http://127.0.0.1/" if path else f"http://127.0.0.1:{self.listener.getsockname()[1]}/"
        self.thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> Server:
        self.thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _peer = self.listener.accept()
            except OSError:
                return
            self.times.append(time.monotonic())
            number = len(self.times)
            threading.Thread(target=self._serve, args=(connection, number), daemon=True).start()

    def _serve(self, connection: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError), connection:
            request = connection.recv(65536)
            self.requests.append(request)
            self.answer(connection, request, number)


def good(connection: socket.socket, _request: bytes, _number: int) -> None:
    connection.sendall(OK)


def test_every_request_is_sent_counted_and_answered() -> None:
    with Server(good) as server:
        summary = Load(server.url, host="blog.test", rate=100, max_requests=30).start().wait()
    assert (summary.total, summary.failed, summary.ended) == (30, 0, "count")
    assert summary.outcomes == {"200": 30}
    assert summary.latency["p50"] < 0.1
    assert all(request.startswith(b"GET / HTTP/1.1\r\nHost: blog.test\r\n") for request in server.requests)
    assert len(server.times) == 30  # a connection each


def test_the_clock_decides_when_to_ask_not_the_replies() -> None:
    def slow(connection: socket.socket, request: bytes, number: int) -> None:
        time.sleep(0.5)
        good(connection, request, number)

    with Server(slow) as server, Load(server.url, rate=40, max_requests=20) as load:
        summary = load.wait()
    assert server.times[-1] - server.times[0] < 0.9  # one after the other would take 10 s
    assert summary.failed == 0
    assert summary.latency["p50"] >= 0.5


def test_with_block_ends_the_load_and_waits_for_replies_still_due() -> None:
    def slow(connection: socket.socket, request: bytes, number: int) -> None:
        time.sleep(0.3)
        good(connection, request, number)

    with Server(slow) as server:
        started = time.monotonic()
        with Load(server.url, rate=50) as load:
            time.sleep(0.5)
            asked_to_stop = time.monotonic() - started
        summary = load.summary()
        assert summary.ended == "stopped"
        # None is due after the end; how far the thread had come by then is the scheduler's.
        assert 1 <= summary.total <= 50 * asked_to_stop + 1
        assert all(record.latency >= 0.3 for record in load.records())
        assert summary.failed == 0


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "502"),
        (b"", "empty reply"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", "truncated reply"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "truncated reply"),
        (b"SSH-2.0-OpenSSH\r\n", "not an HTTP reply"),
    ],
)
def test_a_bad_reply_is_a_failure(reply: bytes, outcome: str) -> None:
    def answer(connection: socket.socket, _request: bytes, number: int) -> None:
        connection.sendall(reply if number == 3 else OK)

    with Server(answer) as server:
        load = Load(server.url, rate=100, max_requests=6).start()
        summary = load.wait()
    assert (summary.total, summary.failed) == (6, 1)
    assert summary.outcomes == {"200": 5, outcome: 1}
    assert len(load.failures()) == 1


def test_a_reply_that_never_comes_is_a_failure_after_the_timeout() -> None:
    def hang(connection: socket.socket, request: bytes, number: int) -> None:
        time.sleep(3 if number == 1 else 0)
        good(connection, request, number)

    with Server(hang) as server:
        summary = Load(server.url, rate=50, max_requests=5, timeout=0.3).start().wait()
    assert summary.outcomes == {"200": 4, "timeout": 1}


def test_a_closed_port_is_failures_not_a_crash() -> None:
    with socket.socket() as spare:
        spare.bind(("127.0.0.1", 0))
        port = spare.getsockname()[1]
    summary = Load(f"http://127.0.0.1:{port}/", rate=50, max_requests=5).start().wait()
    assert summary.outcomes == {"ConnectionRefusedError": 5}
    assert summary.latency == {}


def test_an_outage_is_measured_as_failures_and_as_a_gap() -> None:
    def outage(connection: socket.socket, request: bytes, number: int) -> None:
        if 20 <= number < 60:
            connection.sendall(b"HTTP/1.1 503 Down\r\n\r\n")
        else:
            good(connection, request, number)

    with Server(outage) as server:
        load = Load(server.url, rate=100, max_requests=100).start()
        summary = load.wait()
    assert summary.failed == 40
    # The outage was due to last 0.41 s; a busy machine asks or answers that much too late.
    slack = summary.late + summary.latency["max"] + 0.05
    assert 0.41 - slack < summary.longest_gap < 0.41 + slack
    assert load.summary(since=0.7).failed == 0
    assert load.summary(since=0.7).longest_gap < 0.1 + slack
    assert load.summary(since=0.25, until=0.5).outcomes == {"503": 25}


def test_expected_statuses_are_the_callers() -> None:
    def redirect(connection: socket.socket, _request: bytes, _number: int) -> None:
        connection.sendall(b"HTTP/1.1 302 Found\r\n\r\n")

    with Server(redirect) as server:
        assert Load(server.url, rate=100, max_requests=3).start().wait().failed == 3
        assert Load(server.url, rate=100, max_requests=3, expected=[200, 302]).start().wait().failed == 0


def test_the_mark_tells_which_version_answered() -> None:
    with Server(good) as server:
        load = Load(server.url, rate=100, max_requests=3, mark=r"version: (v\d+)").start()
        load.wait()
    assert [record.mark for record in load.records()] == ["v17"] * 3


def test_a_unix_socket_through_a_link(tmp_path: Path) -> None:
    link = tmp_path / "public.sock"
    link.symlink_to("private.sock")
    with Server(good, tmp_path / "private.sock") as server:
        load = Load(
            "http://localhost/health", host="blog.test", unix_socket=str(link), rate=100, max_requests=5
        )
        assert load.start().wait().failed == 0
    assert server.requests[0].startswith(b"GET /health HTTP/1.1\r\nHost: blog.test\r\n")


def test_the_uwsgi_protocol(tmp_path: Path) -> None:
    path = tmp_path / "app.sock"
    with Server(good, path) as server:
        load = Load("uwsgi://blog.test/a?b=c", unix_socket=str(path), rate=100, max_requests=2)
        assert load.start().wait().failed == 0
    packet = server.requests[0]
    modifier, size, _modifier2 = struct.unpack("<BHB", packet[:4])
    assert (modifier, size) == (0, len(packet) - 4)
    for name, value in {"PATH_INFO": "/a", "QUERY_STRING": "b=c", "HTTP_HOST": "blog.test"}.items():
        pair = b"".join(struct.pack("<H", len(part)) + part.encode() for part in (name, value))
        assert pair in packet


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1/",
        "http://8.8.8.8/",
        "http://example.org/",
        "http://10.0.0.1:8080/",
        "http://[2001:db8::1]/",
    ],
)
def test_an_address_of_someone_else_is_refused(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_module, "bridge_networks", lambda: [])
    with pytest.raises(LoadError):
        Load(url)


def test_an_address_on_a_bridge_of_this_machine_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    network = ipaddress.IPv4Network("172.30.0.0/16")
    monkeypatch.setattr(load_module, "bridge_networks", lambda: [network])
    require_local("172.30.0.2")
    with pytest.raises(LoadError, match="load refused"):
        require_local("172.31.0.2")


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"rate": 0}, "rate"),
        ({"rate": 1e6}, "rate"),
        ({"max_seconds": 1e9}, "max_seconds"),
        ({"max_requests": 10**9}, "max_requests"),
        ({"timeout": 0}, "timeout"),
        ({"rate": 1000, "timeout": 60}, "connections open at once"),
    ],
)
def test_load_without_bounds_is_refused(settings: dict[str, t.Any], name: str) -> None:
    with pytest.raises(LoadError, match=name):
        Load("http://127.0.0.1/", **settings)


def test_time_is_a_bound_too() -> None:
    with Server(good) as server:
        summary = Load(server.url, rate=100, max_seconds=0.3).start().wait()
    assert (summary.total, summary.ended) == (30, "time")
    assert summary.seconds == pytest.approx(0.3, abs=0.05)


def test_a_load_is_started_once() -> None:
    with Server(good) as server:
        load = Load(server.url, rate=100, max_requests=1).start()
        with pytest.raises(LoadError, match="started before"):
            load.start()
        load.stop()


@pytest.mark.parametrize(
    ("successes", "start", "end", "gap"),
    [
        ([], 0.0, 2.0, 2.0),
        ([0.1, 0.2, 1.2], 0.0, 1.3, 1.0),
        ([0.5], 0.0, 0.6, 0.5),
        ([0.5], 0.0, 2.0, 1.5),
        ([0.2, 0.1, 0.3], 0.0, 0.35, 0.1),
        ([0.1, 5.0], 0.0, 0.2, 0.1),
    ],
)
def test_longest_gap(successes: list[float], start: float, end: float, gap: float) -> None:
    assert longest_gap(successes, start, end) == pytest.approx(gap)


def test_percentiles() -> None:
    figures = percentiles([n / 1000 for n in range(1, 1001)])
    assert figures == {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999, "max": 1.0}
    assert percentiles([3.0])["p50"] == 3.0


def test_a_target_keeps_the_port_in_the_host_header() -> None:
    assert Target.parse("http://127.0.0.1:8080/", None, None).host == "127.0.0.1:8080"
    with pytest.raises(LoadError, match="no usual port"):
        Target.parse("uwsgi://127.0.0.1/", None, None)
    with pytest.raises(LoadError, match="wanted a URL"):
        Target.parse("ftp://127.0.0.1/", None, None)


def test_a_chunked_reply_is_whole_with_its_last_chunk() -> None:
    reply = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    assert parse_reply(reply)[0] == 200


def test_command_line_writes_json_and_exits_1_on_failures(tmp_path: Path) -> None:
    def third_fails(connection: socket.socket, request: bytes, number: int) -> None:
        if number == 3:
            connection.sendall(b"HTTP/1.1 500 Oops\r\n\r\n")
        else:
            good(connection, request, number)

    output = tmp_path / "requests.jsonl"
    with Server(third_fails) as server:
        command = [sys.executable, load_module.__file__, server.url, "--rate", "50", "--requests", "5"]
        run = subprocess.run([*command, "--output", str(output)], capture_output=True, text=True, timeout=30)
    assert run.returncode == 1, run.stderr
    assert json.loads(run.stdout)["failed"] == 1
    head, *lines = [json.loads(line) for line in output.read_text().splitlines()]
    assert head["summary"]["total"] == len(lines) == 5
    assert [line["status"] for line in lines].count(500) == 1
    assert [line["at"] for line in lines] == [0.0, 0.02, 0.04, 0.06, 0.08]
