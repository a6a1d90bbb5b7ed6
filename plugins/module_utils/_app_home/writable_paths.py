# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the further directories that the app may write to."""

from __future__ import annotations

import os
import stat

from .._system.file_kind import describe_kind, find_status
from .._system.privileges import run_as
from .errors import Refusal
from .options import Options
from .owners import Owners

OPTIONS = ("writable_paths",)


def check_writable_paths(options: Options, owners: Owners) -> list[Refusal]:
    """Return the directories that are refused; an empty one of root's is given to the app later."""
    problems = [(path, _find_problem(path, options, owners)) for path in options.writable_paths]
    return [Refusal("writable_paths", path, problem, OPTIONS) for path, problem in problems if problem]


def list_new_writable_paths(options: Options) -> list[str]:
    """Return those that are missing, or are empty directories of root's, and become the app's."""
    return [path for path in options.writable_paths if _is_new(path)]


def _is_new(path: str) -> bool:
    found = find_status(path)
    return found is None or (found.st_uid == 0 and stat.S_ISDIR(found.st_mode) and not os.listdir(path))


def _find_problem(path: str, options: Options, owners: Owners) -> str:
    found, real = find_status(path), os.path.realpath(path)
    parent = os.path.dirname(path)
    if real != path and os.path.lexists(path):
        return f"{path} is reached through a link; wanted is a directory by its real path, {real}."
    if found is None:
        return "" if os.path.isdir(parent) else (
            f"{path} cannot be made on this server, because {parent} is missing. Mount its disk, or make it."
        )  # fmt: skip
    if not stat.S_ISDIR(found.st_mode):
        return f"{path} is {describe_kind(found)}; wanted is a directory."
    if not owners.switches or _is_new(path):
        return ""
    account = owners.app_account()
    if account is not None and run_as(account, lambda: os.access(path, os.W_OK | os.X_OK)):
        return ""
    return (
        f"{path} exists, is not empty, and cannot be written by user {options.user}, who runs app "
        f"{options.name}. If it is the app's: chown -R {options.user}:{options.group} {path}"
    )
