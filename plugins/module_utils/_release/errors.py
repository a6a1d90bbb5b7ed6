# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one error of the modules release and release_info, and the words that programs can match in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from .._system.errors import ModuleError

# Documented one by one in RETURN of the module release.
Reason = Literal[
    "access_list",
    "ambiguous_release",
    "assets",
    "auth",
    "busy",
    "certificate",
    "committed_database",
    "corrupt_repository",
    "disk",
    "empty_repository",
    "export",
    "filesystem",
    "foreign_owner",
    "host_key",
    "host_key_changed",
    "invalid_requirements",
    "links",
    "locked",
    "mirror",
    "missing_directory",
    "missing_files",
    "missing_lock",
    "missing_module",
    "missing_requirements",
    "no_git",
    "no_previous",
    "no_repository",
    "no_ssh",
    "not_serving",
    "not_set_up",
    "package_json",
    "python",
    "release_not_good",
    "requirements_size",
    "run_ended",
    "shared",
    "ssh_key",
    "stale_lock",
    "submodule",
    "timeout",
    "transport",
    "unknown",
    "unknown_domain",
    "unknown_release",
    "unknown_repository",
    "unknown_user",
    "unknown_version",
    "unreachable",
    "unsafe_user",
    "unsuitable_python",
    "unsupported_lock",
]
# The options that an error can be about.
OptionName = Literal[
    "accept_hostkey",
    "app_user",
    "assets",
    "break_lock",
    "build",
    "build_user",
    "database_from_repository",
    "directory",
    "disk_check",
    "disk_reserve",
    "environment",
    "force",
    "installer",
    "keep",
    "known_hosts",
    "links",
    "live_link",
    "lock_ttl",
    "module",
    "path",
    "python",
    "release",
    "repository",
    "required",
    "requirements",
    "shared",
    "ssh_key",
    "static",
    "timeout",
    "version",
    "web_group",
    "virtual_host",
]


class ReleaseError(ModuleError):
    """What was wanted and what was found; ``options`` are the options of the module that it is about."""

    def __init__(
        self,
        message: str,
        *,
        reason: Reason,
        options: Sequence[OptionName] = (),
        hint: str = "",
        **facts: Any,
    ) -> None:
        super().__init__(message, reason=reason, hint=hint, **facts)
        self.options = tuple(options)
