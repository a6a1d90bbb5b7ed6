# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that existing directories are the app's own. All others are refused by name."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from .._system.directory import Directory
from .._system.file_kind import describe_kind, find_status
from .discovery import IGNORED, Discovery, is_laid_out
from .dotenv_settings import read_version_01_setting
from .errors import Refusal
from .layout import APP_PATHS
from .options import Options

ROOTS = {"path": "base_sites_root", "venvs": "base_venvs_root", "runtime_dir": "base_sockets_root"}


def check_directories(options: Options, discovery: Discovery) -> list[Refusal]:
    """Return the directories and files that are refused."""
    moved = list(_check_moved_root(options, discovery))
    if moved:
        return moved
    return [
        *_check_foreign(options, discovery),
        *_check_other_apps(options, discovery),
        *_check_entries(options, discovery),
        *_check_version_01_env(options, discovery),
        *_check_moved_database(options, discovery),
    ]


def belongs_to_app(option: str, options: Options, discovery: Discovery) -> bool:
    """Return whether the directory of an option is known as this app's."""
    path = str(getattr(options, option))
    if discovery.record is not None and getattr(discovery.record, option) == path:
        return True
    if option == "path":
        return discovery.former is not None or (discovery.old_path != "" and is_laid_out(path))
    found = find_status(path)
    if discovery.former is None or found is None:
        return False
    return option == "runtime_dir" or found.st_uid in discovery.former


def _check_foreign(options: Options, discovery: Discovery) -> Iterator[Refusal]:
    for option, root in ROOTS.items():
        path = str(getattr(options, option))
        found = find_status(path)
        if found is None:
            continue
        if not stat.S_ISDIR(found.st_mode):
            reason = "link" if stat.S_ISLNK(found.st_mode) else "not_a_directory"
            yield Refusal(
                reason, path,
                f"{path} is {describe_kind(found)}; wanted is a directory of app {options.name}, no link. "
                f"Set {root} to where the files are, or mount them at that path.",
                (option,),
            )  # fmt: skip
        elif set(os.listdir(path)) - IGNORED and not belongs_to_app(option, options, discovery):
            yield _refuse_foreign_directory(path, root, option, options)


def _refuse_foreign_directory(path: str, root: str, option: str, options: Options) -> Refusal:
    choices = (
        f"Give the app another name (masonite_app_name, the key in masonite_apps), or set another {root}."
    )
    if option == "path":
        choices += (
            f" If it is a server set up by hand, do both: another name, and masonite_app_adopt: {path} "
            "brings its database, APP_KEY and uploads along."
        )
    return Refusal(
        "foreign_directory", path,
        f"{path} exists, is not empty, and was not made for app {options.name}. {choices}",
        (option,),
    )  # fmt: skip


def _check_entries(options: Options, discovery: Discovery) -> Iterator[Refusal]:
    """Refuse links and other files at the paths of the app's directories."""
    if not belongs_to_app("path", options, discovery):
        return
    try:
        home = Directory(options.path)
    except OSError:
        return
    with home:
        for entry in APP_PATHS:
            found = home.status(entry.name)
            wanted = stat.S_ISDIR if entry.directory else stat.S_ISREG
            if found is not None and not wanted(found.st_mode):
                path = f"{options.path}/{entry.name}"
                kind = "a directory" if entry.directory else "a file"
                yield Refusal(
                    "link" if stat.S_ISLNK(found.st_mode) else "not_a_directory", path,
                    f"{path} is {describe_kind(found)}; wanted is {kind} of app {options.name}, no link. "
                    "Put it at that path (a file system can be mounted there).",
                    ("path",),
                )  # fmt: skip


def _check_version_01_env(options: Options, discovery: Discovery) -> Iterator[Refusal]:
    """Refuse a .env that is not root's own: version 0.1 kept it where the app can replace it."""
    if discovery.former is None or find_status(options.env_file) is not None:
        return
    try:
        with Directory(options.path) as home:
            found = home.status("shared/.env")
    except OSError:
        return  # the directory itself is refused already
    if found is None:
        return
    path = f"{options.shared_path}/.env"
    if not stat.S_ISREG(found.st_mode):
        what = describe_kind(found)
    elif found.st_uid != 0:
        what = f"a file of user id {found.st_uid}"
    elif found.st_nlink != 1:
        what = f"a file with {found.st_nlink} names"
    else:
        return
    yield Refusal(
        "environment_file", path,
        f"{path} is {what}; wanted is the regular file of root's that version 0.1 wrote. See who put it "
        "there, remove it, and run the playbook again: a new one is written from masonite_app_environment "
        "(give APP_KEY there, if the app had one).",
    )  # fmt: skip


def _check_moved_root(options: Options, discovery: Discovery) -> Iterator[Refusal]:
    old, new = discovery.old_path, options.path
    if not old:
        return
    if find_status(old) is None:
        known = find_status(new)
        if known is not None and (discovery.former is not None or is_laid_out(new)):
            return
        yield Refusal(
            "moved_root", new,
            f"App {options.name} was in {old}, which is missing; wanted is {new}, which does not hold the "
            f"app either. Mount or restore {old}, or move it to {new}. To begin again with nothing, remove "
            f"{options.record_dir}/{options.name}.json and {options.live_link}.",
            ("path",),
        )  # fmt: skip
        return
    homes = "" if discovery.former is not None or discovery.record is None else (
        f"usermod --home {options.build_path} {options.build_user}; "
    )  # fmt: skip
    yield Refusal(
        "moved_root", new,
        f"App {options.name} is in {old}, with its database, uploads and .env; wanted is {new} "
        "(base_sites_root or the name was changed), which would be an empty site with a new key. Set it as "
        f"it was, or move the app while it is stopped: systemctl stop 'uwsgi-{options.name}-*'; "
        f"mkdir -p {os.path.dirname(new)}; cp -a {old} {new} && mv {old} {old}.moved; "
        f"usermod --home {options.shared_path} {options.user}; {homes}"
        "then run the playbook again.",
        ("path",),
    )  # fmt: skip


def _check_moved_database(options: Options, discovery: Discovery) -> Iterator[Refusal]:
    old = discovery.record.database if discovery.record else ""
    if discovery.former is not None and not old:
        old = read_version_01_setting(options.path, "SQLITE_DB_DATABASE")
    if not old or not options.database or old == options.database or not os.path.lexists(old):
        return
    yield Refusal(
        "moved_database", options.database,
        f"The database of app {options.name} is {old}; wanted is {options.database}, which would be an empty "
        "one. Set it as it was (SQLITE_DB_DATABASE in masonite_app_environment), or move it while the app is "
        f"stopped: systemctl stop 'uwsgi-{options.name}-*'; mv {old} {options.database}; then run the "
        "playbook again.",
        ("database",),
    )  # fmt: skip


def _check_other_apps(options: Options, discovery: Discovery) -> Iterator[Refusal]:
    for other in discovery.others:
        for option, root in ROOTS.items():
            path, taken = str(getattr(options, option)), str(getattr(other, option))
            if taken and (path == taken or path.startswith(f"{taken}/") or taken.startswith(f"{path}/")):
                yield Refusal(
                    "foreign_directory", path,
                    f"{path} overlaps with {taken}, a directory of app {other.name}. Set another {root} or "
                    "name.",
                    (option,),
                )  # fmt: skip
