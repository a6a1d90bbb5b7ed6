# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds what visitors' browsers load, as the build user and in the sandbox.

Not imported to run: the module gives this source to a Python as an argument.

    python -I -c SOURCE

What to do is a JSON object in the environment variable MASONITE_DEPLOY_BUILD, because a command can hold a
secret, and every user of a server can read a command line:

    release    the directory of the release, which is only read
    work       a copy of the release, in which the commands run. Installed packages stay in it for the next
               build
    directory  the directory of the app in it, in which the commands run
    results    the directory that the results are put into; it holds the file .complete at the end
    install    a command that installs packages; empty for none
    packages   says which packages these are; the command is not run again for the same ones
    commands   the commands that build

Results are the files that a command made or changed. What the commands print goes to standard error. Standard
output is a JSON object: the command that failed, or how many files and bytes there are. The exit code is that
of the command that failed.
"""

from __future__ import annotations

import filecmp
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

PLAN = "MASONITE_DEPLOY_BUILD"
COMPLETE = ".complete"
PACKAGES = "node_modules"
# In the directory of the copy's packages: which ones are installed there.
INSTALLED = ".masonite-deploy-installed"
# Files of a release that are no part of its revision, and what package managers write beside their packages.
NO_SOURCES = frozenset({".masonite-deploy-assets"})
LOCK_FILES = ("package-lock.json", "pnpm-lock.yaml", "yarn.lock")
NO_RESULTS = frozenset({*LOCK_FILES, "npm-shrinkwrap.json", ".pnp.cjs", ".pnp.loader.mjs"})
NO_RESULT_DIRECTORIES = frozenset({PACKAGES, ".yarn", ".git"})


def list_entries(top: str, left_out: frozenset[str]) -> Iterator[tuple[str, os.stat_result]]:
    """Yield the name of each directory, file and link below a directory, a directory before its content."""
    for directory, directories, names in os.walk(top):
        directories[:] = sorted(name for name in directories if name not in left_out)
        for name in [*directories, *sorted(names)]:
            path = os.path.join(directory, name)
            yield os.path.relpath(path, top), os.lstat(path)


def remove(path: str) -> None:
    """Remove a file, a link or a directory."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def copy_release(release: str, work: str) -> None:
    """Make ``work`` hold what the release holds.

    A link that leads out of the release is left out: what it leads to belongs to the app, not to a build.
    """
    for name in os.listdir(work):
        remove(os.path.join(work, name))
    top = os.path.realpath(release)
    for name, status in list_entries(release, frozenset()):
        source, target = os.path.join(release, name), os.path.join(work, name)
        if name in NO_SOURCES or os.path.lexists(target):
            continue
        if stat.S_ISDIR(status.st_mode):
            os.mkdir(target, 0o755)
        elif stat.S_ISLNK(status.st_mode):
            inside = os.path.realpath(source).startswith(top + os.sep)
            if inside and not os.path.isabs(os.readlink(source)):
                os.symlink(os.readlink(source), target)
        elif stat.S_ISREG(status.st_mode):
            shutil.copy2(source, target)


def read_times(work: str) -> dict[str, tuple[int, int, int]]:
    """Return what changes when a file is written: of each file below the directory."""
    return {
        name: (status.st_ino, status.st_mtime_ns, status.st_size)
        for name, status in list_entries(work, NO_RESULT_DIRECTORIES)
        if stat.S_ISREG(status.st_mode)
    }


def is_installed(app: str, packages: str) -> bool:
    try:
        with open(os.path.join(app, PACKAGES, INSTALLED), encoding="utf-8") as stream:
            return bool(packages) and stream.read() == packages
    except OSError:
        return False


def mark_installed(app: str, packages: str) -> None:
    directory = os.path.join(app, PACKAGES)
    if packages and os.path.isdir(directory):
        with open(os.path.join(directory, INSTALLED), "w", encoding="utf-8") as stream:
            stream.write(packages)


def keep_lock_file(app: str, place: str) -> None:
    """Put a lock file that a package manager has made into a directory, for a person to commit."""
    for name in LOCK_FILES:
        made = os.path.join(app, name)
        if os.path.isfile(made):
            shutil.copyfile(made, os.path.join(place, name))


def run_command(command: str, directory: str, environment: dict[str, str]) -> int:
    """Run a command and return its exit code."""
    sys.stderr.write(f"$ {command}\n")
    sys.stderr.flush()
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        cwd=directory,
        env=environment,
        check=False,
    )
    return done.returncode if done.returncode >= 0 else 128 - done.returncode


def collect_results(
    work: str, release: str, before: dict[str, tuple[int, int, int]], results: str
) -> tuple[int, int]:
    """Copy the files that the commands made or changed; return how many there are, and their bytes."""
    count = size = 0
    for name, times in read_times(work).items():
        if before.get(name) == times or os.path.basename(name) in NO_RESULTS:
            continue
        source = os.path.join(work, name)
        original = os.path.join(release, name)
        if os.path.isfile(original) and filecmp.cmp(source, original, shallow=False):
            continue
        target = os.path.join(results, name)
        os.makedirs(os.path.dirname(target), 0o755, exist_ok=True)
        shutil.copyfile(source, target, follow_symlinks=False)
        os.chmod(target, 0o755 if os.lstat(source).st_mode & 0o100 else 0o644)
        count, size = count + 1, size + times[2]
    return count, size


def build(plan: dict[str, Any], environment: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """Build and return the exit code and what is printed."""
    release, work, results = plan["release"], plan["work"], plan["results"]
    app = os.path.join(work, plan["directory"])
    kept = os.path.join(os.path.dirname(work), "packages")
    installed = bool(plan["install"]) and is_installed(app, plan["packages"])
    remove(kept)
    if installed:
        os.rename(os.path.join(app, PACKAGES), kept)
    copy_release(release, work)
    before = read_times(work)
    if installed:
        remove(os.path.join(app, PACKAGES))
        os.rename(kept, os.path.join(app, PACKAGES))
    elif plan["install"]:
        code = run_command(plan["install"], app, environment)
        if code:
            return code, {"failed": plan["install"]}
        mark_installed(app, plan["packages"])
        keep_lock_file(app, os.path.dirname(work))
    for command in plan["commands"]:
        code = run_command(command, app, environment)
        if code:
            return code, {"failed": command}
    partial = f"{results}.partial"
    remove(partial)
    os.mkdir(partial, 0o755)
    count, size = collect_results(work, release, before, partial)
    open(os.path.join(partial, COMPLETE), "w", encoding="utf-8").close()
    remove(results)
    os.rename(partial, results)
    return 0, {"files": count, "bytes": size, "installed": bool(plan["install"]) and not installed}


def main() -> int:
    os.umask(0o022)
    plan = json.loads(os.environ[PLAN])
    environment = {name: value for name, value in os.environ.items() if name != PLAN}
    try:
        code, answer = build(plan, environment)
    except OSError as error:
        sys.stderr.write(f"Error: {error}\n")
        code, answer = 1, {"failed": ""}
    sys.stdout.write(json.dumps(answer) + "\n")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
