# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a revision needs built by node, as its package.json and its lock file say."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable

from .errors import ReleaseError
from .option_names import OptionNames

AUTO = ("auto",)
PACKAGE_FILE = "package.json"
# The scripts that build for production, under the names that are usual; the first one that there is.
SCRIPTS = ("build", "production", "prod")
LOCKS = {
    "package-lock.json": "npm",
    "npm-shrinkwrap.json": "npm",
    "pnpm-lock.yaml": "pnpm",
    "yarn.lock": "yarn",
}
# What else says which packages are installed, and how.
FURTHER_FILES = (".npmrc", ".yarnrc", ".yarnrc.yml", "pnpm-workspace.yaml")
# With one of these, files of the revision itself take part in the installation.
INSTALL_SCRIPTS = ("preinstall", "install", "postinstall", "prepare")
SIZE_LIMIT = 1 << 20  # bytes
# The bundler of Masonite 4's starter. It is not kept up. Its last version, 6.0.49, allows newer webpacks
# than it runs with: with 5.94.0 it builds, with the newest of December 2026 it does not (both run).
LARAVEL_MIX = "laravel-mix"
WEBPACK_FOR_LARAVEL_MIX = "webpack@5.94.0"

# Reads a file of the revision; None if it has no such file.
Reader = Callable[[str], "bytes | None"]


@dataclass(frozen=True)
class AssetNeeds:
    """Command lines that install packages and build, the lock file, and a hash of what is installed.

    ``install`` is empty where the commands are the user's own, ``lock`` where there is no lock file.
    Without ``packages``, installed packages are used for one build only.
    """

    commands: tuple[str, ...]
    install: str = ""
    lock: str = ""
    packages: str = ""


def read_asset_needs(read: Reader, build: Sequence[str], names: OptionNames) -> AssetNeeds | None:
    """Return what is to be built; None if nothing is. ``build`` is the option of that name."""
    if not build:
        return None
    if tuple(build) != AUTO:
        return AssetNeeds(tuple(build))
    content = read(PACKAGE_FILE)
    if content is None:
        return None
    package = _parse_package(content, names)
    scripts = package.get("scripts")
    script = _choose_script(scripts)
    if not script:
        return None
    lock, manager = _choose_lock(read, str(package.get("packageManager") or ""))
    install, run = _choose_commands(manager, lock, package, read)
    return AssetNeeds(
        commands=(f"{run} {script}",),
        install=install,
        lock=lock,
        packages=_hash_packages(read, content, package, lock),
    )


def _parse_package(content: bytes, names: OptionNames) -> Mapping[str, Any]:
    why = ""
    found: object = None
    if len(content) > SIZE_LIMIT:
        why = f"has {len(content)} bytes; allowed are {SIZE_LIMIT}"
    else:
        try:
            found = json.loads(content.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            why = f"is not JSON: {error}"
    if not why and not isinstance(found, Mapping):
        why = "holds no JSON object"
    if why or not isinstance(found, Mapping):
        raise ReleaseError(
            f"{PACKAGE_FILE} of the revision {why}.",
            reason="package_json",
            options=["build"],
            hint=f"Correct it. Where nothing is to be built, set {names.display('build')}: [].",
        )
    return found


def _choose_script(scripts: object) -> str:
    if not isinstance(scripts, Mapping):
        return ""
    return next((name for name in SCRIPTS if isinstance(scripts.get(name), str) and scripts[name]), "")


def _choose_lock(read: Reader, wanted: str) -> tuple[str, str]:
    """Return the lock file and the package manager, the one first that package.json names."""
    name = wanted.partition("@")[0]
    order = sorted(LOCKS.items(), key=lambda item: item[1] != name)
    for lock, manager in order:
        if read(lock) is not None:
            return lock, manager
    return "", name if name in LOCKS.values() else "npm"


def _choose_commands(manager: str, lock: str, package: Mapping[str, Any], read: Reader) -> tuple[str, str]:
    """Return the command that installs and the one that runs a script."""
    if manager == "npm" and lock:
        return "npm ci --include=dev", "npm run"
    if manager == "npm":
        old = _depends_on(package, LARAVEL_MIX) and not _depends_on(package, "webpack")
        further = f" --no-save {WEBPACK_FOR_LARAVEL_MIX}" if old else ""
        return f"npm install --include=dev{further}", "npm run"
    if manager == "pnpm":
        locked = " --frozen-lockfile" if lock else ""
        return f"corepack pnpm install{locked} --prod=false", "corepack pnpm run"
    if not lock:
        return "corepack yarn install", "corepack yarn run"
    # Yarn 2 and later write this into their lock files.
    is_classic = b"__metadata:" not in (read(lock) or b"")
    options = "--frozen-lockfile --production=false" if is_classic else "--immutable"
    return f"corepack yarn install {options}", "corepack yarn run"


def _depends_on(package: Mapping[str, Any], name: str) -> bool:
    lists = (package.get("dependencies"), package.get("devDependencies"))
    return any(isinstance(found, Mapping) and name in found for found in lists)


def _hash_packages(read: Reader, content: bytes, package: Mapping[str, Any], lock: str) -> str:
    """Return a hash of all that says what is installed; empty if files of the revision may say it, too."""
    scripts = package.get("scripts")
    if "workspaces" in package or b'"file:' in content or b'"link:' in content or b'"portal:' in content:
        return ""
    if isinstance(scripts, Mapping) and any(name in scripts for name in INSTALL_SCRIPTS):
        return ""
    if read("pnpm-workspace.yaml") is not None:
        return ""
    files = {name: read(name) for name in (lock, *FURTHER_FILES) if name}
    identity = {name: hashlib.sha256(text).hexdigest() for name, text in files.items() if text is not None}
    identity[PACKAGE_FILE] = hashlib.sha256(content).hexdigest()
    return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:16]
