# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service manager does for instances, whichever it is."""

from __future__ import annotations

from abc import ABC, abstractmethod

from .plan import Plan


class StartedInstance(ABC):
    """An instance that this run has started."""

    @abstractmethod
    def exit_code(self) -> int | None:
        """Return the exit code if it has ended, negative for a signal; None while it runs."""

    @abstractmethod
    def owns(self, pid: int) -> bool:
        """Return whether a process is the instance's master."""

    @abstractmethod
    def main_pid(self) -> int | None:
        """Return the pid of the master, once it is known."""

    @abstractmethod
    def held_pid(self) -> int | None:
        """Return the process that does nothing until `proceed`; None if there is none, as with systemd."""

    @abstractmethod
    def proceed(self) -> None:
        """Let a held process become uWSGI, after the record names it: a kill leaves no unknown process."""

    @abstractmethod
    def wait_until_started(self, timeout: float) -> bool:
        """Return whether the service manager itself counts the instance as started in time."""

    @abstractmethod
    def collect(self, timeout: float = 5.0) -> None:
        """Collect a killed child, so that it does not stay a zombie while the module runs on."""

    @abstractmethod
    def read_log(self, lines: int = 40) -> list[str]:
        """Return the last lines that the instance wrote."""


class ServiceManager(ABC):
    """``name`` is the value of the option service_manager."""

    name: str

    @abstractmethod
    def write_service(self, plan: Plan) -> None:
        """Write what the service manager needs to start the instance."""

    @abstractmethod
    def start(self, plan: Plan) -> StartedInstance: ...

    @abstractmethod
    def enable(self, instance_id: str) -> None:
        """Let the instance be started at each boot from now on."""

    @abstractmethod
    def disable(self, instance_id: str) -> None: ...

    @abstractmethod
    def is_in_place(self, instance_id: str) -> bool:
        """Return whether the next boot would start the instance, where the service manager does that."""

    @abstractmethod
    def kill(self, instance_id: str) -> None:
        """Send SIGKILL to all of its processes and do not start it again."""

    @abstractmethod
    def confirm_stopped(self, instance_id: str, wait: bool) -> None:
        """Tell the service manager that the processes have ended on purpose; ``wait`` until it knows."""

    @abstractmethod
    def remove_service(self, instance_id: str) -> bool:
        """Remove what `write_service` and `enable` wrote; return whether there was anything."""

    @abstractmethod
    def list_ids(self) -> list[str]:
        """Return the ids of which the service manager has something on disk."""

    @abstractmethod
    def reload(self) -> None:
        """Let the service manager see that services were removed."""
