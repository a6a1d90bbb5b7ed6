# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuses a deploy that needs something which only the set-up of the server does, before anything changes."""

from __future__ import annotations

from collections.abc import Iterator

from .._system.account import find_account
from .errors import ReleaseError
from .module_call import ModuleCall


def refuse_app_not_set_up(call: ModuleCall) -> None:
    options, names = call.options, call.options.names
    missing = list(_list_missing(call))
    host = options.virtual_host
    unknown = host.find_missing_names() if host is not None else []
    if host is not None and unknown is None:
        missing.append(f"no virtual host ({' or '.join(host.paths)})")
    if missing:
        raise ReleaseError(
            f"The app {call.paths.path.name} was never set up on this server: there is {', '.join(missing)}.",
            reason="not_set_up",
            options=["path"],
            hint=f"Run {options.set_up_by} first: it sets the app up, and deploys it.",
        )
    if unknown:
        raise ReleaseError(
            f"NGINX on this server does not know {', '.join(unknown)} yet, which "
            f"{names.display('virtual_host')} names.",
            reason="unknown_domain",
            options=["virtual_host"],
            hint=f"Run {options.set_up_by}: it writes the virtual host.",
        )


def _list_missing(call: ModuleCall) -> Iterator[str]:
    if not call.paths.path.is_dir():
        yield f"no directory {call.paths.path}"
    for user in (call.options.build_user, call.options.app_user):
        if user and find_account(user) is None:
            yield f"no user {user}"
