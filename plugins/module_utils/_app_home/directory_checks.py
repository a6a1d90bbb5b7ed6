# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which existing directories are the app's own. All others are refused by name, before anything changes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from .._system.directory import Directory
from .dotenv import setting_of_former_env
from .errors import Refusal
from .layout import PLACES
from .options import Options
from .survey import IGNORED, Survey, is_laid_out, kind, lstat

ROOTS = {"path": "base_sites_root", "venvs": "base_venvs_root", "runtime_dir": "base_sockets_root"}


def refused_directories(options: Options, survey: Survey) -> list[Refusal]:
    moved = list(_moved(options, survey))
    if moved:
        return moved
    return [
        *_foreign(options, survey),
        *_shared_with_other_apps(options, survey),
        *_links(options, survey),
        *_former_env(options, survey),
        *_moved_database(options, survey),
    ]


def is_ours(option: str, options: Options, survey: Survey) -> bool:
    path = str(getattr(options, option))
    if survey.record is not None and getattr(survey.record, option) == path:
        return True
    if option == "path":
        return survey.former is not None or (survey.old_path != "" and is_laid_out(path))
    found = lstat(path)
    if survey.former is None or found is None:
        return False
    return option == "runtime_dir" or found.st_uid in survey.former


def _foreign(options: Options, survey: Survey) -> Iterator[Refusal]:
    for option, root in ROOTS.items():
        path = str(getattr(options, option))
        found = lstat(path)
        if found is None:
            continue
        if not stat.S_ISDIR(found.st_mode):
            reason = "link" if stat.S_ISLNK(found.st_mode) else "not_a_directory"
            yield Refusal(
                reason, path,
                f"{path} is {kind(found)}; wanted is a directory of app {options.name}, no link. Set {root} "
                "to where the files are, or mount them at that place.",
            )  # fmt: skip
        elif set(os.listdir(path)) - IGNORED and not is_ours(option, options, survey):
            yield _foreign_directory(path, root, option, options)


def _foreign_directory(path: str, root: str, option: str, options: Options) -> Refusal:
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
    )  # fmt: skip


def _links(options: Options, survey: Survey) -> Iterator[Refusal]:
    """Something else in the place of a directory or file of the app's."""
    if not is_ours("path", options, survey):
        return
    try:
        home = Directory(options.path)
    except OSError:
        return
    with home:
        for place in PLACES:
            found = home.status(place.name)
            wanted = stat.S_ISDIR if place.directory else stat.S_ISREG
            if found is not None and not wanted(found.st_mode):
                path = f"{options.path}/{place.name}"
                yield Refusal(
                    "link" if stat.S_ISLNK(found.st_mode) else "not_a_directory", path,
                    f"{path} is {kind(found)}; wanted is {'a directory' if place.directory else 'a file'} of "
                    f"app {options.name}, no link. Put it in that place (a file system can be mounted "
                    "there).",
                )  # fmt: skip


def _former_env(options: Options, survey: Survey) -> Iterator[Refusal]:
    """Version 0.1 kept .env where the app can replace it; only what root wrote there is taken."""
    if survey.former is None or lstat(options.env_file) is not None:
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
        what = kind(found)
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


def _moved(options: Options, survey: Survey) -> Iterator[Refusal]:
    old, new = survey.old_path, options.path
    if not old:
        return
    if lstat(old) is None:
        known = lstat(new)
        if known is not None and (survey.former is not None or is_laid_out(new)):
            return
        yield Refusal(
            "moved_root", new,
            f"App {options.name} was in {old}, which is missing; wanted is {new}, which does not hold the "
            f"app either. Mount or restore {old}, or move it to {new}. To begin anew with nothing, remove "
            f"{options.record_dir}/{options.name}.json and {options.live_link}.",
        )  # fmt: skip
        return
    homes = "" if survey.former is not None or survey.record is None else (
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
    )  # fmt: skip


def _moved_database(options: Options, survey: Survey) -> Iterator[Refusal]:
    old = survey.record.database if survey.record else ""
    if survey.former is not None and not old:
        old = setting_of_former_env(options.path, "SQLITE_DB_DATABASE")
    if not old or not options.database or old == options.database or not os.path.lexists(old):
        return
    yield Refusal(
        "moved_database", options.database,
        f"The database of app {options.name} is {old}; wanted is {options.database}, which would be an empty "
        "one. Set it as it was (SQLITE_DB_DATABASE in masonite_app_environment), or move it while the app is "
        f"stopped: systemctl stop 'uwsgi-{options.name}-*'; mv {old} {options.database}; then run the "
        "playbook again.",
    )  # fmt: skip


def _shared_with_other_apps(options: Options, survey: Survey) -> Iterator[Refusal]:
    for other in survey.others:
        for option, root in ROOTS.items():
            path, taken = str(getattr(options, option)), str(getattr(other, option))
            if taken and (path == taken or path.startswith(f"{taken}/") or taken.startswith(f"{path}/")):
                yield Refusal(
                    "foreign_directory", path,
                    f"{path} overlaps with {taken}, a directory of app {other.name}. Set another {root} or "
                    "name.",
                )  # fmt: skip
