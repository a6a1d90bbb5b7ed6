# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What this module did not start: which of it is refused, and what a takeover leaves behind."""

from __future__ import annotations

from .._system.cgroup import find_service
from .._system.process import read_command
from .configuration import Configuration
from .context import Context
from .errors import InstanceError
from .foreign_data import find_data
from .instance import OWN, UNKNOWN, Instance
from .systemctl import read_main_pid


def refuse_unknown_process(context: Context, live: Instance | None) -> None:
    """Refuse a socket that is served by another program, or by a uWSGI that systemd would start again."""
    socket = context.paths.socket
    if live is None or live.origin == OWN:
        return
    pid = live.process.pid if live.process else 0
    if live.origin == UNKNOWN:
        raise InstanceError(
            f"{socket} is served by process {pid or '?'} ({' '.join(read_command(pid)) or 'unknown'}), which "
            "is not uWSGI. Nothing was changed. Stop that program, or choose another socket.",
            "discover",
            options=["socket"],
        )
    unit = find_service(pid) if pid and "systemd" in context.managers else ""
    if unit and read_main_pid(unit) == pid:
        raise InstanceError(
            f"{socket} is served by the systemd service {unit}, which would start its uWSGI again. Nothing "
            f"was changed. Run `systemctl disable --now {unit}`, then run again.",
            "discover",
            options=["socket"],
            reason="supervised",
        )


def warn_of_data(context: Context, live: Instance, configuration: Configuration) -> None:
    """Warn if the database of a uWSGI that a person has set up is in its working directory."""
    if live.process is None:
        return
    reached = (
        configuration.chdir,
        *configuration.writable_paths,
        *configuration.visible_paths,
        *configuration.watch,
    )
    directory, paths = find_data(live.process.pid, reached)
    if paths:
        context.progress.warn(
            f"{live.describe()}, which is to be replaced, works in {directory}, and its data stays in "
            f"{', '.join(paths)}: the new instance works in {configuration.chdir} and does not use these "
            "files. Copy what it needs to where it looks for it; with the role masonite_app, the option "
            "masonite_app_adopt brings them along"
        )
