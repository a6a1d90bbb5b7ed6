# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for the names of apps, and for the users and groups they run and are built as."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .app import App
from .names import APP_NAME, RESERVED_ENDINGS, USER_NAME
from .problem import Problem, show
from .reserved_names import is_reserved

KINDS = {"user": "user", "build_user": "build user", "group": "group"}
PATTERN_WORDS = 'at most 32 of a-z, 0-9, "-", "_", beginning with a letter'


NAME_WORDS = (
    'allowed are lower-case letters, digits, ".", "-" and "_", at most 60, beginning with a letter or digit '
    "(it names directories and sockets)"
)


def check_name(app: App) -> Iterator[Problem]:
    setting, verb = ("masonite_apps", "has the name") if app.is_listed else ("masonite_app_name", "is")
    if not APP_NAME.fullmatch(app.name):
        right = suggest_name(app.name)
        allowed = f'write "{right}". A{NAME_WORDS[1:]}' if right else NAME_WORDS
        yield Problem(app.name, setting, "name", f"{verb} {show(app.name)}", allowed)
    elif app.name.endswith(RESERVED_ENDINGS):
        yield Problem(
            app.name,
            setting,
            "name_ending",
            f"{verb} {show(app.name)}",
            f"allowed are names that do not end with {', '.join(RESERVED_ENDINGS)}: these are files of other "
            "apps",
        )


def suggest_name(name: str) -> str:
    """The name that was meant, where it can be seen."""
    text = re.sub(r"^[a-z]+://|(?<=[a-z])[/:].*$", "", name.strip().lower())
    text = re.sub(r"[^a-z0-9._-]+", "-", text).strip("-._")
    return text if APP_NAME.fullmatch(text) else ""


def check_accounts(app: App) -> Iterator[Problem]:
    for noun, kind in KINDS.items():
        name = app.text(noun)
        if not app.has(noun):
            continue
        if not USER_NAME.fullmatch(name):
            yield app.refuse(
                noun, f"{noun}_name", f"is {show(name)}", f"allowed is a {kind} of its own, {PATTERN_WORDS}"
            )
        elif is_reserved(name):
            yield app.refuse(
                noun,
                f"{noun}_reserved",
                f"is {show(name)}, a name of the system or of a common package",
                f"allowed is a {kind} of its own, {PATTERN_WORDS}, and not one of the system",
            )
    build_user = app.text("build_user")
    if build_user and build_user in (app.text("user"), app.text("group")):
        yield app.refuse(
            "build_user",
            "build_user_shared",
            f"is {show(build_user)}, the user or group that runs the app",
            "allowed is a user of its own, so that the app cannot write its own code",
        )
    if app.has("web_group") and not USER_NAME.fullmatch(app.text("web_group")):
        yield app.refuse(
            "web_group", "web_group_name", f"is {show(app.text('web_group'))}", f"allowed are {PATTERN_WORDS}"
        )


def check_shared_accounts(apps: Iterable[App]) -> Iterator[Problem]:
    """Two apps never share a user or a group, whatever characters their names hold."""
    owners: dict[str, tuple[App, str]] = {}
    refused: set[tuple[str, str]] = set()
    for app in apps:
        for noun, kind in KINDS.items():
            name = app.text(noun)
            if not name:
                continue
            owner, owned = owners.setdefault(name, (app, noun))
            # The default group is named as the user: one problem is enough for both.
            if owner.name == app.name or (owner.name, app.name + name) in refused:
                continue
            refused.add((owner.name, app.name + name))
            yield app.refuse(
                noun,
                "account_shared",
                f"is {show(name)}, which is the {KINDS[owned]} of the app {owner.name}, too",
                f"allowed is a {kind} of its own for each app: set {noun} of {app.name} or {owned} of "
                f"{owner.name}",
            )
