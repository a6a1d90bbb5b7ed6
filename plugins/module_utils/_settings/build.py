# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for what is built for visitors' browsers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from .._system.dotenv import is_name
from .app import App
from .problem import Problem, show

AUTO = "auto"
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def check_build(app: App) -> Iterator[Problem]:
    commands = app.texts("build")
    for command in commands:
        if not command.strip() or not command.isprintable():
            yield app.refuse(
                "build", "build", f"has {show(command)}", "allowed is one command on one line, or auto"
            )
    if AUTO in commands and len(commands) > 1:
        yield app.refuse(
            "build",
            "build",
            f"has {show(AUTO)} besides other commands",
            'allowed is "auto" alone, or a list of commands, or [] to build nothing',
        )
    for name, value in app.mapping("build_environment").items():
        if not is_name(str(name)):
            yield app.refuse(
                "build_environment",
                "build_environment",
                f"has the name {show(str(name))}",
                "allowed are letters, digits and _, not beginning with a digit",
            )
        elif isinstance(value, (Mapping, list)) or CONTROL.search(str(value)):
            yield app.refuse(
                f"build_environment.{name}",
                "build_environment",
                "is no plain text",
                "allowed are texts and numbers without control characters",
            )
