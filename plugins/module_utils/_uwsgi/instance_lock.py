# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time changes the instances of a name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from .._system.file_lock import FileLock, LockTimeout
from .directories import create_config_directory
from .errors import InstanceError
from .paths import Paths


@contextmanager
def lock_instances(paths: Paths, timeout: float) -> Iterator[FileLock]:
    """Hold the lock of a name; its directory is created for it, also if the last holder has removed it."""
    lock = FileLock(paths.lock, timeout, before_open=lambda: create_config_directory(paths))
    try:
        with lock:
            yield lock
    except LockTimeout as error:
        raise InstanceError(
            f"another run (process {error.holder}) has held {error.path} for over {error.timeout:g} s. Wait "
            "for it or stop it, then run again.",
            "lock",
        ) from error
