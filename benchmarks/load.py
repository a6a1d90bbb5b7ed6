# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Open-loop load: so many requests a second, each sent when the clock says, whatever became of the others.

A closed-loop client stops asking while a site hangs, and so hides the outage it should measure. This one
keeps asking, opens a new connection for every request, and counts latency from the moment the request was
due. It only talks to this machine: loopback, the networks of its own bridges (Docker), unix sockets.

    with Load("http://127.0.0.1:8080/", host="blog.test", rate=40) as load:
        deploy()
    assert load.summary().failed == 0

Standard library only, one file, Python 3.9 or newer: it can be copied to a server and run there.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import dataclasses
import fcntl
import ipaddress
import json
import math
import re
import signal
import socket
import ssl
import struct
import sys
import threading
import time
import typing as t
from pathlib import Path
from urllib.parse import urlsplit

MAX_RATE = 1000.0
MAX_SECONDS = 4 * 3600.0
MAX_REQUESTS = 500_000
MAX_OPEN = 5000
MAX_REPLY = 16 * 1024 * 1024

_SIOCGIFADDR = 0x8915
_SIOCGIFNETMASK = 0x891B


class LoadError(Exception):
    """The load cannot be sent as it was asked for."""


@dataclasses.dataclass(frozen=True)
class Record:
    """One request: when it was due (seconds after the start), what came back, how long after it was due."""

    at: float
    status: int | None
    error: str | None
    latency: float
    mark: str | None = None
    late: float = 0.0

    @property
    def done(self) -> float:
        return self.at + self.latency


@dataclasses.dataclass(frozen=True)
class Summary:
    total: int
    failed: int
    longest_gap: float
    latency: dict[str, float]
    outcomes: dict[str, int]
    seconds: float
    rate: float
    late: float
    ended: str

    def as_dict(self) -> dict[str, t.Any]:
        return dataclasses.asdict(self)


@dataclasses.dataclass(frozen=True)
class Target:
    """Where the requests go and in which protocol; `open` makes one new connection."""

    scheme: str
    address: str
    port: int
    path: str
    host: str
    unix_socket: str | None = None

    @classmethod
    def parse(cls, url: str, host: str | None, unix_socket: str | None) -> Target:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https", "uwsgi"):
            raise LoadError(f"{url}: wanted a URL that begins with http://, https:// or uwsgi://")
        if parts.scheme == "uwsgi" and unix_socket is None and parts.port is None:
            raise LoadError(f"{url}: the uwsgi protocol has no usual port: name one, or a unix socket")
        name = parts.hostname or ""
        address = name
        if unix_socket is None:
            address = "127.0.0.1" if name == "localhost" else name
            require_local(address)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return cls(parts.scheme, address, port, path, host or parts.netloc or "localhost", unix_socket)

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        tls: dict[str, t.Any] = {}
        if self.scheme == "https":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            tls = {"ssl": context, "server_hostname": self.host.split(":")[0]}
        if self.unix_socket is not None:
            return await asyncio.open_unix_connection(self.unix_socket, **tls)
        return await asyncio.open_connection(self.address, self.port, **tls)

    def request(self) -> bytes:
        if self.scheme == "uwsgi":
            return _uwsgi_packet(self.path, self.host)
        return (
            f"GET {self.path} HTTP/1.1\r\nHost: {self.host}\r\nUser-Agent: masonite-load\r\n"
            "Accept: */*\r\nConnection: close\r\n\r\n"
        ).encode("latin-1")


