# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the options that say what to do, apart from what the instance is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._system.web_address import WEB_ADDRESS
from .errors import InstanceError
from .health_check import Check
from .http_statuses import HttpStatuses

STATES_THAT_RUN = ("started", "restarted", "reloaded")


@dataclass(frozen=True)
class RunOptions:
    """Timeouts are in seconds, ``memory_per_process`` in MB, ``memory_reserve`` in percent."""

    state: str
    strategy: str
    health: Check
    verify: Check | None
    start_timeout: int
    drain_timeout: int
    stop_timeout: int
    memory_check: str
    memory_per_process: int
    memory_reserve: int
    check_mode: bool = False

    @property
    def lock_timeout(self) -> float:
        """Seconds that a second run waits for a first one, which may use up each of its timeouts."""
        verify = self.verify.timeout if self.verify else 0
        return 60 + 2 * (
            self.start_timeout + self.health.timeout + verify + self.drain_timeout + self.stop_timeout
        )


def read_run_options(params: Mapping[str, Any], check_mode: bool) -> RunOptions:
    health_check = params["health_check"] or {}
    health = _read_check(
        "health_check",
        health_check,
        timeout=30,
        host="localhost" if health_check.get("host") is None else health_check["host"],
        path="/" if health_check.get("path") is None else health_check["path"],
    )
    if not health.path.startswith("/"):
        raise InstanceError(
            "health_check.path must begin with a slash.", "configure", options=["health_check.path"]
        )
    for name in ("start_timeout", "drain_timeout", "stop_timeout"):
        if params[name] < 0:
            raise InstanceError(f"{name} must not be negative.", "configure", options=[name])
    if not 0 <= params["memory_reserve"] < 100:
        raise InstanceError(
            "memory_reserve is a percentage from 0 to 99.", "configure", options=["memory_reserve"]
        )
    return RunOptions(
        state=params["state"],
        strategy=params["strategy"],
        health=health,
        verify=_read_verify(params["verify"], health),
        start_timeout=params["start_timeout"],
        drain_timeout=params["drain_timeout"],
        stop_timeout=params["stop_timeout"],
        memory_check=params["memory_check"],
        memory_per_process=params["memory_per_process"],
        memory_reserve=params["memory_reserve"],
        check_mode=check_mode,
    )


def _read_verify(params: Mapping[str, Any] | None, health: Check) -> Check | None:
    if not params:
        return None
    url = params["url"]
    if not re.fullmatch(WEB_ADDRESS, url):
        raise InstanceError(
            f"verify.url must be an http or https address with a host, not {url!r}.",
            "configure",
            options=["verify.url"],
        )
    host, _slash, path = url.partition("://")[2].partition("/")
    return _read_check(
        "verify",
        params,
        timeout=10,
        host=params.get("host") or host,
        url=url,
        validate_certs=bool(params.get("validate_certs")),
        accepts_login=f"/{path}" == health.path,
    )


def _read_check(option: str, params: Mapping[str, Any], *, timeout: int, **fields: Any) -> Check:
    """``timeout`` is the default of the option's suboption."""
    statuses = params.get("statuses")
    try:
        expected = HttpStatuses(["200-399"] if statuses is None else statuses)
    except ValueError as error:
        raise InstanceError(
            f"{option}.statuses: {error}.", "configure", options=[f"{option}.statuses"]
        ) from error
    headers = {str(key): str(value) for key, value in (params.get("headers") or {}).items()}
    counts: dict[str, Any] = {"timeout": timeout, "successes": 1}
    counts.update({name: params[name] for name in counts if params.get(name) is not None})
    for name, count in counts.items():
        if count < 1:
            raise InstanceError(
                f"{option}: timeout and successes must be at least 1.",
                "configure",
                options=[f"{option}.{name}"],
            )
    return Check(statuses=expected, headers=headers, **counts, **fields)
