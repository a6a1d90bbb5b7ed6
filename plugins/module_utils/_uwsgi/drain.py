# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait until no connection is queued on the socket of an instance."""

from __future__ import annotations

import time

from .._system.unix_listener import Listener, count_queued

INTERVAL = 0.012  # seconds
TIMES_EMPTY = 3


def drain(listener: Listener | None, timeout: float) -> int:
    """Return how many connections are still queued when the timeout has passed."""
    if listener is None:
        return 0
    deadline = time.monotonic() + timeout
    empty = 0
    while True:
        queued = count_queued(listener)
        if queued is None:
            time.sleep(10 * INTERVAL)
            return 0
        empty = 0 if queued else empty + 1
        if empty >= TIMES_EMPTY:
            return 0
        if queued and time.monotonic() >= deadline:
            return queued
        time.sleep(INTERVAL)