def require_local(address: str) -> None:
    """Refuse every address that does not end on this machine: load on someone else's server is an attack."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        raise LoadError(
            f"{address!r} is not an address: wanted 127.0.0.1, localhost or a container's"
        ) from None
    if ip.is_loopback or any(ip in network for network in bridge_networks()):
        return
    raise LoadError(
        f"{address} is neither this machine's loopback nor on one of its own bridges: load refused"
    )


def bridge_networks(sysfs: Path = Path("/sys/class/net")) -> list[ipaddress.IPv4Network]:
    networks = []
    for bridge in sorted(sysfs.glob("*/bridge")):
        name = struct.pack("256s", bridge.parent.name.encode()[:15])
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
                address = fcntl.ioctl(probe, _SIOCGIFADDR, name)[20:24]
                netmask = fcntl.ioctl(probe, _SIOCGIFNETMASK, name)[20:24]
        except OSError:
            continue
        parts = (socket.inet_ntoa(address), socket.inet_ntoa(netmask))
        networks.append(ipaddress.IPv4Network("/".join(parts), strict=False))
    return networks


class Load:
    """Requests at a fixed rate from a thread of its own, until stopped or a bound is reached."""

    def __init__(
        self,
        url: str,
        *,
        host: str | None = None,
        unix_socket: str | None = None,
        rate: float = 40.0,
        timeout: float = 10.0,
        expected: t.Iterable[int] = (200,),
        mark: str | None = None,
        max_seconds: float = 600.0,
        max_requests: int = 50_000,
    ) -> None:
        self.target = Target.parse(url, host, unix_socket)
        _between("rate", rate, 0.1, MAX_RATE)
        _between("timeout", timeout, 0.05, 120.0)
        _between("max_seconds", max_seconds, 0.0, MAX_SECONDS)
        _between("max_requests", max_requests, 1, MAX_REQUESTS)
        _between("rate * timeout (connections open at once)", rate * timeout, 0.0, MAX_OPEN)
        self.rate = rate
        self.timeout = timeout
        self.expected = frozenset(expected)
        self.max_seconds = max_seconds
        self.max_requests = max_requests
        self.ended = "not started"
        self.started_at = 0.0
        self._mark = re.compile(mark.encode()) if mark else None
        self._zero = 0.0
        self._over = 0.0
        self._records: list[Record] = []
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._thread: threading.Thread | None = None
        self._crash: BaseException | None = None

    def __enter__(self) -> Load:
        return self.start()

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def start(self) -> Load:
        if self._thread is not None:
            raise LoadError("this load was started before: make a new one")
        self._thread = threading.Thread(target=self._run, name="load", daemon=True)
        self._thread.start()
        self._ready.wait()
        return self

    def stop(self) -> Summary:
        """Send no more requests, wait for the replies still due, and return the whole run's summary."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        if self._crash is not None:
            raise LoadError(f"the load generator itself failed: {self._crash!r}") from self._crash
        return self.summary()

    def wait(self) -> Summary:
        """Wait until a bound (time or count) ends the load."""
        if self._thread is not None:
            self._thread.join()
        return self.stop()

    @property
    def elapsed(self) -> float:
        """Seconds since the first request was due: the clock of the records."""
        return time.monotonic() - self._zero

    def records(self, since: float = 0.0, until: float = math.inf) -> list[Record]:
        return sorted((r for r in list(self._records) if since <= r.at < until), key=lambda r: r.at)

    def failures(self, since: float = 0.0, until: float = math.inf) -> list[Record]:
        return [r for r in self.records(since, until) if not self.succeeded(r)]

    def succeeded(self, record: Record) -> bool:
        return record.error is None and record.status in self.expected

    def summary(self, since: float = 0.0, until: float = math.inf) -> Summary:
        """The whole run, or the requests due between two moments of it."""
        records = self.records(since, until)
        good = [r for r in records if self.succeeded(r)]
        end = min(until, self._over or self.elapsed)
        answered = [r.done for r in self.records() if self.succeeded(r) and r.done >= since]
        return Summary(
            total=len(records),
            failed=len(records) - len(good),
            longest_gap=round(longest_gap(answered, since, end), 4),
            latency=percentiles([r.latency for r in good]),
            outcomes=dict(collections.Counter(str(r.error or r.status) for r in records)),
            seconds=round(max(0.0, end - since), 3),
            rate=self.rate,
            late=round(max((r.late for r in records), default=0.0), 4),
            ended=self.ended,
        )

    def save(self, path: str | Path) -> None:
        """JSON lines: the summary first, then one line a request."""
        head = {"summary": self.summary().as_dict(), "target": dataclasses.asdict(self.target)}
        lines = [head, *(dataclasses.asdict(record) for record in self.records())]
        Path(path).write_text("".join(json.dumps(line) + "\n" for line in lines))

    def _run(self) -> None:
        try:
            asyncio.run(self._send_all())
        except BaseException as error:
            self._crash = error
        finally:
            self._ready.set()

    async def _send_all(self) -> None:
        self.started_at, self._zero, self.ended = time.time(), time.monotonic(), "running"
        self._ready.set()
        pending: set[asyncio.Task[None]] = set()
        ended = "count"
        for number in range(self.max_requests):
            due = number / self.rate
            if due >= self.max_seconds:
                ended = "time"
                break
            # Short naps, so that a slow rate does not delay stop().
            while not self._stop.is_set() and (nap := due - self.elapsed) > 0:
                await asyncio.sleep(min(nap, 0.1))
            if self._stop.is_set():
                ended = "stopped"
                break
            task = asyncio.ensure_future(self._one(due))
            pending.add(task)
            task.add_done_callback(pending.discard)
        self._over = min(self.elapsed, self.max_seconds)
        if pending:
            await asyncio.wait(pending)
        self.ended = ended

    async def _one(self, due: float) -> None:
        late = self.elapsed - due
        status: int | None = None
        error = mark = None
        try:
            status, body = await asyncio.wait_for(self._ask(), self.timeout)
            found = self._mark.search(body) if self._mark else None
            mark = (found.group(found.lastindex or 0)).decode("utf-8", "replace") if found else None
        except asyncio.TimeoutError:
            error = "timeout"
        except (OSError, ValueError, EOFError) as failure:
            error = str(failure) if isinstance(failure, ValueError) else type(failure).__name__
        latency = self.elapsed - due
        self._records.append(Record(round(due, 4), status, error, round(latency, 5), mark, round(late, 5)))

    async def _ask(self) -> tuple[int, bytes]:
        reader, writer = await self.target.open()
        try:
            writer.write(self.target.request())
            await writer.drain()
            return parse_reply(await _read_all(reader))
        finally:
            writer.close()


