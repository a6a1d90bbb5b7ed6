# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""state=live and state=failed: how a deploy ended."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ansible_collections.masonite.deploy.plugins.module_utils import _release_history as history
from ansible_collections.masonite.deploy.plugins.module_utils._release_context import Context, diff
from ansible_collections.masonite.deploy.plugins.module_utils._release_errors import ReleaseError
from ansible_collections.masonite.deploy.plugins.module_utils._release_files import mutex
from ansible_collections.masonite.deploy.plugins.module_utils._release_prune import (
    Pruned,
    leftovers,
    prune,
    prune_virtualenvs,
    superfluous,
)
from ansible_collections.masonite.deploy.plugins.module_utils._release_store import BAD, GOOD, Release, iso

# Characters. History and records are read up to a limit, and what a failing command printed can be longer.
LONGEST_REASON = 10_000


class Outcome:
    def __init__(self, context: Context) -> None:
        self.context = context
        self.store = context.store
        self.lock = context.lock
        self.pruned = Pruned()

    def live(self) -> dict[str, Any]:
        context = self.context
        name = context.text("release")
        release = self.store.get(name)
        if context.check_mode:
            return self._predicted(release)
        if release is None:
            raise ReleaseError(
                f"Release {name or '(none)'} cannot be marked live: it is not in {self.store.releases}.",
                hint=f"Give the name that state=present returned, in {context.names('release')}.",
                reason="unknown_release",
            )
        self.store.prepare()
        with mutex(context.mutex, context.patience):
            self.lock.check(context.flag("break_lock"), context.text("takeover"))
            self._agree(release)
            recorded = self._record(release)
            self._prune()
            unlocked = self.lock.release()
        live = self.store.get(name)
        changed = recorded or bool(self.pruned.releases or self.pruned.virtualenvs)
        context.warnings += self.pruned.warnings
        return context.result(live, changed, pruned=self.pruned.facts(), recorded=recorded, unlocked=unlocked)

    def _agree(self, release: Release) -> None:
        """What is called live must be what the web server's link leads to."""
        if self.store.live_link == self.store.current:
            return
        served = self.store.linked_by(self.store.live_link)
        if served is not None and served.name != release.name:
            raise ReleaseError(
                f"Release {release.name} cannot be marked live: "
                f"{self.store.live_link} leads to {served.name}.",
                hint="Bring the release live first, then mark it.",
                reason="not_serving",
            )

    def _record(self, release: Release) -> bool:
        """Point `current` at it and write the line, unless all of this is true already."""
        context = self.context
        virtualenv = context.text("virtualenv")
        before = self.store.linked_by(self.store.current)
        settled = (
            before is not None
            and before.name == release.name
            and release.state == GOOD
            and self.store.told(release)
            and virtualenv in ("", release.virtualenv)
            and self.lock.mine() is None
            and not context.text("reason")
        )
        if settled:
            return False
        self.store.make_live(release, virtualenv, context.now)
        self._history(release, "ok", before.name if before is not None else "")
        return True

    def _history(self, release: Release | None, result: str, previous: str) -> None:
        context = self.context
        started = context.params.get("started")
        history.append(
            self.store.history,
            time=iso(context.now),
            action=context.text("action") or "deploy",
            user=self.lock.me.user,
            host=self.lock.me.host,
            job=self.lock.me.job,
            release=release.name if release is not None else "",
            revision=release.revision if release is not None else "",
            version=release.version if release is not None else context.text("version"),
            result=result,
            reason=context.text("reason")[:LONGEST_REASON],
            seconds=round(max(0.0, context.now - float(started)), 1) if started else None,
            previous=previous,
        )

    def _prune(self) -> None:
        context = self.context
        root = context.text("virtualenvs")
        prune(self.store, max(1, int(context.params.get("keep") or 1)), "", self.pruned)
        leftovers(self.store, Path(root) if root else None)
        if root:
            used = [context.text("virtualenv")]
            prune_virtualenvs(self.store, Path(root), used, self.pruned)

    def _predicted(self, release: Release | None) -> dict[str, Any]:
        live = self.store.live()
        settled = (
            release is not None and live is not None and live.name == release.name and live.state == GOOD
        )
        more: dict[str, Any] = {"recorded": not settled, "unlocked": False}
        if not settled:
            keep = max(1, int(self.context.params.get("keep") or 1))
            names = [gone.name for gone in superfluous(self.store, keep, release.name if release else "")]
            more["pruned"] = {"releases": names, "virtualenvs": []}
            if release is not None:
                more["diff"] = diff(self.store.path, live, release)
        return self.context.result(release, not settled, **more)

    def failed(self) -> dict[str, Any]:
        """The end of a deploy that came to nothing: it is told, and it may not hide the first error."""
        context = self.context
        release = self.store.get(context.text("release"))
        if context.check_mode:
            return context.result(release, True)
        unlocked = False
        try:
            self.store.prepare()
            with mutex(context.mutex, context.patience):
                live = self.store.live()
                foreign = self.lock.foreign()
                if foreign is None:
                    release = self._mark_bad(release, live)
                self._history(release, "failed", live.name if live is not None else "")
                if foreign is None:
                    unlocked = self.lock.release()
                    prune(self.store, None, "", self.pruned)
                    leftovers(self.store)
        except (OSError, ReleaseError) as error:
            context.warnings.append(f"The failed deploy could not be recorded in {self.store.path}: {error}.")
        context.warnings += self.pruned.warnings
        return context.result(release, True, pruned=self.pruned.facts(), unlocked=unlocked)

    def _mark_bad(self, release: Release | None, live: Release | None) -> Release | None:
        if release is None or not self.context.flag("bad"):
            return release
        if live is not None and live.name == release.name and release.state == GOOD:
            # Something else went wrong, a setting for instance: this release has proved itself and serves.
            return release
        bad = replace(release, state=BAD, reason=self.context.text("reason")[:LONGEST_REASON])
        self.store.save(bad)
        return bad
