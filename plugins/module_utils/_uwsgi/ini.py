# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Render the uWSGI configuration of an instance."""

from __future__ import annotations

from typing import Any

from .configuration import Configuration
from .paths import InstanceFiles
from .uwsgi_defaults import DEFAULTS, SHORT_NAMES

PLUGIN_OPTIONS = ("plugins-dir", "plugin-dir", "plugin", "plugins", "need-plugin", "need-plugins")


def render_ini(configuration: Configuration, files: InstanceFiles) -> str:
    """Return the text. Plugins come first: without them the rest is unknown to `strict`."""
    lines: list[tuple[str, str]] = []
    further = {key.replace("_", "-"): value for key, value in configuration.options.items()}
    for key in PLUGIN_OPTIONS:
        if key in further:
            lines += _pairs(key, further.pop(key))
    lines += [
        ("strict", "true"),
        ("master", "true"),
        ("need-app", "true"),
        ("die-on-term", "true"),
        ("vacuum", "true"),
    ]
    lines += [
        (key, value) for key, value in DEFAULTS.items() if not further.keys() & {key, SHORT_NAMES.get(key)}
    ]
    lines += [
        ("binary-path", _escape(configuration.binary)),
        ("socket", _escape(files.socket)),
        ("chmod-socket", "660"),
        ("pidfile", _escape(files.pidfile)),
        ("master-fifo", _escape(files.fifo)),
        ("stats", _escape(files.stats)),
        ("chdir", _escape(configuration.working_directory)),
    ]
    if configuration.virtualenv:
        lines.append(("virtualenv", _escape(configuration.virtualenv)))
    if configuration.module:
        lines.append(("module", configuration.module))
    lines.append(("processes", str(configuration.processes)))
    if configuration.threads > 1:
        lines.append(("threads", str(configuration.threads)))
    for key, value in further.items():
        lines += _pairs(key, value)
    return "[uwsgi]\n" + "".join("{} = {}\n".format(*pair) for pair in lines)


def _pairs(key: str, value: Any) -> list[tuple[str, str]]:
    values = value if isinstance(value, (list, tuple)) else [value]
    return [(key, str(part).lower() if isinstance(part, bool) else str(part)) for part in values]


def _escape(path: str) -> str:
    """uWSGI expands a single percent sign."""
    return path.replace("%", "%%")
