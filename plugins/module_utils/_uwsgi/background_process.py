# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service manager `none`: a background process in a session of its own."""

from __future__ import annotations

import os
import subprocess
import time

from .errors import InstanceError
from .instance_account import InstanceAccount
from .log_file import open_log, read_log
from .plan import Plan
from .search_path import SEARCH_PATH
from .service_manager import ServiceManager, StartedInstance

# Waits for a line before it becomes uWSGI. If the module is killed before it has recorded the process, the
# pipe is closed without one, and nothing is started.
WAIT = 'read -r line && [ "$line" = go ] && exec "$@" </dev/null'


class BackgroundInstance(StartedInstance):
    """``log`` is the open log file: another one may be at its path by now. It closes with the module."""

    def __init__(self, process: subprocess.Popen[bytes], log: int, offset: int) -> None:
        self.process = process
        self.log = log
        self.offset = offset

    def exit_code(self) -> int | None:
        return self.process.poll()

    def owns(self, pid: int) -> bool:
        return pid == self.process.pid

    def main_pid(self) -> int | None:
        return self.process.pid

    def held_pid(self) -> int | None:
        return self.process.pid

    def proceed(self) -> None:
        if self.process.stdin is not None and not self.process.stdin.closed:
            try:
                self.process.stdin.write(b"go\n")
                self.process.stdin.close()
            except BrokenPipeError:
                pass

    def wait_until_started(self, timeout: float) -> bool:
        return True

    def collect(self, timeout: float = 5.0) -> None:
        deadline = time.monotonic() + timeout
        while self.exit_code() is None and time.monotonic() < deadline:
            time.sleep(0.01)

    def read_log(self, lines: int = 40) -> list[str]:
        return read_log(self.log, self.offset, lines)


class BackgroundManager(ServiceManager):
    name = "none"

    def write_service(self, plan: Plan) -> None:
        return

    def start(self, plan: Plan) -> BackgroundInstance:
        configuration, account = plan.configuration, plan.account
        log_path = configuration.log or os.path.join(plan.paths.runtime_dir, "uwsgi.log")
        descriptor = open_log(log_path, account)
        offset = os.fstat(descriptor).st_size
        try:
            process = subprocess.Popen(
                ["/bin/sh", "-c", WAIT, "sh", configuration.binary, "--ini", plan.files.ini],
                stdin=subprocess.PIPE,
                stdout=descriptor,
                stderr=descriptor,
                cwd=configuration.working_directory,
                env=_make_environment(account, configuration.environment),
                start_new_session=True,
                user=account.uid if account.switches else None,
                group=account.gid if account.switches else None,
                extra_groups=list(account.groups) if account.switches else None,
                umask=int(configuration.umask, 8),
            )
        except OSError as error:
            os.close(descriptor)
            raise InstanceError(
                f"{configuration.binary} could not be started as user {account.user} in "
                f"{configuration.chdir}: {error.strerror}.",
                "start",
            ) from error
        return BackgroundInstance(process, descriptor, offset)

    def enable(self, instance_id: str) -> None:
        return

    def disable(self, instance_id: str) -> None:
        return

    def is_in_place(self, instance_id: str) -> bool:
        return True

    def kill(self, instance_id: str) -> None:
        return

    def confirm_stopped(self, instance_id: str, wait: bool) -> None:
        return

    def remove_service(self, instance_id: str) -> bool:
        return False

    def list_ids(self) -> list[str]:
        return []

    def reload(self) -> None:
        return


def _make_environment(account: InstanceAccount, environment: dict[str, str]) -> dict[str, str]:
    """Return what systemd would give a service, and nothing of the module's own environment."""
    return {
        "PATH": SEARCH_PATH,
        "LANG": "C.UTF-8",
        "HOME": account.home,
        "USER": account.user,
        "LOGNAME": account.user,
        **environment,
    }
