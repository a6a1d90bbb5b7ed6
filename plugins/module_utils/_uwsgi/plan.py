# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One instance that is to be started, with everything rendered."""

from __future__ import annotations

from dataclasses import dataclass

from .configuration import Configuration
from .environment_file import select_file_variables
from .instance_account import InstanceAccount
from .paths import InstanceFiles, Paths
from .record import CANDIDATE, Record


@dataclass(frozen=True)
class Plan:
    """``config_id`` is the id without a number; ``publishes`` says whether root publishes the socket."""

    paths: Paths
    configuration: Configuration
    account: InstanceAccount
    files: InstanceFiles
    config_id: str
    ini: str
    unit: str
    watched: dict[str, str]
    start_timeout: int
    stop_timeout: int
    publishes: bool = False

    @property
    def entrance(self) -> str:
        """The socket that the public link leads to."""
        return self.files.published if self.publishes else self.files.socket

    @property
    def environment(self) -> dict[str, str]:
        """The variables in the environment file."""
        return select_file_variables(self.configuration.environment, self.configuration.manager)

    def create_record(self, created: float) -> Record:
        configuration = self.configuration
        return Record(
            id=self.files.id,
            state=CANDIDATE,
            manager=configuration.manager,
            chdir=configuration.chdir,
            virtualenv=configuration.virtualenv or "",
            binary=configuration.binary,
            user=configuration.user or "",
            uid=self.account.uid,
            published=self.publishes,
            group=configuration.group or "",
            umask=configuration.umask,
            processes=configuration.processes,
            threads=configuration.threads,
            log=configuration.log or "",
            created=created,
            watched=dict(self.watched),
        )
