# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""state=failed: the deploy did not succeed; the release is marked bad and the app is unlocked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .app_directories import create_records_directory
from .deploy_history import REASON_LIMIT, record_deploy
from .errors import ReleaseError
from .module_call import ModuleCall
from .pruning import Pruned, prune_releases, remove_leftovers
from .release import BAD, GOOD, Release
from .result import make_result


class FailedState:
    def __init__(self, call: ModuleCall) -> None:
        self.call = call
        self.options = call.options
        self.store = call.store
        self.lock = call.lock

    def run(self) -> dict[str, Any]:
        """Record the failure. What goes wrong here is a warning: it may not hide why the deploy failed."""
        release = self.store.find(self.options.release)
        if self.call.check_mode:
            return make_result(self.store, self.lock, release, True, self.call.warnings)
        pruned = Pruned()
        unlocked = False
        try:
            create_records_directory(self.call.paths)
            with self.call.exclusive():
                live = self.store.find_live()
                is_foreign = self.lock.read_foreign() is not None
                if not is_foreign:
                    release = self._mark_bad(release, live)
                record_deploy(self.call, release, "failed", live.name if live is not None else "")
                if not is_foreign:
                    unlocked = self.lock.remove_own()
                    prune_releases(self.store, None, "", pruned)
                    remove_leftovers(self.call.paths)
        except (OSError, ReleaseError) as error:
            path = self.call.paths.path
            self.call.warnings.append(f"The failed deploy could not be recorded in {path}: {error}.")
        self.call.warnings += pruned.warnings
        return make_result(
            self.store,
            self.lock,
            release,
            True,
            self.call.warnings,
            pruned=pruned.facts(),
            unlocked=unlocked,
        )

    def _mark_bad(self, release: Release | None, live: Release | None) -> Release | None:
        if release is None or not self.options.bad:
            return release
        if live is not None and live.name == release.name and release.state == GOOD:
            # A release that serves and was recorded as good works: something else failed, such as a setting.
            return release
        bad = replace(release, state=BAD, reason=self.options.reason[:REASON_LIMIT])
        self.store.save(bad)
        return bad
