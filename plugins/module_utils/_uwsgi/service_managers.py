# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The service managers that this server has."""

from __future__ import annotations

import os

from .background_process import BackgroundManager
from .paths import Paths
from .service_manager import ServiceManager
from .systemctl import is_systemd_running
from .systemd_service import SystemdManager


def find_service_managers(paths: Paths) -> dict[str, ServiceManager]:
    """Return the service managers by name; `none` is always among them."""
    managers: dict[str, ServiceManager] = {"none": BackgroundManager()}
    if is_systemd_running() and os.geteuid() == 0:
        managers["systemd"] = SystemdManager(paths)
    return managers
