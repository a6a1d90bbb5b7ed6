# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chooses what runs commands on this server."""

from __future__ import annotations

import os

from .command import CommandError, Runner
from .command_process import ProcessRunner
from .command_systemd import SystemdRunner


def choose_runner(service_manager: str) -> Runner:
    """Return the runner for `systemd`, for `none`, or for what this server has (`auto`)."""
    booted = os.path.isdir("/run/systemd/system")
    if service_manager == "systemd" or (service_manager == "auto" and booted and os.geteuid() == 0):
        if os.geteuid() != 0:
            raise CommandError(
                "A sandbox of systemd needs root.",
                reason="needs_root",
                hint="Run this with become, or choose service_manager none.",
                options=["service_manager"],
            )
        if not booted:
            raise CommandError(
                "systemd does not run this server.",
                reason="no_systemd",
                hint="Choose service_manager none.",
                options=["service_manager"],
            )
        return SystemdRunner()
    if service_manager not in ("auto", "none"):
        raise CommandError(
            f"{service_manager!r} is not a service manager.",
            reason="service_manager",
            hint="Use auto, systemd or none.",
            options=["service_manager"],
        )
    return ProcessRunner()
