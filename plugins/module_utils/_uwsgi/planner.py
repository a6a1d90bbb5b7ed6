# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the plan of an instance: render its files and compute its id."""

from __future__ import annotations

from .account_options import find_instance_account
from .configuration import Configuration
from .ini import render_ini
from .instance_account import InstanceAccount
from .instance_id import PLACEHOLDER, compute_id, remove_number
from .paths import InstanceFiles, Paths
from .plan import Plan
from .record import Record
from .systemd_unit import render_unit
from .watched_files import compute_fingerprint


class Planner:
    """Holds the wanted configuration and makes a plan of it for any id."""

    def __init__(
        self,
        paths: Paths,
        configuration: Configuration,
        account: InstanceAccount,
        start_timeout: int,
        stop_timeout: int,
    ) -> None:
        self.paths = paths
        self.configuration = configuration
        self.account = account
        self.start_timeout = start_timeout
        self.stop_timeout = stop_timeout
        self.watched = {path: compute_fingerprint(path) for path in configuration.watch}
        self.config_id = self._compute_config_id()

    def make_plan(self, instance_id: str) -> Plan:
        files = self.paths.files(instance_id)
        return Plan(
            paths=self.paths,
            configuration=self.configuration,
            account=self.account,
            files=files,
            config_id=self.config_id,
            ini=render_ini(self.configuration, files),
            unit=self._render_unit(files, self.start_timeout, self.stop_timeout),
            watched=self.watched,
            start_timeout=self.start_timeout,
            stop_timeout=self.stop_timeout,
            publishes=self.account.needs_publishing,
        )

    def _compute_config_id(self) -> str:
        configuration, files = self.configuration, self.paths.files(PLACEHOLDER)
        parts = {
            "ini": render_ini(configuration, files),
            "unit": self._render_unit(files),
            "manager": configuration.manager,
            "user": configuration.user,
            "group": configuration.group,
            "umask": configuration.umask,
            "environment": configuration.environment,
            "watched": self.watched,
            "log": configuration.log if configuration.manager == "none" else None,
        }
        return compute_id(parts)

    def _render_unit(
        self, files: InstanceFiles, start_timeout: int | None = None, stop_timeout: int | None = None
    ) -> str:
        if self.configuration.manager != "systemd":
            return ""
        return render_unit(self.paths, self.configuration, self.account, files, start_timeout, stop_timeout)


def make_plan_of_record(paths: Paths, record: Record, ini: str, environment: dict[str, str]) -> Plan:
    """Return the plan of an instance that ran before, to start it again as it was."""
    configuration = Configuration(
        chdir=record.chdir,
        module=None,
        virtualenv=record.virtualenv or None,
        binary=record.binary,
        processes=record.processes,
        threads=record.threads,
        user=record.user or None,
        group=record.group or None,
        umask=record.umask,
        manager=record.manager,
        environment=environment,
        log=record.log or None,
    )
    return Plan(
        paths=paths,
        configuration=configuration,
        account=find_instance_account(configuration.user, configuration.group),
        files=paths.files(record.id),
        config_id=remove_number(record.id),
        ini=ini,
        unit="",
        watched=record.watched,
        start_timeout=60,
        stop_timeout=60,
        publishes=record.published,
    )
