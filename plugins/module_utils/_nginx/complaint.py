# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What NGINX says against a configuration, with the lines it is about and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from .step import Overlay

NOT_SET_UP = "The files of the role masonite.deploy.nginx are missing: run the role on this server first."
# Words of NGINX's messages, and what to do about them.
HINTS = {
    "duplicate default server": (
        "Another file answers unknown host names already: nginx_default_server: false leaves that to it."
    ),
    "directive is duplicate": "Another file sets this directive already: remove it there, or here.",
    "duplicate location": (
        "A location can be given once; nginx_site_denied and nginx_site_static make locations, too."
    ),
    'unknown log format "masonite"': NOT_SET_UP,
    "/snippets/masonite-deploy-": NOT_SET_UP,
}
UNCHANGED = "Nothing was changed: what NGINX served before, it still serves."


def explain(config: Path, complaints: list[str], overlay: Overlay, *, invalid_before: bool) -> str:
    """Return the message for a configuration that NGINX refuses."""
    verb = "refuses" if any(content is not None for content in overlay.values()) else "cannot do without"
    lines = [f"NGINX {verb} {', '.join(str(config / name) for name in _suspects(complaints, overlay))}:"]
    lines += complaints
    lines += _excerpts(complaints, overlay)
    lines += _find_claims(config, complaints, overlay)
    hints = (hint for words, hint in HINTS.items() if any(words in line for line in complaints))
    lines += dict.fromkeys(hints)
    if invalid_before:
        lines.append(
            "The configuration on the server is refused without this change, too: correct that first."
        )
    return "\n".join([*lines, UNCHANGED])


def _suspects(complaints: list[str], overlay: Overlay) -> list[Path]:
    """Return the files that the complaints are about, or else all that would be changed."""
    written = [name for name, content in overlay.items() if content is not None]
    # A site is named once, not again by its link.
    links = {Path("sites-enabled") / name.name for name in written if name.parent == Path("sites-available")}
    names = [name for name in written if name not in links]
    text = "\n".join(complaints)
    mentioned = [name for name in names if any(f"/{place}:" in text for place in read_places(name))]
    return mentioned or names or list(overlay)


def read_places(name: Path) -> list[Path]:
    """Return where NGINX reads a file from."""
    if name.parent == Path("sites-available"):
        return [name, Path("sites-enabled") / name.name]
    return [name]


def _find_claims(config: Path, complaints: list[str], overlay: Overlay) -> Iterator[str]:
    """Yield which files have the host name already, and what to do."""
    for host in sorted(set(re.findall(r'conflicting server name "([^"]+)"', "\n".join(complaints)))):
        for directory in ("sites-enabled", "conf.d"):
            for path in sorted((config / directory).glob("*")):
                words = path.read_text(errors="replace").replace(";", " ").split() if path.is_file() else []
                if host in words and path.relative_to(config) not in overlay:
                    yield (
                        f"{host} belongs to {path}: remove it there first, or replace that file by "
                        f"nginx_site_replaces: [{path}] (a copy is kept)."
                    )


def _excerpts(complaints: list[str], overlay: Overlay) -> list[str]:
    """Return the lines NGINX complains about: they cannot be looked up in a file that was refused."""
    found = re.findall(
        r" in \S*?/((?:sites-[a-z]+|conf\.d|snippets|modules-enabled)/\S+):(\d+)", "\n".join(complaints)
    )
    excerpts = []
    for name in dict.fromkeys(Path(name) for name, _number in found):
        content = overlay.get(name) or overlay.get(Path("sites-available") / name.name)
        lines = (content or b"").decode(errors="replace").splitlines()
        for number in sorted({int(number) for other, number in found if Path(other) == name}):
            shown = range(max(1, number - 2), min(len(lines), number + 2) + 1)
            excerpts += [
                f"{'>' if current == number else ' '} {current:4} | {lines[current - 1]}" for current in shown
            ]
    return excerpts
