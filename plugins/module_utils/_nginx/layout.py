# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where NGINX reads virtual hosts from, and as which user it runs: packages differ in both."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from .options import Site
from .shadow import NGINX_CONF


def reads_sites_enabled(config: Path) -> bool:
    """Return whether nginx.conf, or a file of conf.d, includes sites-enabled; True before it is installed."""
    main = _read(config / NGINX_CONF)
    if not main:
        return True
    texts = [main, *(_read(path) for path in sorted((config / "conf.d").glob("*.conf")))]
    return any(re.search(rb"(?m)^[^#\n]*\binclude\s+\S*sites-enabled/", text) for text in texts)


def place_in_conf_d(site: Site) -> Site:
    """Return the virtual host as a file of conf.d, which has no links."""
    return replace(site, file=replace(site.file, name=Path("conf.d") / site.file.name.name))


def find_user(config: Path) -> str:
    """Return the user that nginx.conf names; empty if it names none."""
    found = re.search(rb"(?m)^\s*user\s+([^\s;]+)", _read(config / NGINX_CONF))
    return found.group(1).decode(errors="replace") if found else ""


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
