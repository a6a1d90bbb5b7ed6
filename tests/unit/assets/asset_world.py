# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release with a package.json, and the module assets as Ansible runs it."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

COLLECTIONS = Path(__file__).parents[3] / "playbooks" / "collections"
UV = Path(sys.executable).parent / "uv"
ROOT = os.geteuid() == 0
USER = "games" if ROOT else pwd.getpwuid(os.geteuid()).pw_name
PYTHON = "/usr/bin/python3"
NODE_VERSION = "24.19.0"
KEY = "01234567-0123456789abcdef"
RUN = """
import sys
if {installed!r} not in sys.path:
    sys.path.insert(0, {installed!r})
from ansible_collections.masonite.deploy.plugins.modules.assets import main
main()
"""
# Builds without any package: the style sheet is what the script writes.
BUILD = (
    "const fs = require('fs'); fs.mkdirSync('storage/compiled', {recursive: true});"
    "fs.appendFileSync(process.env.HOME + '/builds', 'x');"
    "const css = fs.readFileSync('resources/app.css') + '/* ' + process.version;"
    "fs.writeFileSync('storage/compiled/app.css', css)"
)
LOCK = {"name": "blog", "lockfileVersion": 3, "requires": True, "packages": {"": {"name": "blog"}}}


class Site:
    """What belongs to the build user of an app: releases, and what builds keep."""

    def __init__(self, top: Path, node_root: Path) -> None:
        self.top, self.node_root = top, node_root
        self.releases, self.venvs = top / "releases", top / "venvs"
        self.path = self.venvs / "assets" / KEY
        for directory in (top, self.releases, self.venvs):
            directory.mkdir(mode=0o755)
            self.own(directory)

    def own(self, path: Path) -> None:
        if ROOT:
            shutil.chown(path, USER, pwd.getpwnam(USER).pw_gid)

    def add_release(self, name: str, **files: str) -> Path:
        """A release with a package.json, a style sheet that it is built from, and further files."""
        release = self.releases / name
        content = {"package.json": package(), "resources/app.css": "body { color: red }", "build.js": BUILD}
        for path, text in {**content, **files}.items():
            (release / path).parent.mkdir(parents=True, exist_ok=True)
            (release / path).write_text(text)
        for directory, directories, names in os.walk(release):
            for entry in [directory, *(os.path.join(directory, one) for one in [*directories, *names])]:
                self.own(Path(entry))
        return release

    def builds(self) -> int:
        """How many times the build script was run."""
        file = self.venvs / "assets" / "cache" / "builds"
        return len(file.read_text()) if file.exists() else 0

    def call(self, release: Path, check_mode: bool = False, **changes: Any) -> dict[str, Any]:
        arguments = {
            "name": "blog",
            "path": str(self.path),
            "release": str(release),
            "user": USER,
            "commands": ["npm run build"],
            "install": "npm ci",
            "lock": "package-lock.json",
            "node_version": NODE_VERSION,
            "node_root": str(self.node_root),
            "uv": str(UV),
            "python": PYTHON,
            "memory_check": "ignore",
            "service_manager": "none",
            "timeout": 120,
            "environment": {"NPM_CONFIG_OFFLINE": "true"},
            "_ansible_check_mode": check_mode,
            "_ansible_remote_tmp": "/tmp",
            **changes,
        }
        done = subprocess.run(
            [sys.executable, "-c", RUN.format(installed=str(COLLECTIONS))],
            input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
            text=True,
            capture_output=True,
            check=False,
        )
        assert len(done.stdout.strip().splitlines()) == 1, done.stdout + done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


def package(script: str = "node build.js", **more: Any) -> str:
    return json.dumps({"name": "blog", "private": True, "scripts": {"build": script}, **more})


def with_lock(**files: str) -> dict[str, str]:
    return {"package-lock.json": json.dumps(LOCK), **files}
