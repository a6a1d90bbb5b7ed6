# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One call of the module: its options, and what it works with."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Callable

from .._system.file_lock import FileLock, LockTimeout
from .app_paths import AppPaths
from .app_users import AppUsers, find_app_users
from .deploy_lock import DeployLock
from .errors import ReleaseError
from .options import ReleaseOptions
from .release_store import ReleaseStore

# Seconds that a call waits for another one longer than that one may take for git.
FILE_LOCK_MARGIN = 30


@dataclass
class ModuleCall:
    """``now`` is the time at which the call began, ``warnings`` are shown when it ends."""

    options: ReleaseOptions
    check_mode: bool
    clock: Callable[[], float] = time.time
    warnings: list[str] = field(default_factory=list)
    now: float = field(init=False)
    paths: AppPaths = field(init=False)
    store: ReleaseStore = field(init=False)
    lock: DeployLock = field(init=False)

    def __post_init__(self) -> None:
        options = self.options
        self.now = self.clock()
        self.paths = AppPaths.below(options.path, options.live_link)
        self.store = ReleaseStore(self.paths)
        self.lock = DeployLock(self.paths.lock, options.holder, options.lock_ttl, options.names, self.now)

    @cached_property
    def users(self) -> AppUsers:
        options = self.options
        return find_app_users(options.build_user, options.app_user, self.check_mode, options.names)

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the file lock of the app: one call at a time changes it. It ends with the process."""
        timeout = self.options.timeout + FILE_LOCK_MARGIN
        path = self.paths.file_lock
        with ExitStack() as stack:
            try:
                stack.enter_context(FileLock(str(path), timeout))
            except LockTimeout as error:
                raise ReleaseError(
                    f"Process {error.holder} has worked on {self.paths.path} for more than {timeout} s.",
                    reason="busy",
                    options=["path", "timeout"],
                    hint=f"See what it does (fuser {path}) and run again when it has ended.",
                ) from None
            yield

    def describe_serving(self) -> str:
        """Return a sentence that says what serves now."""
        live = self.store.find_live()
        return f"Serving now: {live.describe()}." if live is not None else "No release is live yet."

    def all_warnings(self) -> list[str]:
        return [*self.warnings, *self.lock.warnings]
