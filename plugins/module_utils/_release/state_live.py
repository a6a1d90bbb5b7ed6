# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""state=live: the release serves; it is recorded as good, and what need not be kept is removed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .app_directories import create_records_directory
from .deploy_history import record_deploy
from .errors import ReleaseError
from .module_call import ModuleCall
from .pruning import (
    Pruned,
    list_superfluous,
    prune_assets,
    prune_releases,
    prune_virtualenvs,
    remove_leftovers,
)
from .release import GOOD, Release
from .result import make_diff, make_result


class LiveState:
    def __init__(self, call: ModuleCall) -> None:
        self.call = call
        self.options = call.options
        self.store = call.store
        self.lock = call.lock

    def run(self) -> dict[str, Any]:
        name = self.options.release
        release = self.store.find(name)
        if self.call.check_mode:
            return self._predict(release)
        if release is None:
            raise ReleaseError(
                f"Release {name or '(none)'} cannot be marked live: it is not in {self.call.paths.releases}.",
                reason="unknown_release",
                options=["release"],
                hint="Give the name that state=present returned, "
                f"in {self.options.names.display('release')}.",
            )
        create_records_directory(self.call.paths)
        with self.call.exclusive():
            self.lock.refuse_foreign(self.options.break_lock, self.options.takeover)
            self._refuse_other_serving(release)
            recorded = self._record(release)
            if self.options.migrated:
                self.store.save_pending_migrations([])
            pruned = self._prune()
            unlocked = self.lock.remove_own()
        self.call.warnings += pruned.warnings
        return make_result(
            self.store,
            self.lock,
            self.store.find(name),
            recorded or bool(pruned.releases or pruned.virtualenvs or pruned.assets),
            self.call.warnings,
            pruned=pruned.facts(),
            recorded=recorded,
            unlocked=unlocked,
        )

    def _refuse_other_serving(self, release: Release) -> None:
        """Refuse a release that the link of the web server does not lead to."""
        paths = self.call.paths
        if paths.live_link == paths.current:
            return
        serving = self.store.find_linked(paths.live_link)
        if serving is not None and serving.name != release.name:
            raise ReleaseError(
                f"Release {release.name} cannot be marked live: {paths.live_link} leads to {serving.name}.",
                reason="not_serving",
                options=["release", "live_link"],
                hint="Bring the release live first, then mark it.",
            )

    def _record(self, release: Release) -> bool:
        """Point ``current`` at the release and write the history, unless all of this is done already."""
        before = self.store.find_linked(self.call.paths.current)
        is_recorded = (
            before is not None
            and before.name == release.name
            and release.state == GOOD
            and self.store.is_last_in_history(release)
            and self.options.virtualenv in ("", release.virtualenv)
            and self.lock.read_own() is None
            and not self.options.reason
        )
        if is_recorded:
            return False
        self.store.make_current(release, self.options.virtualenv, self.call.now)
        record_deploy(self.call, release, "ok", before.name if before is not None else "")
        return True

    def _prune(self) -> Pruned:
        pruned = Pruned()
        virtualenvs = Path(self.options.virtualenvs) if self.options.virtualenvs else None
        prune_releases(self.store, self.options.keep, "", pruned)
        remove_leftovers(self.call.paths, virtualenvs)
        if virtualenvs is not None:
            prune_virtualenvs(self.store, virtualenvs, [self.options.virtualenv], pruned)
        if self.options.assets:
            prune_assets(self.store, Path(self.options.assets), pruned)
        return pruned

    def _predict(self, release: Release | None) -> dict[str, Any]:
        live = self.store.find_live()
        is_recorded = (
            release is not None and live is not None and live.name == release.name and live.state == GOOD
        )
        more: dict[str, Any] = {"recorded": not is_recorded, "unlocked": False}
        if not is_recorded:
            prepared = release.name if release is not None else ""
            superfluous = list_superfluous(self.store, self.options.keep, prepared)
            more["pruned"] = {
                "releases": [gone.name for gone in superfluous],
                "virtualenvs": [],
                "assets": [],
            }
            if release is not None:
                more["diff"] = make_diff(self.call.paths.path, live, release)
        return make_result(self.store, self.lock, release, not is_recorded, self.call.warnings, **more)
