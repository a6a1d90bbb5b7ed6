# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service manager `systemd`: a unit for each instance, started with one call and no daemon-reload.

systemd reads a unit that it has not seen before without a reload, and a unit's name holds the hash of its
content, so a unit that systemd knows already is the same one.
"""

from __future__ import annotations

import os
import re
import subprocess
import time

from .._system.atomic_file import write_atomically
from .._system.cgroup import is_in_service
from .._system.process import Process
from .errors import InstanceError
from .instance_id import ID_PATTERN
from .journal import read_journal
from .paths import Paths
from .plan import Plan
from .remove_file import remove_file
from .service_manager import ServiceManager, StartedInstance
from .systemctl import read_main_pid, read_properties, run_systemctl, start_unit
from .systemd_unit import WANTED_BY

UNIT_DIR = "/etc/systemd/system"
# What `systemctl start` says of a unit that systemd remembers as missing.
STALE_UNIT = ("reload service manager", "daemon-reload", "not found")


class SystemdInstance(StartedInstance):
    def __init__(self, unit: str, job: subprocess.Popen[str]) -> None:
        self.unit = unit
        self.job = job
        self.started_at = time.time()
        self.main: Process | None = None
        self.complaint = ""
        self.reloaded = False

    def exit_code(self) -> int | None:
        code = self.job.poll()
        if code is None or (code == 0 and (self.main is None or self.main.alive)):
            return None
        if code != 0 and self.job.stderr is not None:
            self.complaint = self.job.stderr.read().strip()
            if not self.reloaded and any(words in self.complaint for words in STALE_UNIT):
                # A unit of that name once failed and was removed, and systemd has kept its absence.
                self.reloaded = True
                run_systemctl("reset-failed", self.unit)
                run_systemctl("daemon-reload")
                self.job = start_unit(self.unit)
                return None
        properties = read_properties(self.unit, "ExecMainCode", "ExecMainStatus", "MainPID")
        status = int(properties.get("ExecMainStatus") or 0)
        return -status if properties.get("ExecMainCode") in ("2", "3") else status

    def owns(self, pid: int) -> bool:
        if not is_in_service(pid, self.unit):
            return False
        if self.main is None:
            self.main = Process.find(pid)
        return True

    def main_pid(self) -> int | None:
        if self.main is None:
            self.main = Process.find(read_main_pid(self.unit))
        return self.main.pid if self.main else None

    def held_pid(self) -> int | None:
        return None

    def proceed(self) -> None:
        return

    def wait_until_started(self, timeout: float) -> bool:
        try:
            return self.job.wait(timeout) == 0
        except subprocess.TimeoutExpired:
            return False

    def collect(self, timeout: float = 5.0) -> None:
        return

    def read_log(self, lines: int = 40) -> list[str]:
        found = read_journal(self.unit, self.started_at - 0.05, lines)
        return found or [line for line in self.complaint.splitlines() if line]


class SystemdManager(ServiceManager):
    name = "systemd"

    def __init__(self, paths: Paths, unit_dir: str = UNIT_DIR) -> None:
        self.paths = paths
        self.unit_dir = unit_dir

    def write_service(self, plan: Plan) -> None:
        path = self._unit_path(plan.files.id)
        try:
            write_atomically(path, plan.unit, 0o644)
        except OSError as error:
            raise InstanceError(
                f"the unit {path} cannot be written: {error.strerror}. systemd needs root; run with become, "
                "or choose service_manager none.",
                "prepare",
                options=["service_manager"],
            ) from error

    def start(self, plan: Plan) -> SystemdInstance:
        unit = self.paths.unit(plan.files.id)
        return SystemdInstance(unit, start_unit(unit))

    def enable(self, instance_id: str) -> None:
        """Do what `systemctl enable` does, without its daemon-reload: only the next boot needs to know."""
        link = self._enabled_link(instance_id)
        os.makedirs(os.path.dirname(link), 0o755, exist_ok=True)
        remove_file(link)
        os.symlink(self._unit_path(instance_id), link)

    def disable(self, instance_id: str) -> None:
        remove_file(self._enabled_link(instance_id))

    def is_in_place(self, instance_id: str) -> bool:
        return os.path.exists(self._unit_path(instance_id)) and os.path.lexists(
            self._enabled_link(instance_id)
        )

    def kill(self, instance_id: str) -> None:
        unit = self.paths.unit(instance_id)
        run_systemctl("kill", "--signal=SIGKILL", unit)
        run_systemctl("stop", unit)
        run_systemctl("reset-failed", unit)

    def confirm_stopped(self, instance_id: str, wait: bool) -> None:
        unit = self.paths.unit(instance_id)
        if wait:
            run_systemctl("stop", unit)
            run_systemctl("reset-failed", unit)
        else:
            # The instance has ended; this only cancels a restart, which may take its time.
            run_systemctl("stop", "--no-block", unit)

    def remove_service(self, instance_id: str) -> bool:
        self.disable(instance_id)
        path = self._unit_path(instance_id)
        for name in self._unit_files():
            if self._is_temporary(name, instance_id):
                remove_file(os.path.join(self.unit_dir, name))
        return remove_file(path)

    def list_ids(self) -> list[str]:
        stem = re.escape(self.paths.unit_stem)
        # A name that begins with a dot or ends with .new is of a killed run.
        pattern = re.compile(rf"\A\.?{stem}([^.]+)\.service(?:\..*)?\Z")
        matches = (pattern.match(name) for name in self._unit_files())
        return sorted({match.group(1) for match in matches if match and ID_PATTERN.match(match.group(1))})

    def reload(self) -> None:
        run_systemctl("daemon-reload")

    def _unit_files(self) -> list[str]:
        try:
            return os.listdir(self.unit_dir)
        except OSError:
            return []

    def _is_temporary(self, name: str, instance_id: str) -> bool:
        unit = self.paths.unit(instance_id)
        return name == unit + ".new" or (name.startswith(f".{unit}.") and name.endswith(".tmp"))

    def _unit_path(self, instance_id: str) -> str:
        return os.path.join(self.unit_dir, self.paths.unit(instance_id))

    def _enabled_link(self, instance_id: str) -> str:
        return os.path.join(self.unit_dir, WANTED_BY + ".wants", self.paths.unit(instance_id))
