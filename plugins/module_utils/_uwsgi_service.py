# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service manager has to do for an instance, whichever it is."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_config import Files, Paths, Settings
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_files import Account


@dataclass(frozen=True)
class Plan:
    """One instance that is to be started, with everything rendered."""

    paths: Paths
    settings: Settings
    account: Account
    files: Files
    config: str
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


class Handle:
    """An instance that has just been started by us."""

    def exited(self) -> int | None:
        """The exit code if it has ended, a negative signal number if it was killed, None while it runs."""
        raise NotImplementedError

    def owns(self, pid: int) -> bool:
        raise NotImplementedError

    def main_pid(self) -> int | None:
        raise NotImplementedError

    def proceed(self) -> None:
        """Called when the process has been recorded: a service without a unit must not run before that."""

    def settle(self, timeout: float) -> bool:
        """Waits until the service manager itself counts the instance as started."""
        raise NotImplementedError

    def log(self, lines: int = 40) -> list[str]:
        raise NotImplementedError


class Service:
    kind = ""

    def prepare(self, plan: Plan) -> None:
        raise NotImplementedError

    def start(self, plan: Plan) -> Handle:
        raise NotImplementedError

    def enable(self, instance_id: str) -> None:
        """From now on the instance comes back by itself after a reboot."""
        raise NotImplementedError

    def disable(self, instance_id: str) -> None:
        raise NotImplementedError

    def kill(self, instance_id: str) -> None:
        """SIGKILL, and no return."""
        raise NotImplementedError

    def stopped(self, instance_id: str, thorough: bool) -> None:
        """Its processes are gone; the manager should know that this was meant, and if `thorough`, be done."""
        raise NotImplementedError

    def forget(self, instance_id: str) -> bool:
        """Removes what the manager keeps on disk; tells whether there was any."""
        raise NotImplementedError

    def known_ids(self) -> list[str]:
        raise NotImplementedError
