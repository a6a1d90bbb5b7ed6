# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A new release: exported, linked and recorded; until it is whole it does not carry its name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Callable

from ansible_collections.masonite.deploy.plugins.module_utils import _release_disk as disk
from ansible_collections.masonite.deploy.plugins.module_utils._release_context import Context
from ansible_collections.masonite.deploy.plugins.module_utils._release_errors import ReleaseError
from ansible_collections.masonite.deploy.plugins.module_utils._release_export import check_entries, export
from ansible_collections.masonite.deploy.plugins.module_utils._release_folder import PARTIAL, Folder, ids
from ansible_collections.masonite.deploy.plugins.module_utils._release_mirror import Entry
from ansible_collections.masonite.deploy.plugins.module_utils._release_placed import Placed
from ansible_collections.masonite.deploy.plugins.module_utils._release_prune import (
    Pruned,
    discard,
    leftovers,
    prune,
)
from ansible_collections.masonite.deploy.plugins.module_utils._release_shared import Linker
from ansible_collections.masonite.deploy.plugins.module_utils._release_source import Source
from ansible_collections.masonite.deploy.plugins.module_utils._release_store import Release
from ansible_collections.masonite.deploy.plugins.module_utils._release_submodules import export_submodules


class Maker:
    def __init__(self, context: Context, placed: Placed) -> None:
        self.context = context
        self.store = context.store
        self.placed = placed
        self.figures: dict[str, Any] | None = None

    def clear(self) -> None:
        """Remove what earlier calls left behind."""
        root = self.context.text("virtualenvs")
        leftovers(self.store, Path(root) if root else None)
        pruned = Pruned()
        prune(self.store, None, self.context.text("release"), pruned)
        self.context.warnings += pruned.warnings

    def link(self, release: Release) -> Release:
        """Give an existing release the links of today."""
        with Folder(str(self.store.releases)) as releases:
            self._link(releases, release.name)
        linked = self.with_links(release)
        self.store.save(linked)
        return linked

    def with_links(self, release: Release) -> Release:
        return replace(release, shared=self.placed.shared_names, links=tuple(self.placed.links))

    def entries(self, source: Source, revision: str) -> list[Entry]:
        """The files of a revision, all of them safe to be written."""
        try:
            entries = source.mirror.entries(revision)
        except ReleaseError:
            source.mirror.clone(sha256=len(revision) == 64)
            entries = source.mirror.entries(revision)
        check_entries(entries, revision, source.remote.display)
        return entries

    def make(
        self, source: Source, release: Release, entries: Sequence[Entry], finish: Callable[[Release], None]
    ) -> Release:
        """Write a release; `finish` is called when it is whole and before it carries its name."""
        partial = f"{PARTIAL}{release.name}-{os.getpid()}"
        release = self.with_links(release)
        with Folder(str(self.store.releases)) as releases:
            try:
                self._write(source, release, entries, releases, partial)
                self.store.save(release)
                finish(release)
                releases.rename(partial, release.name)
            except BaseException as error:
                discard(self.store.releases / partial, Pruned())
                (self.store.state / f"{release.name}.json").unlink(missing_ok=True)
                if isinstance(error, OSError):
                    raise ReleaseError(
                        f"Release {release.name} could not be written below {self.store.releases}: {error}.",
                        hint="Free some space or correct the rights there, and run again.",
                        reason="disk",
                    ) from error
                raise
        return release

    def _write(
        self, source: Source, release: Release, entries: Sequence[Entry], releases: Folder, name: str
    ) -> None:
        build = self.context.parties.build
        target = self.store.releases / name
        releases.discard(name)
        releases.make_directory(name, 0o755, *ids(build))
        try:
            export(source.mirror, release.revision, target)
        except ReleaseError as error:
            if error.facts.get("reason") == "disk":
                raise
            # The mirror has the commit but not all of its files: it was damaged.
            source.mirror.clone(sha256=len(release.revision) == 64)
            export(source.mirror, release.revision, target)
        export_submodules(source.mirror, release.revision, entries, releases, name)
        if releases.status(f"{name}/REVISION") is None:
            releases.create(f"{name}/REVISION", f"{release.revision}\n".encode(), 0o644, build)
        self._link(releases, name)

    def _link(self, releases: Folder, name: str) -> None:
        linker = Linker(releases, name, self.store.shared, self.context.parties, self.context.names)
        linker.link(self.placed)
        self.context.warnings += linker.warnings

    def measure(self, entries: Sequence[Entry], virtualenv: dict[str, Any] | None) -> None:
        """Whether there is room for it; the figures are kept."""
        mode = self.context.text("disk_check") or "warn"
        if mode == "ignore":
            return
        size, count = disk.size_of((entry.name, entry.size) for entry in entries)
        needs = [disk.Need("one more release", self.store.releases, size, count)]
        if virtualenv is not None and not virtualenv["ready"]:
            live = self.store.live()
            known = disk.measure(Path(live.virtualenv)) if live is not None and live.virtualenv else (0, 0)
            root = Path(self.context.text("virtualenvs"))
            needs.append(
                disk.Need("its virtualenv", root, max(known[0], 0) or disk.TYPICAL_VIRTUALENV, known[1])
            )
        self.figures, complaints = disk.check(needs, int(self.context.params.get("disk_reserve") or 0))
        if not complaints:
            return
        text = f"The disk is too small: {'; '.join(complaints)}."
        names = self.context.names
        if mode == "fail":
            raise ReleaseError(
                text,
                hint=f"Free some space, keep fewer releases ({names('keep')}), or lower "
                f"{names('disk_reserve')}; {names('disk_check')}=warn goes on all the same.",
                reason="disk",
                disk=self.figures,
            )
        self.context.warnings.append(text)
