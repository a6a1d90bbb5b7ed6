# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks whether the data of an app set up by hand can be taken over, before anything changes."""

from __future__ import annotations

import os
import stat

from .._system.directory import Directory
from .._system.file_kind import describe_kind, find_status
from .errors import Refusal
from .former_app import FormerApp
from .options import Options
from .shared_copy import check_shared_paths


def check_adoption(options: Options, former: FormerApp, switches_users: bool) -> list[Refusal]:
    """Return what prevents the adoption."""
    path = options.adopt
    found = find_status(path)
    if path == options.path:
        return []  # refused already, as a directory that is not the app's
    if found is None or not stat.S_ISDIR(found.st_mode):
        kind = "missing" if found is None else describe_kind(found)
        return [_refusal(path, f"{path} is {kind}; wanted is the directory of the app set up by hand.")]
    try:
        with Directory(path) as directory:
            refused = _check_database(options, former, directory, switches_users)
        return [*refused, *check_shared_paths(options)]
    except OSError as error:
        return [
            _refusal(path, f"{error.filename or path} cannot be read: {error.strerror}. No link is followed.")
        ]


def _check_database(
    options: Options, former: FormerApp, directory: Directory, switches_users: bool
) -> list[Refusal]:
    names = former.find_databases()
    if not names or not options.database:
        return []
    if len(names) > 1:
        listed = ", ".join(f"{directory.path}/{name}" for name in names)
        return [
            _refusal(
                directory.path,
                f"There is more than one database: {listed}. Name the one to take in {directory.path}/.env "
                "(SQLITE_DB_DATABASE).",
            )
        ]
    name = names[0]
    source, target = f"{directory.path}/{name}", options.database
    if name.startswith("/") or ".." in name.split("/"):
        return [
            _refusal(
                name,
                f"The database of {directory.path} is {name}, outside of it. {_advise_move(name, target)}",
            )
        ]
    found = directory.status(name)
    if found is None or directory.target(name) == target:
        return []
    problem = _find_problem(source, found, target, switches_users)
    if problem:
        return [_refusal(source, f"{problem} {_advise_move(source, target)}")]
    if os.path.lexists(target) and not is_same_file(source, target):
        return [_refusal(target, f"{target} exists, and {source} was to be moved there. Remove one of them.")]
    if found.st_dev != _find_device(target):
        return [
            _refusal(
                source,
                f"{source} and {target} are on different file systems, so the database cannot be moved "
                f"while it is in use. {_advise_move(source, target)}",
            )
        ]
    return []


def _find_problem(source: str, found: os.stat_result, target: str, switches_users: bool) -> str:
    """Return why a file cannot be moved as a database; empty if it can."""
    if not stat.S_ISREG(found.st_mode):
        kind = describe_kind(found)
    elif found.st_nlink != 1 and not is_same_file(source, target):
        kind = f"a file with {found.st_nlink} names"
    else:
        replaceable = find_replaceable_directory(source) if switches_users else ""
        if not replaceable:
            return ""
        return f"{replaceable} could be replaced by another user than root while the database is moved."
    return f"The database {source} is {kind}; wanted is a regular file with one name."


def find_replaceable_directory(path: str) -> str:
    """Return the first directory above a file that another user than root can replace; empty if none."""
    parent = "/"
    for part in path.split("/")[1:-1]:
        current = os.path.join(parent, part)
        above, found = os.lstat(parent), os.lstat(current)
        sticky = bool(above.st_mode & stat.S_ISVTX) and found.st_uid == 0
        if above.st_uid != 0 or (above.st_mode & 0o022 and not sticky) or stat.S_ISLNK(found.st_mode):
            return current
        parent = current
    return ""


def is_same_file(one: str, other: str) -> bool:
    first, second = find_status(one), find_status(other)
    return first is not None and second is not None and os.path.samestat(first, second)


def _refusal(subject: str, message: str) -> Refusal:
    return Refusal("adopt", subject, f"{message} (masonite_app_adopt)", ("adopt",))


def _advise_move(source: str, target: str) -> str:
    return (
        "Stop the process that uses it, then move it by hand and run the playbook without "
        "masonite_app_adopt: "
        f"sqlite3 {source} 'VACUUM INTO \"{target}\"'."
    )


def _find_device(path: str) -> int:
    """Return the device of the closest directory that exists."""
    while True:
        path = os.path.dirname(path)
        found = find_status(path)
        if found is not None:
            return found.st_dev
