# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which apps a run is about."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .problem import Problem, show

EMPTY = (
    'give at least one app, such as masonite_apps: {blog: {repository: "https://…"}} '
    "(inventory.example/group_vars/web.yml shows the rest; group_vars/ belongs beside the inventory or the "
    "playbook)"
)
# Settings of the whole run, which the role does not look for in masonite_apps, and what is set instead.
OF_ALL_APPS = {
    "release": "-e masonite_app_release=NAME",
    "restore": "-e masonite_app_restore=FILE",
    "sites_root": "base_sites_root",
    "sockets_root": "base_sockets_root",
    "venvs_root": "base_venvs_root",
    "web_group": "nginx_user",
}


def check_selection(selected: Iterable[str], dictionary: Mapping[str, Any], only: str) -> Iterator[Problem]:
    names = list(selected)
    if not [name for name in names if name] or (only and not dictionary):
        yield Problem("", "masonite_apps", "no_apps", "is empty", EMPTY)
    elif only and only not in dictionary and only in names:
        known = sorted(dictionary)
        yield Problem(
            "",
            "masonite_app_only",
            "unknown_app",
            f"is {show(only)}, which is not in masonite_apps",
            _meant(only, known) + f"Known apps: {', '.join(known)}",
        )


def check_names_of_settings(app: str, given: Iterable[str], known: Iterable[str]) -> Iterator[Problem]:
    names = sorted(set(known) - set(OF_ALL_APPS))
    for name in given:
        if name in OF_ALL_APPS:
            yield Problem(
                app,
                f"masonite_apps.{app}.{name}",
                "setting_of_all_apps",
                "is no setting of one app and has no effect there",
                f"set {OF_ALL_APPS[name]}",
            )
    unknown = [str(name) for name in given if name not in names and name not in OF_ALL_APPS]
    if unknown:
        meant = "".join(_meant(name, names) for name in unknown)
        yield Problem(
            app,
            f"masonite_apps.{app}",
            "unknown_settings",
            f"has unknown settings: {', '.join(unknown)}",
            f"{meant}Known: {', '.join(names)}",
        )


def _meant(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, 1, 0.75)
    return f'Did you mean "{near[0]}"? ' if near else ""
