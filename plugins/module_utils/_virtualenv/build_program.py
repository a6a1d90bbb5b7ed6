# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds a virtualenv, by the Python that it is to have and as the build user, in the sandbox.

Not imported to run: the module gives this source, with those of toml and locked_requirements before it, to a
Python as an argument. The working directory is the app in its release.

    python -I -c SOURCE [--uv PROGRAM] [--requirements FILE] [--project] -- DIRECTORY

FILE is a list of requirements, a pyproject.toml, a uv.lock, poetry.lock or Pipfile.lock. What is locked is
installed, and what is installed after it does not change it. With --project the project beside FILE is
installed as a package, whose code stays where it is.

Without --uv it is built by venv and pip. What the installer prints goes to standard error, its exit code is
this program's. DIRECTORY counts as built once it holds the file .complete; anything else there is removed
and built again. Further packages are a JSON list in the environment variable MASONITE_DEPLOY_PACKAGES: the
address of a package can hold a token, and every user of a server can read a command line. The module names
the unit of a build after the app, so that two builds of one app do not run at the same time.

Exit code 78: the app cannot run on this Python; 77: the lock cannot be installed by this installer.
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
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from .locked_requirements import (
    Lines,
    LockError,
    read_pipfile_lock,
    read_poetry_lock,
    read_project_dependencies,
)

COMPLETE = ".complete"
PROJECT, UV_LOCK, POETRY_LOCK, PIPFILE_LOCK = "pyproject.toml", "uv.lock", "poetry.lock", "Pipfile.lock"
# What makes a list of the locked packages that every installer reads.
HELP = {
    UV_LOCK: "Run `uv export --frozen --no-dev --no-emit-project -o requirements.txt` and commit that.",
    POETRY_LOCK: "Run `poetry export -o requirements.txt` (of poetry-plugin-export) and commit that.",
    PIPFILE_LOCK: "Run `pipenv requirements --hash > requirements.txt` and commit that.",
}
UNSUPPORTED_PYTHON = 78
UNSUPPORTED_LOCK = 77
PACKAGES = "MASONITE_DEPLOY_PACKAGES"
LEGACY = re.compile(r'^(?:name = )?[\s"]*masonite\s*([=<>~!;"]|$)', re.IGNORECASE | re.MULTILINE)
# exceptionite, which Masonite 4 loads, needs pkg_resources, and newer setuptools have none.
LEGACY_PACKAGES = ["setuptools<81"]
# Options whose value is an address; a requirements file takes them as well.
ADDRESS_OPTIONS = ("-i", "--index-url", "--extra-index-url", "-f", "--find-links", "-e", "--editable")
HASH = re.compile(r"\s--(?:hash=\S+|hash\b|require-hashes\b)")
INCLUDE = re.compile(r"^\s*(?:-r|--requirement)[\s=]*(\S+)", re.MULTILINE)
# A lock of uv names the address of each file; with an index of their own, servers may not reach these.
INDEX_VARIABLES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "PIP_INDEX_URL")
LIST_INSTALLED = (
    "import importlib.metadata as m\n"
    "print('\\n'.join(sorted(f'{d.metadata[\"Name\"]}=={d.version}' for d in m.distributions())))"
)
# git gets the address of a repository as an argument, so that the user and password have to go another way.
GIT_ADDRESS = re.compile(r"\bgit\+(https?://)([^/@\s]+)@([^/\s]+)")


class UnsupportedPython(Exception):
    """The app requires a framework that does not run on this Python."""


@dataclass(frozen=True)
class Build:
    """What is built: ``uv`` is empty for pip, ``requirements`` where there are none."""

    directory: Path
    uv: str
    requirements: str
    project: bool

    @property
    def kind(self) -> str:
        """The name of the file for one with a meaning of its own, else ``list``; empty without any."""
        name = os.path.basename(self.requirements)
        return name if name in (PROJECT, UV_LOCK, POETRY_LOCK, PIPFILE_LOCK) else "list" if name else ""

    @property
    def home(self) -> Path:
        """The directory of the project."""
        return Path(self.requirements).parent

    @property
    def python(self) -> str:
        return str(self.directory / "bin" / "python")

    def create_command(self) -> list[str]:
        if self.uv:
            options = ["--quiet", "--clear", "--no-project", "--python", sys.executable]
            return [self.uv, "venv", *options, str(self.directory)]
        return [sys.executable, "-I", "-m", "venv", "--clear", str(self.directory)]

    def install_command(self, *what: str) -> list[str]:
        if self.uv:
            return [self.uv, "pip", "install", "--quiet", "--python", str(self.directory), *what]
        return [self.python, "-m", "pip", "install", "--quiet", "--no-compile", *what]


def read_text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def find_legacy_packages(requirements: str) -> list[str]:
    """Return the further packages of an app with masonite 4; UnsupportedPython where that cannot run."""
    text = read_text(Path(requirements)) if requirements else ""
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


def read_lines(build: Build) -> Lines:
    """Return what to install, where the installer cannot read the file itself."""
    text, release = read_text(Path(build.requirements)), os.path.abspath(build.home)
    if build.kind == POETRY_LOCK:
        return read_poetry_lock(text, read_text(build.home / PROJECT), release)
    if build.kind == PIPFILE_LOCK:
        return read_pipfile_lock(text, release)
    return read_project_dependencies(text)


