# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions an instance must answer well: on its private socket before it takes visitors, and through the
web server after that."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Callable

from ansible_collections.masonite.deploy.plugins.module_utils import _uwsgi_protocol as protocol
from ansible_collections.masonite.deploy.plugins.module_utils._system.process import has_children
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_errors import (
    InstanceError,
    describe_death,
)
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_protocol import Statuses
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_service import Handle

# An app that answers 500 will go on doing so; one that answers 503 says itself that it is not ready.
BAD_ANSWERS_ALLOWED = 3
PAUSE = 0.25
NOT_READY = (502, 503, 504)


@dataclass(frozen=True)
class Check:
    statuses: Statuses
    timeout: int
    successes: int
    host: str
    path: str = "/"
    headers: dict[str, str] = field(default_factory=dict)
    url: str = ""
    validate_certs: bool = False

    @classmethod
    def read(cls, option: str, given: Mapping[str, Any] | None, **defaults: Any) -> Check:
        told = {key: value for key, value in (given or {}).items() if value is not None}
        told = {**defaults, **told}
        try:
            statuses = Statuses(told.pop("statuses", ["200-399"]))
        except ValueError as error:
            raise InstanceError(f"{option}.statuses: {error}.", stage="configure") from error
        headers = {str(key): str(value) for key, value in (told.pop("headers", None) or {}).items()}
        check = cls(statuses=statuses, headers=headers, **told)
        if check.timeout < 1 or check.successes < 1:
            raise InstanceError(f"{option}: timeout and successes must be at least 1.", stage="configure")
        if not check.path.startswith("/"):
            raise InstanceError(f"{option}.path must begin with a slash.", stage="configure")
        return check

    @property
    def packet(self) -> bytes:
        return protocol.packet(self.path, self.host, self.headers)


class Verdict:
    """Counts good answers in a row, and decides when a bad one is final."""

    def __init__(self, check: Check) -> None:
        self.check = check
        self.good = 0
        self.bad = 0
        self.last = "no answer"

    @property
    def passed(self) -> bool:
        return self.good >= self.check.successes

    @property
    def failed(self) -> bool:
        return self.bad >= BAD_ANSWERS_ALLOWED

    def answer(self, status: int) -> None:
        self.last = f"it answered {status} where {self.check.statuses} was expected"
        if status in self.check.statuses:
            self.good += 1
            return
        self.good = 0
        if status not in NOT_READY:
            self.bad += 1

    def silence(self, why: str, final: bool = False) -> None:
        self.good = 0
        self.last = why
        self.bad += 1 if final else 0


class Readiness:
    """Waits until a just started instance has loaded its app and answers as it should."""

    def __init__(self, handle: Handle, socket_path: str, check: Check, start_timeout: int) -> None:
        self.handle = handle
        self.socket_path = socket_path
        self.check = check
        self.begun = time.monotonic()
        self.start_deadline = self.begun + start_timeout
        self.start_timeout = start_timeout
        self.loaded: float | None = None
        self.main: int | None = None
        self.verdict = Verdict(check)

    def wait(self) -> None:
        request = self.check.packet
        while not self.verdict.passed:
            self._tick()
            try:
                answer = protocol.ask(self.socket_path, request, float("inf"), self._is_candidate, self._tick)
                self._note_loaded()
                self.verdict.answer(answer.status)
            except (protocol.NoListener, protocol.WrongPeer):
                time.sleep(protocol.POLL)
                continue
            except protocol.NoAnswer as error:
                self.verdict.silence(str(error), final=True)
            if self.verdict.failed:
                raise self._error(self.verdict.last, "health")
            if self.verdict.good == 0:
                time.sleep(PAUSE)

    def _is_candidate(self, pid: int) -> bool:
        if not self.handle.owns(pid):
            return False
        self.main = pid
        return True

    def _note_loaded(self) -> None:
        if self.loaded is None:
            self.loaded = time.monotonic()

    def _tick(self) -> None:
        code = self.handle.exited()
        if code is not None:
            raise self._error(describe_death(code), "start", code)
        now = time.monotonic()
        if self.loaded is None:
            # uWSGI forks its workers once the app is loaded; until then the master is alone.
            if self.main and has_children(self.main):
                self.loaded = now
            elif now > self.start_deadline:
                raise self._error(
                    f"it had not loaded the application after {self.start_timeout} s (start_timeout)",
                    "start",
                )
        elif now > self.loaded + self.check.timeout:
            reason = self.verdict.last
            if reason == "no answer":
                reason = f"it did not answer GET {self.check.path}"
            raise self._error(f"{reason} within {self.check.timeout} s (health_check.timeout)", "health")

    def _error(self, why: str, stage: str, code: int | None = None) -> InstanceError:
        if stage == "health" and "GET" not in why:
            why = f"asked for {self.check.path} of host {self.check.host}, {why}"
        return InstanceError(why, stage=stage, rc=code)


def verify(check: Check, tick: Callable[[], None] = lambda: None) -> None:
    """Asks the way a visitor does, through the web server."""
    deadline = time.monotonic() + check.timeout
    verdict = Verdict(check)
    while not verdict.passed:
        tick()
        left = deadline - time.monotonic()
        try:
            if left > 0:
                verdict.answer(_http_status(check, left))
        except OSError as error:
            verdict.silence(f"no answer: {error}")
        if verdict.failed or (time.monotonic() >= deadline and not verdict.passed):
            raise InstanceError(
                f"asked through the web server ({check.url}, host {check.host}), {verdict.last}",
                stage="verify",
            )
        if verdict.good == 0:
            time.sleep(0.1)


def _http_status(check: Check, timeout: float) -> int:
    # Only a run that verifies pays for these imports.
    import http.client
    import socket
    import ssl
    from urllib.parse import urlsplit

    url = urlsplit(check.url)
    secure = url.scheme == "https"
    connection = http.client.HTTPConnection(
        url.hostname or "", url.port or (443 if secure else 80), timeout=timeout
    )
    try:
        if secure:
            context = ssl.create_default_context()
            if not check.validate_certs:
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            raw = socket.create_connection((connection.host, connection.port), timeout)
            connection.sock = context.wrap_socket(raw, server_hostname=check.host.partition(":")[0])
        target = (url.path or "/") + ("?" + url.query if url.query else "")
        headers = {"Host": check.host, "User-Agent": "masonite.deploy verify", "Connection": "close"}
        connection.request("GET", target, headers=headers)
        response = connection.getresponse()
        response.read(1 << 16)
        return response.status
    except http.client.HTTPException as error:
        raise OSError(f"{type(error).__name__}: {error}") from error
    finally:
        connection.close()
