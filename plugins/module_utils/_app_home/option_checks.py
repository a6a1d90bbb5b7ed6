# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the options of the module app_home."""

from __future__ import annotations

import re

from .errors import Refusal
from .options import Options

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]{0,31}")


def check_options(options: Options) -> list[Refusal]:
    """Return the options that have a wrong value."""
    found = []
    if not NAME.fullmatch(options.name):
        found.append(
            Refusal("name", options.name, f"name is {options.name!r}; allowed are at most 60 of a-z, 0-9, "
                    "'.', '-', '_', the first a letter or digit.", ("name",))
        )  # fmt: skip
    if options.state == "absent":
        return found
    accounts = {"user": options.user, "group": options.group, "build_user": options.build_user}
    for option, value in accounts.items():
        if not ACCOUNT.fullmatch(value):
            found.append(
                Refusal("account_name", value, f"{option} is {value!r}; allowed are at most 32 of a-z, "
                        "0-9, '-', '_', the first a letter or '_'. Set another one (masonite_app_user).",
                        (option,))
            )  # fmt: skip
    if options.build_user in (options.user, options.group):
        found.append(
            Refusal("account_name", options.build_user, f"build_user and user or group are both "
                    f"{options.build_user!r}; what builds the app must not be what runs it. Set another "
                    "one.", ("build_user",))
        )  # fmt: skip
    for option, value in options.paths().items():
        if value and not value.startswith("/"):
            found.append(
                Refusal("path", value, f"{option} is {value!r}; wanted is an absolute path.", (option,))
            )
    return found
