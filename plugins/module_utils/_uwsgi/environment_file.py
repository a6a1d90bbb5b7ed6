# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment of an instance. It may hold secrets: its values are in one file that only root can read."""

from __future__ import annotations

import re
from collections.abc import Mapping

ESCAPED = '"\\$`'
LINE = re.compile(r'\A([A-Za-z_][A-Za-z0-9_]*)="((?:[^"\\]|\\.)*)"\Z')
# What the dynamic loader and the C library act on (glibc's unsecvars.h). A unit's environment is that of its
# root commands, too, so these are given to uWSGI alone.
LOADER_VARIABLES = (
    *("GCONV_PATH", "GETCONF_DIR", "GLIBC_TUNABLES", "HOSTALIASES", "LOCALDOMAIN", "LOCPATH", "MALLOC_TRACE"),
    *("NIS_PATH", "NLSPATH", "RESOLV_HOST_CONF", "RES_OPTIONS", "TMPDIR", "TZDIR"),
)


def is_loader_variable(name: str) -> bool:
    return name.startswith("LD_") or name in LOADER_VARIABLES


def select_file_variables(environment: Mapping[str, str], manager: str) -> dict[str, str]:
    """Return the variables that an instance gets from its environment file."""
    if manager != "systemd":
        return dict(environment)
    return {name: value for name, value in environment.items() if not is_loader_variable(name)}


def render_environment(environment: Mapping[str, str]) -> str:
    """Return the text for EnvironmentFile= of systemd, in which nothing in a value is expanded."""
    return "".join(f'{name}="{_escape(value)}"\n' for name, value in sorted(environment.items()))


def parse_environment(text: str) -> dict[str, str]:
    """Return what `render_environment` wrote; lines that it cannot have written are left out."""
    found = (LINE.match(line) for line in text.split("\n"))
    return {match.group(1): re.sub(r"\\(.)", r"\1", match.group(2)) for match in found if match}


def describe_environment(environment: Mapping[str, str], before: Mapping[str, str]) -> list[str]:
    """Return the names for a diff that a person reads, with a note where the value was another one before."""
    return [
        f"# environment {name}" + (" (another value)" if before.get(name, value) != value else "")
        for name, value in sorted(environment.items())
    ]


def _escape(value: str) -> str:
    return "".join("\\" + char if char in ESCAPED else char for char in value)
