# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets the web server read shared directories that it serves."""

from __future__ import annotations

import grp
from pathlib import Path

from .._system.account import Account
from .._system.web_access import AccessError, let_group_read, select_below
from .errors import ReleaseError
from .linked_paths import LinkedPaths
from .options import ReleaseOptions


def open_shared_paths(
    options: ReleaseOptions, shared: Path, linked: LinkedPaths, account: Account | None
) -> None:
    """Let the web server's group read those of the option static that are shared directories."""
    directories = [path.name for path in linked.shared if path.is_directory]
    paths = select_below(options.static, directories)
    if not paths:
        return
    try:
        gid = grp.getgrnam(options.web_group).gr_gid
    except KeyError:
        raise ReleaseError(
            f"There is no group {options.web_group} ({options.names.display('web_group')}) on this server.",
            reason="unknown_user",
            options=["web_group"],
            hint="Run the role masonite.deploy.nginx first.",
        ) from None
    try:
        let_group_read(str(shared), paths, gid, account, make=True)
    except AccessError as error:
        raise ReleaseError(
            f"The web server cannot be let into {shared}: {error.message}",
            reason="access_list",
            options=["static"],
            hint=error.hint,
        ) from None
