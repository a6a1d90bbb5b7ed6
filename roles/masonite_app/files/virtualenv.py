# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the virtualenv of a release, by the Python it is to have and with the release as working directory.

    python -I - [--uv PROGRAM] [--requirements FILE] -- DIRECTORY PACKAGE...

Without --uv it is built by venv and pip. What the installer says goes to standard error, its exit code is
this program's. DIRECTORY counts as built once it holds the file .complete; anything else there is built anew.
Another run of this program for the same app is waited for, even one whose ansible-playbook is gone.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

COMPLETE = ".complete"
# Seconds: as long as the compilation of a large package may take on a small server.
PATIENCE = int(os.environ.get("MASONITE_DEPLOY_PATIENCE", "600"))
LEGACY = re.compile(r'^[\s"]*masonite\s*([=<>~!;"]|$)', re.IGNORECASE | re.MULTILINE)
# exceptionite, which Masonite 4 loads, needs pkg_resources, and newer setuptools have none.
LEGACY_PACKAGES = ["setuptools<81"]


def legacy_packages(requirements: str) -> list[str]:
    """What an app on the legacy line needs besides; the end, where that line cannot run."""
    text = Path(requirements).read_text(encoding="utf-8", errors="replace") if requirements else ""
    if not LEGACY.search(text):
        return []
    if sys.version_info >= (3, 12):
        version = ".".join(map(str, sys.version_info[:2]))
        raise SystemExit(
            "The app requires masonite 4, whose dependencies do not build on Python "
            f"{version} ({sys.executable}). Set masonite_app_python to a Python 3.11 or older on this "
            "server, use Debian 12 or Ubuntu 22.04, or move the app to masonite-framework 5. Nothing was "
            "installed."
        )
    return LEGACY_PACKAGES


def commands(uv: str, directory: Path, what: list[str]) -> list[list[str]]:
    if uv:
        return [
            [uv, "venv", "--quiet", "--clear", "--no-project", "--python", sys.executable, str(directory)],
            [uv, "pip", "install", "--quiet", "--python", str(directory), *what],
        ]
    pip = [str(directory / "bin" / "python"), "-m", "pip"]
    return [
        [sys.executable, "-I", "-m", "venv", "--clear", str(directory)],
        [*pip, "install", "--quiet", "--no-compile", *what],
    ]


@contextmanager
def alone(root: Path) -> Iterator[int]:
    """One build at a time; whoever inherits the lock holds it too, so an orphaned installer is waited for."""
    lock = os.open(root, os.O_RDONLY)
    deadline = time.monotonic() + PATIENCE
    try:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise SystemExit(
                        f"Another build below {root} has not ended within {PATIENCE} s. See what it is by "
                        f"`fuser -v {root}`, end it, and run again."
                    ) from None
                time.sleep(0.1)
        yield lock
    finally:
        os.close(lock)


def compile_later(directory: Path) -> None:
    """Bytecode takes as long as the installation and only makes starts faster: no deploy waits for it."""
    python = str(directory / "bin" / "python")
    subprocess.Popen(
        ["nice", "-n", "10", python, "-m", "compileall", "-q", str(directory / "lib")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def build(directory: Path, uv: str, requirements: str, packages: list[str]) -> int:
    what = [*(["-r", requirements] if requirements else []), *packages, *legacy_packages(requirements)]
    with alone(directory.parent) as lock:
        if (directory / COMPLETE).exists():
            return 0
        for command in commands(uv, directory, what):
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=sys.stderr, pass_fds=[lock], check=False
            )
            if done.returncode:
                return done.returncode
        # A file that everybody may write, left behind by uv.
        (directory / ".lock").unlink(missing_ok=True)
        (directory / COMPLETE).touch(mode=0o644)
    compile_later(directory)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="virtualenv")
    parser.add_argument("--uv", default="")
    parser.add_argument("--requirements", default="")
    parser.add_argument("directory", type=Path)
    parser.add_argument("packages", nargs="*", metavar="package")
    chosen = parser.parse_args()
    os.umask(0o022)
    try:
        return build(chosen.directory, chosen.uv, chosen.requirements, chosen.packages)
    except OSError as error:
        raise SystemExit(f"The virtualenv {chosen.directory} could not be built: {error}") from error


if __name__ == "__main__":
    sys.exit(main())
