# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Create the directories of a name with the owners and modes that they must have."""

from __future__ import annotations

import os
import stat

from .errors import InstanceError
from .instance_account import InstanceAccount
from .paths import Paths

# The last part of the directory of all configurations, by default.
ALL_CONFIGURATIONS = "uwsgi-instances"


def create_config_directory(paths: Paths) -> bool:
    """Other users may pass through to read their own configuration, which is all that the app's user does."""
    changed = _create(paths.config_dir, 0o711, os.geteuid(), os.getegid())
    return _let_others_pass(os.path.dirname(paths.config_dir)) or changed


def _let_others_pass(path: str) -> bool:
    """Repair a directory that an earlier version made under a strict umask; no directory of others."""
    status = os.stat(path)
    mode = stat.S_IMODE(status.st_mode)
    if os.path.basename(path) != ALL_CONFIGURATIONS or status.st_uid != os.geteuid() or mode & 0o011 == 0o011:
        return False
    os.chmod(path, mode | 0o011)
    return True


def create_runtime_directories(paths: Paths, account: InstanceAccount) -> bool:
    """Create the directories of private and of published sockets; return whether anything was changed.

    The first one is setgid: sockets get the web server's group, which the process itself does not have.
    """
    for path in paths.public_links:
        os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
    changed = _create(paths.runtime_dir, 0o2750, account.uid, account.socket_gid)
    return (account.needs_publishing and _create_public_directory(paths, account)) or changed


def _create_public_directory(paths: Paths, account: InstanceAccount) -> bool:
    """A directory that belongs to another user is another application's, and is not changed."""
    path = paths.public_dir
    parent = os.path.dirname(path)
    if os.stat(parent).st_uid == account.uid:
        raise InstanceError(
            f"{parent} belongs to user {account.user}, who could replace in it what root publishes for "
            f"{paths.name}. Choose a runtime_dir in a directory of root.",
            "prepare",
            options=["runtime_dir"],
            reason="unsafe_directory",
        )
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        pass
    else:
        if found.st_uid != os.geteuid() or not stat.S_ISDIR(found.st_mode):
            raise InstanceError(
                f"{path} is where the sockets of {paths.name} are published, so it must be a directory of "
                f"user {os.geteuid()}; it belongs to user {found.st_uid}. Remove it, or choose another "
                "runtime_dir.",
                "prepare",
                options=["runtime_dir"],
                reason="public_directory_taken",
            )
    return _create(path, 0o750, os.geteuid(), account.socket_gid)


def _create(path: str, mode: int, uid: int, gid: int) -> bool:
    """Create a directory or correct its rights; return whether anything was changed. No link is followed."""
    changed = False
    try:
        os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
        try:
            os.mkdir(path, 0o700)
            changed = True
        except FileExistsError:
            pass
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise InstanceError(
            f"directory {path} cannot be created or opened: {error.strerror}.", "prepare"
        ) from error
    try:
        changed = _set_rights(descriptor, path, mode, uid, gid) or changed
    finally:
        os.close(descriptor)
    return changed


def _set_rights(descriptor: int, path: str, mode: int, uid: int, gid: int) -> bool:
    changed = False
    status = os.fstat(descriptor)
    try:
        if os.geteuid() == 0 and (status.st_uid, status.st_gid) != (uid, gid):
            os.fchown(descriptor, uid, gid)
            changed = True
        elif os.geteuid() != 0 and status.st_gid != gid:
            os.fchown(descriptor, -1, gid)
            changed = True
        if stat.S_IMODE(os.fstat(descriptor).st_mode) != mode:
            os.fchmod(descriptor, mode)
            changed = True
    except PermissionError as error:
        raise InstanceError(
            f"the owner, group or mode of {path} cannot be set: {error.strerror}. Run as root, or "
            "choose a group you are in.",
            "prepare",
            options=["user", "group"],
        ) from error
    return changed
