# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the deploy key and the known host keys of an app on the server as the settings have them."""

from __future__ import annotations

from pathlib import Path

from .._system.account import Account
from .._system.directory import Directory
from .._system.privileges import can_switch
from .._system.ssh_files import SshFiles


def write_ssh_files(files: SshFiles, build: Account | None) -> bool:
    """Write what differs and remove what has no content; returns whether anything changed."""
    contents = files.contents
    path = Path(files.directory)
    # git, which runs as the build user, reads them by its group; without that user they are the caller's.
    uid, gid, mode = (0, build.gid, 0o640) if build is not None and can_switch(build) else (-1, -1, 0o600)
    changed = False
    if not any(contents.values()) and not path.is_dir():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    with Directory(str(path.parent)) as parent:
        if parent.status(path.name) is None:
            parent.make_directory(path.name, 0o750 if gid != -1 else 0o700, uid, gid)
    with Directory(files.directory) as directory:
        for name, content in contents.items():
            if not content:
                changed = directory.remove(name) or changed
            elif not directory.has_content(name, content):
                directory.write(name, content, mode, uid, gid)
                changed = True
    return changed