def is_hashed(path: Path, seen: set[Path]) -> bool:
    """Whether a list of requirements, or one that it includes, has checksums of what it wants."""
    if path in seen or not path.is_file():
        return False
    seen.add(path)
    text = read_text(path)
    included = [path.parent / name for name in INCLUDE.findall(text) if "://" not in name]
    return HASH.search(text) is not None or any(is_hashed(one, seen) for one in included)


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


class InstallerFailed(Exception):
    """A command of an installer failed, with this exit code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"exit code {code}")
        self.code = code


class Installer:
    """Runs the commands of a build, all in one environment."""

    def __init__(self, build: Build, environment: dict[str, str]) -> None:
        self.build = build
        self.environment = environment

    def run(self, command: list[str], **variables: str) -> None:
        environment = {**self.environment, **variables}
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=sys.stderr, env=environment, check=False
        )
        if done.returncode:
            raise InstallerFailed(done.returncode)

    def install(self, *what: str) -> None:
        # An installer without anything to install calls that an error.
        if what:
            self.run(self.build.install_command(*what))

    def install_all(self, lines: list[str], options: list[str]) -> None:
        """Install what the file wants and the further ``lines``; ``options`` are of the command line."""
        build = self.build
        if build.kind == PROJECT and not build.uv and not build.project:
            lines = [*read_lines(build).requirements, *lines]
        is_list = build.kind == "list" and not is_hashed(Path(build.requirements), set())
        if is_list or build.kind in ("", PROJECT):
            with written_requirements(lines) as further:
                self.install(*self._file_options(), *further, *options)
            return
        self.install_file()
        if not lines and not options:
            return
        # What is locked stays as it is. pip wants checksums of all or of nothing: so in a run of its own.
        with written_requirements(lines) as further, written_requirements(self.list_installed()) as installed:
            self.install(*further, *options, *as_constraints(installed))

    def install_file(self) -> None:
        """Install what a hashed list or a lock wants."""
        build = self.build
        if build.kind == UV_LOCK:
            self.install_uv_lock()
            return
        if build.kind == "list":
            self.install(*self._file_options())
            return
        lines = read_lines(build)
        options = ["--no-deps"] if build.kind == PIPFILE_LOCK else []
        hashed = [line for line in lines.requirements if HASH.search(line)]
        others = [line for line in lines.requirements if line not in hashed]
        # pip takes a checksum in a constraint for one of everything that it installs.
        limits = lines.constraints if build.uv else [HASH.sub("", line) for line in lines.constraints]
        with written_requirements(limits) as constraints:
            for part in filter(None, (hashed, others)):
                with written_requirements([*lines.indexes, *part]) as written:
                    self.install(*written, *as_constraints(constraints), *options)
        if build.project:
            self.install("--no-deps", "-e", str(build.home))

    def install_uv_lock(self) -> None:
        build = self.build
        if not build.uv:
            raise LockError("pip cannot read it")
        options = ["--quiet", "--frozen", "--no-dev", "--project", str(build.home), "--python", build.python]
        if not any(self.environment.get(name) for name in INDEX_VARIABLES):
            project = [] if build.project else ["--no-install-project"]
            self.run([build.uv, "sync", *options, *project], UV_PROJECT_ENVIRONMENT=str(build.directory))
            return
        with tempfile.NamedTemporaryFile("r", encoding="utf-8", prefix="locked-", suffix=".txt") as file:
            project = [] if build.project else ["--no-emit-project"]
            self.run([build.uv, "export", *options, *project, "--output-file", file.name])
            self.install("-r", file.name)

    def list_installed(self) -> list[str]:
        command = [self.build.python, "-I", "-c", LIST_INSTALLED]
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=self.environment, check=True
        )
        return done.stdout.decode("utf-8", "replace").split()

    def _file_options(self) -> list[str]:
        build = self.build
        if build.kind == PROJECT and build.project:
            return ["-e", str(build.home)]
        if build.kind == "" or (build.kind == PROJECT and not build.uv):
            return []
        return ["-r", build.requirements]


def as_constraints(written: list[str]) -> list[str]:
    """Return the options that make constraints of a file that `written_requirements` wrote."""
    return ["-c", written[1]] if written else []


def build_virtualenv(build: Build, packages: list[str]) -> int:
    """Build the virtualenv unless it is complete; return the installer's exit code."""
    directory = build.directory
    if (directory / COMPLETE).exists():
        return 0
    lines, options = split_packages([*packages, *find_legacy_packages(build.requirements)])
    environment = {name: value for name, value in os.environ.items() if name != PACKAGES}
    lines = [move_credentials_to_git(line, environment) for line in lines]
    installer = Installer(build, environment)
    try:
        installer.run(build.create_command())
        installer.install_all(lines, options)
    except InstallerFailed as error:
        return error.code
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
    parser.add_argument("--project", action="store_true")
    parser.add_argument("directory", type=Path)
    chosen = parser.parse_args()
    build = Build(chosen.directory, chosen.uv, chosen.requirements, chosen.project)
    os.umask(0o022)
    try:
        return build_virtualenv(build, read_packages())
    except UnsupportedPython as error:
        sys.stderr.write(f"{error}\n")
        return UNSUPPORTED_PYTHON
    except ValueError as error:
        sys.stderr.write(f"{chosen.requirements} cannot be installed: {error}. {HELP.get(build.kind, '')}\n")
        return UNSUPPORTED_LOCK
    except OSError as error:
        raise SystemExit(f"The virtualenv {chosen.directory} could not be built: {error}") from error


if __name__ == "__main__":
    raise SystemExit(main())
