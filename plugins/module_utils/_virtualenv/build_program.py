# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds a virtualenv, by the Python that it is to have and as the build user, in the sandbox.

Not imported to run: the module gives this source to a Python as an argument. The working directory is the
release.

    python -I -c SOURCE [--uv PROGRAM] [--requirements FILE] -- DIRECTORY

Without --uv it is built by venv and pip. What the installer prints goes to standard error, its exit code is
this program's. DIRECTORY counts as built once it holds the file .complete; anything else there is removed
and built again. Further packages are a JSON list in the environment variable MASONITE_DEPLOY_PACKAGES: the
address of a package can hold a token, and every user of a server can read a command line. The module names
the unit of a build after the app, so that two builds of one app do not run at the same time.

Exit code 78: the app cannot run on this Python.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

COMPLETE = ".complete"
UNSUPPORTED_PYTHON = 78
PACKAGES = "MASONITE_DEPLOY_PACKAGES"
LEGACY = re.compile(r'^[\s"]*masonite\s*([=<>~!;"]|$)', re.IGNORECASE | re.MULTILINE)
# exceptionite, which Masonite 4 loads, needs pkg_resources, and newer setuptools have none.
LEGACY_PACKAGES = ["setuptools<81"]
# Options whose value is an address; a requirements file takes them as well.
ADDRESS_OPTIONS = ("-i", "--index-url", "--extra-index-url", "-f", "--find-links", "-e", "--editable")
# git gets the address of a repository as an argument, so that the user and password have to go another way.
GIT_ADDRESS = re.compile(r"\bgit\+(https?://)([^/@\s]+)@([^/\s]+)")


class UnsupportedPython(Exception):
    """The app requires a framework that does not run on this Python."""


def find_legacy_packages(requirements: str) -> list[str]:
    """Return the further packages of an app with masonite 4; UnsupportedPython where that cannot run."""
    text = Path(requirements).read_text(encoding="utf-8", errors="replace") if requirements else ""
    if not LEGACY.search(text):
        return []
    if sys.version_info >= (3, 12):
        version = ".".join(map(str, sys.version_info[:2]))
        raise UnsupportedPython(
            "The app requires masonite 4, whose dependencies do not build on Python "
            f"{version} ({sys.executable}). Set masonite_app_python to a Python 3.11 or older on this "
            "server, use Debian 12 or Ubuntu 22.04, or move the app to masonite-framework 5. Nothing was "
            "installed."
        )
    return LEGACY_PACKAGES


def installer_commands(uv: str, directory: Path, what: list[str]) -> list[list[str]]:
    """Return the command lines that make a virtualenv and install into it."""
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


def split_packages(packages: list[str]) -> tuple[list[str], list[str]]:
    """Return lines of a requirements file, and options that only a command line takes."""
    lines: list[str] = []
    options: list[str] = []
    words = iter(packages)
    for word in words:
        if not word.startswith("-"):
            lines.append(word)
        elif word in ADDRESS_OPTIONS:
            lines.append(f"{word} {next(words, '')}")
        elif word.startswith(tuple(f"{option}=" for option in ADDRESS_OPTIONS)):
            lines.append(word)
        else:
            options.append(word)
    return lines, options


def move_credentials_to_git(line: str, environment: dict[str, str]) -> str:
    """Return the line without user and password of a git repository, which become git's configuration."""

    def move(found: re.Match[str]) -> str:
        scheme, credentials, host = found.groups()
        user, _colon, password = credentials.partition(":")
        plain = f"{unquote(user)}:{unquote(password)}".encode()
        number = int(environment.get("GIT_CONFIG_COUNT") or 0)
        environment["GIT_CONFIG_COUNT"] = str(number + 1)
        environment[f"GIT_CONFIG_KEY_{number}"] = f"http.{scheme}{host}/.extraHeader"
        environment[f"GIT_CONFIG_VALUE_{number}"] = f"Authorization: Basic {base64.b64encode(plain).decode()}"
        return f"git+{scheme}{host}"

    return GIT_ADDRESS.sub(move, line)


@contextmanager
def written_requirements(lines: list[str]) -> Iterator[list[str]]:
    """Options that make an installer read the lines from a file that only this user can read."""
    if not lines:
        yield []
        return
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", prefix="packages-", suffix=".txt") as file:
        file.write("".join(f"{line}\n" for line in lines))
        file.flush()
        yield ["-r", file.name]


def build_virtualenv(directory: Path, uv: str, requirements: str, packages: list[str]) -> int:
    """Build the virtualenv unless it is complete; return the installer's exit code."""
    if (directory / COMPLETE).exists():
        return 0
    lines, options = split_packages([*packages, *find_legacy_packages(requirements)])
    environment = {name: value for name, value in os.environ.items() if name != PACKAGES}
    lines = [move_credentials_to_git(line, environment) for line in lines]
    with written_requirements(lines) as further:
        what = [*(["-r", requirements] if requirements else []), *further, *options]
        # An installer without anything to install calls that an error.
        for command in installer_commands(uv, directory, what)[: None if what else 1]:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=sys.stderr, env=environment, check=False
            )
            if done.returncode:
                return done.returncode
    (directory / ".lock").unlink(missing_ok=True)
    close_lock_files(os.environ.get("UV_CACHE_DIR") or "")
    (directory / COMPLETE).touch(mode=0o644)
    return 0


def close_lock_files(cache: str) -> None:
    """Take from all other users the right to write uv's lock files, which uv gives them."""
    for directory, directories, names in os.walk(cache):
        directories[:] = [name for name in directories if not name.startswith("archive-")]
        for name in names:
            if name.endswith(".lock"):
                os.chmod(os.path.join(directory, name), 0o600)


def read_packages() -> list[str]:
    """Return the packages that the environment names."""
    packages = json.loads(os.environ.get(PACKAGES) or "[]")
    if not isinstance(packages, list) or not all(isinstance(package, str) for package in packages):
        raise SystemExit(f"The environment variable {PACKAGES} is not a JSON list of strings.")
    return packages


def main() -> int:
    parser = argparse.ArgumentParser(prog="virtualenv")
    parser.add_argument("--uv", default="")
    parser.add_argument("--requirements", default="")
    parser.add_argument("directory", type=Path)
    chosen = parser.parse_args()
    os.umask(0o022)
    try:
        return build_virtualenv(chosen.directory, chosen.uv, chosen.requirements, read_packages())
    except UnsupportedPython as error:
        sys.stderr.write(f"{error}\n")
        return UNSUPPORTED_PYTHON
    except OSError as error:
        raise SystemExit(f"The virtualenv {chosen.directory} could not be built: {error}") from error


if __name__ == "__main__":
    raise SystemExit(main())
