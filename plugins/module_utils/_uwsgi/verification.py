# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check through the web server, as a visitor would ask."""

from __future__ import annotations

import time
from contextlib import suppress

from .errors import InstanceError
from .health_check import Check, CheckProgress

INTERVAL = 0.1  # seconds
UNAUTHORIZED = 401


def verify(check: Check) -> None:
    """Return when the check has passed; raise when it has failed."""
    deadline = time.monotonic() + check.timeout
    progress = CheckProgress(check)
    while not progress.passed:
        remaining = deadline - time.monotonic()
        try:
            if remaining > 0:
                status, asks_for_login = _request(check, remaining)
                if asks_for_login and check.accepts_login:
                    return
                progress.count_answer(status)
        except OSError as error:
            progress.count_failure(f"no answer: {error}")
        if progress.failed or (time.monotonic() >= deadline and not progress.passed):
            options = ["verify.url", "verify.statuses"] if progress.is_wrong_status else ["verify.url"]
            raise InstanceError(
                f"asked through the web server ({check.url}, host {check.host}), "
                f"{progress.problem or 'no answer'}",
                "verify",
                options=options,
            )
        if progress.good == 0:
            time.sleep(INTERVAL)


def _request(check: Check, timeout: float) -> tuple[int, bool]:
    """Return the status, and whether the answer asks for a login by HTTP authentication."""
    # Only a run that verifies pays for these imports.
    import http.client
    import socket
    import ssl
    import threading
    from urllib.parse import urlsplit

    url = urlsplit(check.url)
    secure = url.scheme == "https"
    connection = http.client.HTTPConnection(
        url.hostname or "", url.port or (443 if secure else 80), timeout=timeout
    )

    expired = threading.Event()

    def close() -> None:
        expired.set()
        if connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    # The timeout of a socket starts again with each byte that arrives.
    deadline = threading.Timer(timeout, close)
    deadline.daemon = True
    deadline.start()
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
        asks_for_login = response.status == UNAUTHORIZED and "WWW-Authenticate" in response.headers
        if expired.is_set():
            raise TimeoutError(f"the answer was not complete after {timeout:.1f} s")
        return response.status, asks_for_login
    except http.client.HTTPException as error:
        raise OSError(f"{type(error).__name__}: {error}") from error
    finally:
        deadline.cancel()
        connection.close()
