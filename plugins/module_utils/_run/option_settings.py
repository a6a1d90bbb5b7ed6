# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which setting of the role an option of a module is. Errors of modules name options; users know settings."""

from __future__ import annotations

# As the tasks of the role pass them on. Options that are made of several settings name all of them.
SETTINGS: dict[str, tuple[str, ...]] = {
    "accept_hostkey": ("masonite_app_accept_host_key",),
    "adopt": ("masonite_app_adopt",),
    "backup": ("masonite_app_restore",),
    "build": ("masonite_app_build",),
    "build_environment": ("masonite_app_build_environment",),
    "break_lock": ("masonite_deploy_unlock",),
    "build_user": ("masonite_app_build_user",),
    "commands": ("masonite_app_build",),
    "database": ("masonite_app_environment",),
    "database_from_repository": ("masonite_app_database_from_repository",),
    "defaults": ("masonite_app_environment",),
    "deploy_key": ("masonite_app_deploy_key",),
    "directory": ("masonite_app_directory",),
    "disk_check": ("masonite_app_capacity_check",),
    "drain_timeout": ("masonite_app_drain_timeout",),
    "environment": ("base_environment",),
    "environment_file": ("masonite_app_environment",),
    "framework": ("masonite_app_framework",),
    "group": ("masonite_app_group", "masonite_app_web_group"),
    "health_check": (
        "masonite_app_health_path",
        "masonite_app_health_statuses",
        "masonite_app_health_timeout",
    ),
    "health_check.host": ("masonite_app_domains",),
    "health_check.path": ("masonite_app_health_path",),
    "health_check.statuses": ("masonite_app_health_statuses",),
    "health_check.successes": ("masonite_app_health_successes",),
    "health_check.timeout": ("masonite_app_health_timeout",),
    "installer": ("masonite_app_installer",),
    "keep": ("masonite_app_keep",),
    "known_hosts": ("masonite_app_known_hosts",),
    "lock_ttl": ("masonite_app_lock_ttl",),
    "memory_check": ("masonite_app_capacity_check",),
    "memory_max": ("masonite_app_memory_max",),
    "module": ("masonite_app_module",),
    "node_version": ("masonite_app_node_version",),
    "options": ("masonite_app_uwsgi_options",),
    "packages": ("masonite_app_packages",),
    "processes": ("masonite_app_processes",),
    "python": ("masonite_app_python",),
    "release": ("masonite_app_release",),
    "repository": ("masonite_app_repository",),
    "requirements": ("masonite_app_requirements",),
    "service_manager": ("masonite_app_service_manager",),
    "settings": ("masonite_app_environment",),
    "shared": ("masonite_app_shared",),
    "ssh_key": ("masonite_app_deploy_key",),
    "start_timeout": ("masonite_app_start_timeout",),
    "stop_timeout": ("masonite_app_stop_timeout",),
    "static": ("masonite_app_static",),
    "strategy": ("masonite_app_strategy",),
    "tasks_max": ("masonite_app_tasks_max",),
    "threads": ("masonite_app_threads",),
    "user": ("masonite_app_user",),
    "verify": ("masonite_app_verify_url",),
    "verify.url": ("masonite_app_verify_url",),
    "version": ("masonite_app_version",),
    "virtual_host": ("masonite_app_domains",),
    "web_group": ("masonite_app_web_group",),
    "writable_paths": ("masonite_app_writable_paths",),
}


def find_settings(options: object) -> list[str]:
    """Return the settings behind the options that a module's error is about, each once and in their order."""
    if not isinstance(options, (list, tuple)):
        return []
    return list(dict.fromkeys(setting for option in options for setting in SETTINGS.get(str(option), ())))