async def _read_all(reader: asyncio.StreamReader) -> bytes:
    reply = bytearray()
    while chunk := await reader.read(65536):
        reply += chunk
        if len(reply) > MAX_REPLY:
            raise ValueError("reply too long")
    return bytes(reply)


def parse_reply(reply: bytes) -> tuple[int, bytes]:
    """Status and body. A reply cut short is an error, although its status line says 200."""
    if not reply:
        raise ValueError("empty reply")
    head, separator, body = reply.partition(b"\r\n\r\n")
    status = re.match(rb"HTTP/\d\.\d (\d{3})", head)
    if not status or not separator:
        raise ValueError("not an HTTP reply")
    length = re.search(rb"(?im)^content-length:\s*(\d+)", head)
    if length and len(body) < int(length.group(1)):
        raise ValueError("truncated reply")
    if re.search(rb"(?im)^transfer-encoding:\s*chunked", head) and not body.endswith(b"0\r\n\r\n"):
        raise ValueError("truncated reply")
    return int(status.group(1)), body


def percentiles(values: t.Sequence[float]) -> dict[str, float]:
    ordered = sorted(values)
    if not ordered:
        return {}
    ranks = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999, "max": 1.0}
    return {
        name: round(ordered[max(0, math.ceil(rank * len(ordered)) - 1)], 5) for name, rank in ranks.items()
    }


def longest_gap(successes: t.Iterable[float], start: float, end: float) -> float:
    """Longest span in which no success arrived, the span's edges included."""
    inside = sorted(moment for moment in successes if moment < end)
    moments = [start, *inside, max(end, start)]
    return max(later - earlier for earlier, later in zip(moments, moments[1:]))


def _uwsgi_packet(path: str, host: str) -> bytes:
    bare, _sep, query = path.partition("?")
    name, _sep, port = host.partition(":")
    variables = {
        "REQUEST_METHOD": "GET",
        "REQUEST_URI": path,
        "PATH_INFO": bare,
        "QUERY_STRING": query,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": name,
        "SERVER_PORT": port or "80",
        "HTTP_HOST": host,
        "HTTP_USER_AGENT": "masonite-load",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": "",
        "CONTENT_TYPE": "",
    }
    body = b"".join(
        struct.pack("<H", len(part)) + part
        for pair in variables.items()
        for part in (p.encode() for p in pair)
    )
    return struct.pack("<BHB", 0, len(body), 0) + body


def _between(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise LoadError(f"{name} is {value:g}: wanted {low:g} to {high:g}")


def main(arguments: t.Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("url", help="http://127.0.0.1:8080/, https://… or uwsgi://…")
    parser.add_argument("--host", help="value of the Host header")
    parser.add_argument("--unix-socket", help="connect here instead of to the URL's address")
    parser.add_argument("--rate", type=float, default=40.0, help="requests a second (default 40)")
    parser.add_argument("--seconds", type=float, default=10.0, help="stop after so long (default 10)")
    parser.add_argument("--requests", type=int, default=50_000, help="stop after so many")
    parser.add_argument("--timeout", type=float, default=10.0, help="a reply later than this is a failure")
    parser.add_argument("--expect", type=int, nargs="+", default=[200], metavar="STATUS")
    parser.add_argument("--output", help="write every request to this file, as JSON lines")
    options = parser.parse_args(arguments)
    try:
        load = Load(
            options.url,
            host=options.host,
            unix_socket=options.unix_socket,
            rate=options.rate,
            timeout=options.timeout,
            expected=options.expect,
            max_seconds=options.seconds,
            max_requests=options.requests,
        )
    except LoadError as error:
        parser.error(str(error))
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: load._stop.set())
    summary = load.start().wait()
    if options.output:
        load.save(options.output)
    print(json.dumps(summary.as_dict(), indent=2))
    return 1 if summary.failed else 0


if __name__ == "__main__":
    sys.exit(main())
