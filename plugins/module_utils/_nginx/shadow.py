# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy of NGINX's directory in which a change can be tested without touching the original."""

from __future__ import annotations

import os
import re
from pathlib import Path

from .step import Overlay

NGINX_CONF = Path("nginx.conf")


def make_shadow(config: Path, shadow: Path, overlay: Overlay) -> None:
    """Copy the configuration into the empty directory ``shadow``, with the overlay."""
    copy_configuration(config, shadow)
    for name, content in overlay.items():
        place = shadow / name
        place.unlink(missing_ok=True)
        if content is not None:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(_adapt(name, content, config, shadow))


def copy_configuration(config: Path, shadow: Path) -> None:
    """Rewrite the files that name the directory, and link to all others: they may be keys."""
    for directory, directories, files in os.walk(config):
        here = shadow / Path(directory).relative_to(config)
        here.mkdir(exist_ok=True)
        for name in [*directories, *files]:
            source = Path(directory) / name
            if source.is_symlink() or not (source.is_file() or source.is_dir()):
                (here / name).symlink_to(_move(source.resolve(), config, shadow))
            elif source.is_file():
                text = source.read_bytes()
                adapted = _adapt(source.relative_to(config), text, config, shadow)
                if adapted == text:
                    (here / name).symlink_to(source)
                else:
                    (here / name).write_bytes(adapted)


def _adapt(name: Path, text: bytes, config: Path, shadow: Path) -> bytes:
    """Return a file of the configuration as it has to be in the copy."""
    directory = re.escape(str(config).encode())
    path = str(shadow).encode()
    adapted = re.sub(rb"(?<![\w./-])" + directory + rb"(?![\w.-])", lambda _match: path, text)
    if name == NGINX_CONF:
        return re.sub(rb"(?m)^\s*pid\s[^;]*;", lambda _match: b"pid " + path + b"/nginx.pid;", adapted)
    return adapted


def _move(path: Path, config: Path, shadow: Path) -> Path:
    try:
        return shadow / path.relative_to(config.resolve())
    except ValueError:
        return path
