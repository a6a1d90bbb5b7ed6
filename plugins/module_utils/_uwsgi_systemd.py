# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service manager `systemd`: a unit for each instance, started with one call and no daemon-reload.

systemd reads a unit it has not seen before without being told to, and a unit's name holds the hash
of its content, so a unit that is known already is the same one.
"""

from __future__ import annotations

import os
import subprocess
import time

from ansible_collections.masonite.deploy.plugins.module_utils._system.process import Process, in_unit
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_config import ID_PATTERN, Paths
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_errors import InstanceError
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_files import remove, write_atomically
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_service import Handle, Plan, Service
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_unit import WANTED_BY

UNIT_DIR = "/etc/systemd/system"
# What `systemctl start` says of a unit it remembers as missing.
STALE = ("reload service manager", "daemon-reload", "not found")


def booted() -> bool:
    return os.path.isdir("/run/systemd/system")


def systemctl(*arguments: str, timeout: float = 90) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemctl", "--no-ask-password", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def properties(unit: str, *names: str) -> dict[str, str]:
    text = systemctl("show", unit, *("--property=" + name for name in names)).stdout
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def start_job(unit: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        ["systemctl", "--no-ask-password", "start", unit],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


class SystemdHandle(Handle):
    def __init__(self, unit: str, job: subprocess.Popen[str]) -> None:
        self.unit = unit
        self.job = job
        self.begun = time.time()
        self.main: Process | None = None
        self.complaint = ""
        self.reloaded = False

    def exited(self) -> int | None:
        code = self.job.poll()
        if code is None or (code == 0 and (self.main is None or self.main.alive)):
            return None
        if code != 0 and self.job.stderr is not None:
            self.complaint = self.job.stderr.read().strip()
            if not self.reloaded and any(words in self.complaint for words in STALE):
                # A unit of that name once failed and was removed, and systemd has kept its absence.
                self.reloaded = True
                systemctl("reset-failed", self.unit)
                systemctl("daemon-reload")
                self.job = start_job(self.unit)
                return None
        seen = properties(self.unit, "ExecMainCode", "ExecMainStatus", "MainPID")
        status = int(seen.get("ExecMainStatus") or 0)
        return -status if seen.get("ExecMainCode") in ("2", "3") else status

    def owns(self, pid: int) -> bool:
        if not in_unit(pid, self.unit):
            return False
        if self.main is None:
            self.main = Process.find(pid)
        return True

    def main_pid(self) -> int | None:
        if self.main is None:
            pid = int(properties(self.unit, "MainPID").get("MainPID") or 0)
            self.main = Process.find(pid)
        return self.main.pid if self.main else None

    def settle(self, timeout: float) -> bool:
        try:
            return self.job.wait(timeout) == 0
        except subprocess.TimeoutExpired:
            return False

    def log(self, lines: int = 40) -> list[str]:
        """From the journal, which is written asynchronously: a sync makes the last words arrive."""
        run_quietly("journalctl", "--sync")
        found = journal(self.unit, self.begun - 0.05, lines)
        return found or [line for line in self.complaint.splitlines() if line]


def run_quietly(*arguments: str) -> str:
    try:
        done = subprocess.run(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            errors="replace",
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def journal(unit: str, since: float, lines: int) -> list[str]:
    command = ["journalctl", "--unit", unit, "--since", f"@{since:.6f}", "--lines", str(lines)]
    return run_quietly(*command, "--output", "cat", "--no-pager", "--quiet").splitlines()


class SystemdService(Service):
    kind = "systemd"

    def __init__(self, paths: Paths, unit_dir: str = UNIT_DIR) -> None:
        self.paths = paths
        self.unit_dir = unit_dir

    def _file(self, instance_id: str) -> str:
        return os.path.join(self.unit_dir, self.paths.unit(instance_id))

    def _wish(self, instance_id: str) -> str:
        return os.path.join(self.unit_dir, WANTED_BY + ".wants", self.paths.unit(instance_id))

    def prepare(self, plan: Plan) -> None:
        try:
            write_atomically(self._file(plan.files.id), plan.unit, 0o644)
        except OSError as error:
            raise InstanceError(
                f"the unit {self._file(plan.files.id)} cannot be written: {error.strerror}. systemd "
                "needs root; run with become, or choose service_manager none.",
                stage="prepare",
            ) from error

    def start(self, plan: Plan) -> SystemdHandle:
        unit = self.paths.unit(plan.files.id)
        return SystemdHandle(unit, start_job(unit))

    def enable(self, instance_id: str) -> None:
        """What `systemctl enable` does, without its daemon-reload: only the next boot needs to know."""
        wish = self._wish(instance_id)
        os.makedirs(os.path.dirname(wish), 0o755, exist_ok=True)
        remove(wish)
        os.symlink(self._file(instance_id), wish)

    def disable(self, instance_id: str) -> None:
        remove(self._wish(instance_id))

    def kill(self, instance_id: str) -> None:
        unit = self.paths.unit(instance_id)
        systemctl("kill", "--signal=SIGKILL", unit)
        systemctl("stop", unit)
        systemctl("reset-failed", unit)

    def stopped(self, instance_id: str, thorough: bool) -> None:
        unit = self.paths.unit(instance_id)
        if thorough:
            systemctl("stop", unit)
            systemctl("reset-failed", unit)
        else:
            # It has gone by itself; this only calls off a restart, for which nobody has to wait.
            systemctl("stop", "--no-block", unit)

    def forget(self, instance_id: str) -> bool:
        self.disable(instance_id)
        remove(self._file(instance_id) + ".new")
        return remove(self._file(instance_id))

    def in_place(self, instance_id: str) -> bool:
        """Whether the next boot would find the unit and start it."""
        return os.path.exists(self._file(instance_id)) and os.path.lexists(self._wish(instance_id))

    def known_ids(self) -> list[str]:
        try:
            names = os.listdir(self.unit_dir)
        except OSError:
            return []
        stem = self.paths.unit_stem
        stems = (
            name[len(stem) :].split(".service")[0]
            for name in names
            if name.startswith(stem) and ".service" in name
        )
        return sorted({found for found in stems if ID_PATTERN.match(found)})

    def reload(self) -> None:
        systemctl("daemon-reload")
