# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which apps a run is about."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .effective import PREFIX, is_empty
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


# What is of one app when it is given on the command line.
OF_ONE_APP = ("version", "release", "restore", "repository", "domains", "deploy_key", "adopt")
# What other tools call a setting.
SYNONYMS = {
    "branch": "version",
    "command": "module",
    "commit": "version",
    "cpus": "processes",
    "directives": "nginx_directives",
    "dotenv": "environment",
    "env": "environment",
    "env_vars": "environment",
    "git": "repository",
    "git_url": "repository",
    "host": "domains",
    "hostname": "domains",
    "hosts": "domains",
    "key": "deploy_key",
    "public": "static",
    "ref": "version",
    "repo": "repository",
    "revision": "version",
    "server_name": "domains",
    "server_names": "domains",
    "source": "repository",
    "ssh_key": "deploy_key",
    "tag": "version",
    "url": "domains",
    "workers": "processes",
    "wsgi": "module",
}
ENVIRONMENT_NAME = re.compile(r"[A-Z][A-Z0-9_]*")


def check_selection(
    selected: Iterable[str],
    dictionary: Mapping[str, Any],
    only: str,
    missing: tuple[str, str] = ("", ""),
) -> Iterator[Problem]:
    names = list(selected)
    if not [name for name in names if name] or (only and not dictionary):
        found, advice = missing
        yield Problem("", "masonite_apps", "no_apps", f"is empty{found}", advice or EMPTY)
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
        if not meant and all(ENVIRONMENT_NAME.fullmatch(name) for name in unknown):
            meant = "What goes into .env stands below environment; indent it there. "
        yield Problem(
            app,
            f"masonite_apps.{app}",
            "unknown_settings",
            f"has unknown settings: {', '.join(unknown)}",
            f"{meant}Known: {', '.join(names)}",
        )


def check_one_app(extra: Mapping[str, Any], apps: Sequence[str]) -> Iterator[Problem]:
    """What the command line says of one app, while the run is about several."""
    if len(apps) < 2:
        return
    for noun in OF_ONE_APP:
        if not is_empty(extra.get(PREFIX + noun)):
            yield Problem(
                "",
                PREFIX + noun,
                "several_apps",
                f"is given for {len(apps)} apps at once",
                f"add -e masonite_app_only=NAME: {', '.join(apps)}",
            )


def check_variables(variables: Iterable[str], known: Iterable[str]) -> Iterator[Problem]:
    """Variables that are no settings and look like one."""
    names = sorted(known)
    for name in variables:
        lowered = name.lower().replace("-", "_")
        if name in names or not lowered.startswith((PREFIX, "masonite_deploy_")):
            continue
        near = [one for one in names if lowered == one] or difflib.get_close_matches(lowered, names, 1, 0.9)
        if near:
            yield Problem("", name, "unknown_variable", "is no setting", f'did you mean "{near[0]}"?')


def _meant(name: str, known: list[str]) -> str:
    plain = re.sub(r"[^a-z0-9_]", "_", name.lower())
    plain = plain[len(PREFIX) :] if plain.startswith(PREFIX) else plain
    if SYNONYMS.get(plain) in known:
        return f'Did you mean "{SYNONYMS[plain]}"? '
    near = difflib.get_close_matches(plain, known, 1, 0.75)
    return f'Did you mean "{near[0]}"? ' if near else ""
