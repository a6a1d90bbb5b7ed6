# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service manager `none`: a background process of its own session, as in the book, but watched."""

from __future__ import annotations

import os
import subprocess
import time

from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_errors import InstanceError
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_files import (
    Account,
    open_log,
    read_tail,
)
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi_service import Handle, Plan, Service

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def process_environment(account: Account, extra: dict[str, str]) -> dict[str, str]:
    """What systemd would give a service, and nothing of what the module itself runs with."""
    base = {
        "PATH": SYSTEM_PATH,
        "LANG": "C.UTF-8",
        "HOME": account.home,
        "USER": account.user,
        "LOGNAME": account.user,
    }
    base.update({key: str(value) for key, value in extra.items()})
    return base


# Waits for a line before it becomes uWSGI. If the module is killed before it has recorded the process, the
# pipe is closed without one, and nothing is started.
WAIT = 'read -r line && [ "$line" = go ] && exec "$@" </dev/null'


class PlainHandle(Handle):
    def __init__(self, process: subprocess.Popen[bytes], log_path: str, offset: int) -> None:
        self.process = process
        self.log_path = log_path
        self.offset = offset

    def proceed(self) -> None:
        if self.process.stdin is not None and not self.process.stdin.closed:
            try:
                self.process.stdin.write(b"go\n")
                self.process.stdin.close()
            except BrokenPipeError:
                pass

    def exited(self) -> int | None:
        return self.process.poll()

    def owns(self, pid: int) -> bool:
        return pid == self.process.pid

    def main_pid(self) -> int | None:
        return self.process.pid

    def settle(self, timeout: float) -> bool:
        return True

    def log(self, lines: int = 40) -> list[str]:
        return read_tail(self.log_path, self.offset, lines)


class PlainService(Service):
    kind = "none"

    def prepare(self, plan: Plan) -> None:
        return

    def start(self, plan: Plan) -> PlainHandle:
        log_path = plan.settings.log or os.path.join(plan.paths.runtime_dir, "uwsgi.log")
        descriptor = open_log(log_path, plan.account)
        offset = os.fstat(descriptor).st_size
        who = plan.account
        try:
            process = subprocess.Popen(
                ["/bin/sh", "-c", WAIT, "sh", plan.settings.binary, "--ini", plan.files.ini],
                stdin=subprocess.PIPE,
                stdout=descriptor,
                stderr=descriptor,
                cwd=plan.settings.chdir,
                env=process_environment(who, plan.settings.environment),
                start_new_session=True,
                user=who.uid if who.switches else None,
                group=who.gid if who.switches else None,
                extra_groups=list(who.groups) if who.switches else None,
                umask=int(plan.settings.umask, 8),
            )
        except OSError as error:
            raise InstanceError(
                f"{plan.settings.binary} could not be started as user {who.user} in "
                f"{plan.settings.chdir}: {error.strerror}.",
                stage="start",
            ) from error
        finally:
            os.close(descriptor)
        return PlainHandle(process, log_path, offset)

    def enable(self, instance_id: str) -> None:
        return

    def disable(self, instance_id: str) -> None:
        return

    def kill(self, instance_id: str) -> None:
        return

    def stopped(self, instance_id: str, thorough: bool) -> None:
        return

    def forget(self, instance_id: str) -> bool:
        return False

    def known_ids(self) -> list[str]:
        return []


def reap(handle: Handle, timeout: float = 5.0) -> None:
    """Collects a child that was killed, so that it does not stay a zombie while the module runs on."""
    deadline = time.monotonic() + timeout
    while isinstance(handle, PlainHandle) and handle.exited() is None and time.monotonic() < deadline:
        time.sleep(0.01)
