# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the configuration on disk with the one that is wanted."""

from __future__ import annotations

import os
from pathlib import Path

from .errors import NginxError
from .layout import place_in_conf_d, reads_sites_enabled
from .limits import limit_files, raise_connections
from .options import ConfigFile, Site, Wanted
from .ownership import describe_foreign, is_of_package, is_own, was_written_by_role
from .plan import FILE, REMOVED_SITE, SITE, Foreign, Plan
from .records import Records, sum_of
from .shadow import NGINX_CONF
from .step import Step

DEFAULT_SITE = Path("sites-enabled/default")


class Planner:
    """Makes plans; changes nothing."""

    def __init__(self, config: Path, records: Records, packages: Path) -> None:
        self.config = config
        self.records = records
        self.packages = packages

    def make_plan(self, wanted: Wanted, assumed: Wanted | None = None) -> Plan:
        """Return the steps to what is wanted, as if what is assumed had been done before."""
        plan = Plan()
        sites = wanted.sites
        if sites and not reads_sites_enabled(self.config):
            sites = tuple(place_in_conf_d(site) for site in sites)
        if assumed is not None:
            before = self.make_plan(assumed)
            plan.assumed = before.overlay(before.steps)
        files = [*wanted.files, *limit_files(self.read(NGINX_CONF) or b"", wanted.worker_connections)]
        own = {file.name for file in files}
        own |= {name for site in sites for name in (site.file.name, site.link) if name is not None}
        allowed = self._names_of(wanted.replaces)
        for file in files:
            self._plan_file(plan, file, FILE, wanted.replace or file.name in allowed)
        for name in sorted(allowed - own):
            self._plan_replaced_file(plan, name)
        if wanted.remove_default_site and DEFAULT_SITE not in allowed:
            self._plan_default_site(plan, wanted.replace)
        self._plan_nginx_conf(plan, wanted.worker_connections)
        for site in sites:
            plan.begin_group()
            if site.present:
                self._plan_site(plan, site, own)
            else:
                self._plan_removed_site(plan, site)
        return plan

    def takes_place(self, site: Site) -> bool:
        """Return whether a virtual host takes the place of what others wrote, and may."""
        plan = self.make_plan(Wanted(sites=(site,)))
        return site.present and bool(plan.copied) and not plan.foreign

    def read(self, name: Path) -> bytes | None:
        """Return what NGINX would read there."""
        try:
            return (self.config / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def is_change(self, step: Step) -> bool:
        """Return whether a step changes anything."""
        if step.target is not None:
            return True
        if step.content is None:
            return os.path.lexists(self.config / step.name)
        return step.content != self.read(step.name)

    def _plan_site(self, plan: Plan, site: Site, own: set[Path]) -> None:
        allowed = self._names_of(site.replaces)
        self._plan_file(plan, site.file, SITE, site.replace or site.file.name in allowed)
        if site.link is not None:
            self._plan_link(plan, site, site.link, site.replace or site.link in allowed)
        for name in sorted(allowed - own):
            self._plan_replaced_file(plan, name)

    def _plan_file(self, plan: Plan, file: ConfigFile, kind: str, may_replace: bool) -> None:
        found = self.read(file.name)
        if found == file.content:
            plan.unchanged.append(file)
            return
        if found is not None and not is_own(file, found, self.records):
            self._plan_copy(plan, file, file.name, found, kind, may_replace)
        plan.add(Step(file.name, file.content))

    def _plan_link(self, plan: Plan, site: Site, name: Path, may_replace: bool) -> None:
        file, link = site.file, self.config / name
        if link.is_symlink() and link.resolve() == (self.config / file.name).resolve():
            return
        found = self.read(name)
        if found is not None and found != file.content and not is_own(file, found, self.records):
            self._plan_copy(plan, file, name, found, SITE, may_replace)
        plan.add(Step(name, file.content, Path("..") / file.name))

    def _plan_copy(
        self, plan: Plan, file: ConfigFile, name: Path, found: bytes, kind: str, may_replace: bool
    ) -> None:
        if not may_replace:
            description = describe_foreign(self.config / name, file, found, self.records)
            plan.foreign.append(Foreign(description, kind))
        plan.copied.append(name)

    def _plan_replaced_file(self, plan: Plan, name: Path) -> None:
        """Plan the removal of a file that another one replaces. A site stays in sites-available."""
        path = self.config / name
        if not os.path.lexists(path):
            return
        places = [name]
        if name.parent == Path("sites-available"):
            links = sorted((self.config / "sites-enabled").glob("*"))
            places = [link.relative_to(self.config) for link in links if link.resolve() == path.resolve()]
        planned = {step.name for step in plan.steps}
        places = [place for place in places if place not in planned]
        if places and path.is_file():
            plan.copied.append(name)
        plan.add(*(Step(place) for place in places))

    def _plan_default_site(self, plan: Plan, may_replace: bool) -> None:
        """Plan the removal of the distribution's default site, unless a person has edited it."""
        path = self.config / DEFAULT_SITE
        if not os.path.lexists(path):
            return
        found = self.read(DEFAULT_SITE)
        original = self.config / "sites-available" / "default"
        if found is not None and not is_of_package(self.packages, original, found):
            if not may_replace:
                description = (
                    f"{path} would be removed, but is not the default site of NGINX's package: it was "
                    "edited. nginx_default_server: false keeps it."
                )
                plan.foreign.append(Foreign(description, FILE))
            plan.copied.append(DEFAULT_SITE)
        plan.add(Step(DEFAULT_SITE))

    def _plan_nginx_conf(self, plan: Plan, connections: int) -> None:
        found = self.read(NGINX_CONF)
        if found is None:
            return
        raised = raise_connections(found, connections)
        if raised == found:
            return
        if sum_of(found) not in self.records.read(NGINX_CONF):
            plan.copied.append(NGINX_CONF)
        plan.add(Step(NGINX_CONF, raised))

    def _plan_removed_site(self, plan: Plan, site: Site) -> None:
        """Plan the removal of a site. One that was edited is copied; one of others is refused."""
        file = site.file
        places = (site.link, file.name)
        names = [name for name in places if name is not None and os.path.lexists(self.config / name)]
        for name in names:
            found = self.read(name)
            link = self.config / name
            leads_to_file = link.is_symlink() and link.resolve() == (self.config / file.name).resolve()
            if found is None or leads_to_file or is_own(file, found, self.records):
                continue
            may_replace = site.replace or was_written_by_role(file, found, self.records)
            self._plan_copy(plan, file, name, found, REMOVED_SITE, may_replace)
        if names:
            plan.add(*(Step(name) for name in names))
            plan.removed.append(file.name)

    def _names_of(self, paths: tuple[Path, ...]) -> set[Path]:
        return {self._name_of(path) for path in paths}

    def _name_of(self, path: Path) -> Path:
        try:
            name = path.relative_to(self.config)
        except ValueError:
            name = Path("..")
        if ".." in name.parts or name in (Path(), NGINX_CONF):
            raise NginxError(
                f"{path} cannot be replaced: allowed are virtual hosts below {self.config}.",
                reason="options",
                options=["replaces", "sites.replaces"],
            )
        return name
