# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait until a new instance has loaded its application and answers the health check on its private socket."""

from __future__ import annotations

import time

from .._system.process import has_children
from .._system.unix_socket import NoListener
from .errors import InstanceError
from .exit_code import describe_exit_code
from .health_check import Check, CheckProgress
from .service_manager import StartedInstance
from .uwsgi_protocol import NoAnswer, WrongPeer, encode_request, send_request

SOCKET_INTERVAL = 0.01  # seconds between attempts to connect
ANSWER_INTERVAL = 0.25  # seconds between bad answers


class Readiness:
    """``started`` and ``loaded`` are monotonic times; the application has until the start timeout to load."""

    def __init__(self, started: StartedInstance, socket_path: str, check: Check, start_timeout: int) -> None:
        self.instance = started
        self.socket_path = socket_path
        self.check = check
        self.start_timeout = start_timeout
        self.started = time.monotonic()
        self.loaded: float | None = None
        self.progress = CheckProgress(check)
        self._main_pid: int | None = None

    def wait(self) -> None:
        check = self.check
        request = encode_request(check.path, check.host, check.headers)
        while not self.progress.passed:
            self._refuse_failure()
            try:
                answer = send_request(
                    self.socket_path, request, float("inf"), self._is_candidate, self._refuse_failure
                )
                self.loaded = self.loaded or time.monotonic()
                self.progress.count_answer(answer.status)
            except (NoListener, WrongPeer):
                time.sleep(SOCKET_INTERVAL)
                continue
            except NoAnswer as error:
                self.progress.count_failure(str(error), final=True)
            if self.progress.failed:
                raise self._health_error(self.progress.problem)
            if self.progress.good == 0:
                time.sleep(ANSWER_INTERVAL)

    def _is_candidate(self, pid: int) -> bool:
        if not self.instance.owns(pid):
            return False
        self._main_pid = pid
        return True

    def _refuse_failure(self) -> None:
        """Raise when the instance has ended or when the time is up."""
        code = self.instance.exit_code()
        if code is not None:
            raise InstanceError(describe_exit_code(code), "start", rc=code)
        now = time.monotonic()
        if self.loaded is None:
            # uWSGI forks its workers once the app is loaded; until then the master is alone.
            if self._main_pid and has_children(self._main_pid):
                self.loaded = now
            elif now > self.started + self.start_timeout:
                raise InstanceError(
                    f"it had not loaded the application after {self.start_timeout} s (start_timeout)",
                    "start",
                    options=["start_timeout"],
                )
        elif now > self.loaded + self.check.timeout:
            problem = self.progress.problem or f"it did not answer GET {self.check.path}"
            text = f"{problem} within {self.check.timeout} s (health_check.timeout)"
            raise self._health_error(text, timed_out=True)

    def _health_error(self, problem: str, timed_out: bool = False) -> InstanceError:
        if self.progress.problem:
            problem = f"asked for {self.check.path} of host {self.check.host}, {problem}"
        options = ["health_check.timeout"] if timed_out else []
        if self.progress.is_wrong_status:
            options += ["health_check.path", "health_check.statuses"]
        return InstanceError(problem, "health", options=options)
