# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a setting."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

CREDENTIALS = re.compile(r"(?<=://)[^\s/@]+@")
LONGEST = 120


@dataclass(frozen=True)
class Problem:
    """A setting whose value is refused. It never holds the value of a secret."""

    app: str
    setting: str
    reason: str
    found: str
    allowed: str

    @property
    def message(self) -> str:
        joint = ". " if self.allowed[:1].isupper() else "; "
        end = "" if self.allowed.endswith("?") else "."
        return f"{self.setting} {self.found}{joint}{self.allowed}{end}"

    @property
    def names_app(self) -> bool:
        return (
            not self.app
            or self.setting in ("masonite_app_name", "masonite_apps", f"The settings of {self.app}")
            or self.setting.startswith(f"masonite_apps.{self.app}")
        )


def show(value: Any) -> str:
    """A value for a message: on one line, not too long, without the credentials of an address."""
    if not isinstance(value, str):
        return "empty (null)" if value is None else str(value)
    text = "".join(char if char.isprintable() else repr(char)[1:-1] for char in value)
    text = CREDENTIALS.sub("***@", text)
    return f'"{text if len(text) <= LONGEST else text[:LONGEST] + "…"}"'


def describe(problems: Iterable[Problem]) -> str:
    """All problems, one line each. A line that several apps share names them at its end."""
    apps: dict[str, list[str]] = {}
    for problem in problems:
        named = apps.setdefault(problem.message, [])
        if not problem.names_app and problem.app not in named:
            named.append(problem.app)
    return "\n".join(
        message + (f" (app{'s' if len(named) > 1 else ''}: {', '.join(named)})" if named else "")
        for message, named in apps.items()
    )
