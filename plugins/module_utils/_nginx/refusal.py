# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The message about files of others that a change would replace."""

from __future__ import annotations

from pathlib import Path

from .complaint import UNCHANGED
from .errors import NginxError
from .plan import FILE, REMOVED_SITE, SITE, Foreign


def foreign_file_error(foreign: list[Foreign], copies: Path) -> NginxError:
    """Return the error that names all foreign files, and the choices their owner has."""
    kinds = {item.kind for item in foreign}
    lines = [*(item.description for item in foreign), f"{UNCHANGED} Choose:"]
    for kind, setting, place in (
        (SITE, "nginx_site_replace", "nginx_site_directives or nginx_site_snippets"),
        (FILE, "nginx_replace", "another file"),
    ):
        if kind in kinds:
            lines += [
                f"- keep what was added: put it into {place}, then run once with {setting}: true;",
                f"- lose what was added: {setting}: true; a copy of the file is kept in {copies}.",
            ]
    if REMOVED_SITE in kinds:
        lines.append(
            f"- remove the site nevertheless: nginx_site_replace: true; a copy of it is kept in {copies}."
        )
    options = [
        *(["replace"] if FILE in kinds else []),
        *(["sites.replace"] if kinds & {SITE, REMOVED_SITE} else []),
    ]
    return NginxError("\n".join(lines), reason="foreign_file", options=options)
