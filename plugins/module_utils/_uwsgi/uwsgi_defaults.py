# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""uWSGI options that an instance has unless the option ``options`` says otherwise."""

from __future__ import annotations

from .._system.kernel_file import read_kernel_file

# Cookies and query of a request: uWSGI's own 4096 bytes are less than what web servers let through.
DEFAULTS = {"enable-threads": "true", "single-interpreter": "true", "buffer-size": "32768"}
SHORT_NAMES = {"buffer-size": "b"}
LONGEST_QUEUE = 1024
UWSGI_QUEUE = 100  # uWSGI's own default; it refuses to start with more than the kernel's somaxconn
SOMAXCONN = "/proc/sys/net/core/somaxconn"


def read_listen_queue(somaxconn: str = SOMAXCONN) -> int:
    """Return how many requests may wait for a worker.

    uWSGI's own 100 are 2.5 seconds of 40 requests a second; after that the web server answers 502.
    """
    try:
        return min(LONGEST_QUEUE, int(read_kernel_file(somaxconn) or UWSGI_QUEUE))
    except ValueError:
        return UWSGI_QUEUE
