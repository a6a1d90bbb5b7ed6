# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load what is on disk into the running NGINX, and wait until it serves."""

from __future__ import annotations

import os
import time
from pathlib import Path

from .errors import NginxError
from .master import find_master, find_serving_workers
from .shadow import NGINX_CONF
from .syntax_check import SyntaxCheck

RELOAD_TIMEOUT = 30  # seconds
ERROR_LOG = Path("/var/log/nginx/error.log")


def is_reload_needed(config: Path, *, has_changes: bool) -> bool:
    """Return whether NGINX runs, and one of its workers is older than the configuration."""
    master = find_master(config)
    if master is None:
        return False
    workers = find_serving_workers(master)
    return has_changes or not workers or _changed_at(config) > min(worker.started_at for worker in workers)


def reload_configuration(check: SyntaxCheck) -> None:
    """Return when no worker takes requests by the previous configuration any more."""
    config = check.config
    master = find_master(config)
    if master is None:
        return
    before = {worker.pid for worker in find_serving_workers(master)}
    size = ERROR_LOG.stat().st_size if ERROR_LOG.exists() else 0
    # Start times are known to 10 ms: workers must be seen to be younger than the change.
    time.sleep(0.03)
    run = check.run("-s", "reload", "-c", str(config / NGINX_CONF))
    if run.returncode:
        raise NginxError(
            f"{run.stderr.strip()}\nThe configuration was not loaded: NGINX still serves the one before.",
            reason="reload",
        )
    deadline = time.monotonic() + RELOAD_TIMEOUT
    while time.monotonic() < deadline:
        serving = {worker.pid for worker in find_serving_workers(master)}
        if serving and not serving & before:
            return
        time.sleep(0.01)
    raise NginxError("\n".join([_timeout_message(), *_last_lines(size)]), reason="reload")


def _timeout_message() -> str:
    return f"NGINX did not load the configuration in {RELOAD_TIMEOUT} s; it still serves the one before."


def _last_lines(offset: int) -> list[str]:
    if not ERROR_LOG.exists():
        return []
    lines = ERROR_LOG.read_bytes()[offset:].decode(errors="replace").splitlines()[-10:]
    return [f"{ERROR_LOG}: {line}" for line in lines]


def _changed_at(config: Path) -> float:
    return max(
        os.lstat(os.path.join(directory, name)).st_ctime
        for directory, directories, files in os.walk(config)
        for name in ["", *directories, *files]
    )
