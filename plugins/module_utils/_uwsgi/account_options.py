# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the user that an instance is to run as."""

from __future__ import annotations

import grp
import os
import pwd

from .errors import InstanceError
from .instance_account import InstanceAccount


def find_instance_account(user: str | None, group: str | None) -> InstanceAccount:
    """Return the account for the options ``user`` and ``group``; refuse one that the module cannot use."""
    try:
        entry = pwd.getpwnam(user) if user else pwd.getpwuid(os.geteuid())
    except KeyError:
        raise InstanceError(
            f"user {user!r} does not exist on this server.", "configure", options=["user"], reason="no_user"
        ) from None
    if os.geteuid() != 0 and entry.pw_uid != os.geteuid():
        raise InstanceError(
            f"an instance of user {entry.pw_name!r} can only be started by root or by that user; this "
            f"module runs as {pwd.getpwuid(os.geteuid()).pw_name!r}. Use become.",
            "configure",
            options=["user"],
        )
    socket_gid = entry.pw_gid
    if group:
        try:
            socket_gid = grp.getgrnam(group).gr_gid
        except KeyError:
            raise InstanceError(
                f"group {group!r} does not exist on this server.",
                "configure",
                options=["group"],
                reason="no_group",
            ) from None
    groups = tuple(os.getgrouplist(entry.pw_name, entry.pw_gid))
    return InstanceAccount(entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir, groups, socket_gid)


def refuse_root(account: InstanceAccount, allow_root: bool) -> None:
    if os.geteuid() == 0 and account.uid == 0 and not allow_root:
        raise InstanceError(
            f"the instance would run as {account.user}, which has user id 0: what visitors reach would have "
            "all rights on this server. Give `user` an account of its own, or say allow_root: true.",
            "configure",
            options=["user"],
            reason="root",
        )
