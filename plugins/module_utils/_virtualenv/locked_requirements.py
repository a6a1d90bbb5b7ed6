# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns poetry.lock, Pipfile.lock and pyproject.toml into lines that uv and pip can install from."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .._system.toml import read_toml

SHORT_ADDRESS = re.compile(r"([^/\s:@]+@[^/\s:@]+):/*([^\s]+)")
CLAUSE = re.compile(r"\s*(\^|~=|~|==|!=|<=|>=|<|>|=|)\s*(\d+(?:\.\d+)*)(\.\*)?\s*")


class LockError(ValueError):
    """A lock that cannot be turned into lines; the message says what is in the way."""


@dataclass
class Lines:
    """Requirements, one a line, and constraints: what each package is if one of the requirements needs it."""

    requirements: list[str] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)
    indexes: list[str] = field(default_factory=list)
    """Options that name further package indexes."""


def read_project_dependencies(project: str, extras: tuple[str, ...] = ()) -> Lines:
    """Return the dependencies of a pyproject.toml without a lock."""
    found = _table(read_toml(project), "project").get("dependencies")
    return Lines([str(line) for line in found] if isinstance(found, list) else [])


# Poetry


def read_poetry_lock(lock: str, project: str, release: str) -> Lines:
    """Return the dependencies of the project, and all locked packages as constraints.

    The lock does not say in every version which packages belong to the project itself and which to its
    development. The installer finds out, as it would without a lock, and takes each in the locked version.
    """
    locked = read_toml(lock)
    packages = [package for package in locked.get("package") or [] if isinstance(package, Mapping)]
    hashes = _read_former_hashes(locked)
    lines = Lines()
    for package in packages:
        lines.constraints.append(_make_constraint(package, hashes, release))
    sources = (_table(package, "source") for package in packages)
    used = dict.fromkeys(str(source.get("url")) for source in sources if source.get("type") == "legacy")
    lines.indexes = [f"--extra-index-url {url}" for url in used]
    names = [str(package.get("name")) for package in packages]
    twice = sorted({name for name in names if names.count(name) > 1 and not _has_markers(packages, name)})
    if twice:
        raise LockError(f"it has more than one version of {', '.join(twice)}")
    lines.requirements = list(_list_poetry_dependencies(read_toml(project)))
    return lines


def _make_constraint(package: Mapping[str, Any], hashes: Mapping[str, Any], release: str) -> str:
    name, source = str(package.get("name") or ""), _table(package, "source")
    kind, url = str(source.get("type") or ""), str(source.get("url") or "")
    markers = package.get("markers")
    if isinstance(markers, Mapping):
        markers = markers.get("main")
    condition = f" ; {markers}" if markers else ""
    if kind == "git":
        below = f"#subdirectory={source['subdirectory']}" if source.get("subdirectory") else ""
        reference = source.get("resolved_reference") or source.get("reference")
        return f"{name} @ git+{make_address(url)}@{reference}{below}{condition}"
    if kind in ("directory", "file"):
        return f"{name} @ file://{os.path.normpath(os.path.join(release, url))}{condition}"
    if kind == "url":
        return f"{name} @ {url}{condition}"
    files = package.get("files") or hashes.get(name) or []
    digests = [str(file["hash"]) for file in files if isinstance(file, Mapping) and file.get("hash")]
    line = f"{name}=={package.get('version')}{condition}"
    return line + "".join(f" --hash={digest}" for digest in digests)


def _read_former_hashes(locked: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the files of each package, where a lock of Poetry before 1.3 has them."""
    return _table(_table(locked, "metadata"), "files")


def _has_markers(packages: list[Mapping[str, Any]], name: str) -> bool:
    return all(package.get("markers") for package in packages if package.get("name") == name)


def _list_poetry_dependencies(project: Mapping[str, Any]) -> Iterator[str]:
    of_project = _table(project, "project").get("dependencies")
    if isinstance(of_project, list) and of_project:
        # Where they come from is in the constraints, with their versions.
        yield from (_remove_version(str(line)) for line in of_project)
        return
    for name, wanted in _table(_table(_table(project, "tool"), "poetry"), "dependencies").items():
        if name == "python":
            continue
        for one in wanted if isinstance(wanted, list) else [wanted]:
            options: Mapping[str, Any] = one if isinstance(one, Mapping) else {}
            if not options.get("optional"):
                yield _make_requirement(name, options)


def _make_requirement(name: str, options: Mapping[str, Any]) -> str:
    extras = options.get("extras")
    chosen = f"[{','.join(map(str, extras))}]" if isinstance(extras, list) and extras else ""
    conditions = [f"({text})" for text in (options.get("markers"), _python_marker(options)) if text]
    if options.get("platform"):
        conditions.append(f"sys_platform == '{options['platform']}'")
    return f"{name}{chosen}" + (f" ; {' and '.join(conditions)}" if conditions else "")


def _python_marker(options: Mapping[str, Any]) -> str:
    """Return the marker of the option python, such as ``>=3.8,<3.11``; empty if there is none."""
    alternatives = []
    for alternative in str(options.get("python") or "").split("||"):
        clauses = [_python_clause(found) for found in CLAUSE.finditer(alternative) if found.group(2)]
        if clauses:
            alternatives.append(" and ".join(clauses))
    return " or ".join(alternatives)


def _python_clause(found: re.Match[str]) -> str:
    operator, number, wildcard = found.groups()
    parts = [int(part) for part in number.split(".")]
    if operator in ("^", "~", "~="):
        places = 1 if operator == "^" else max(min(len(parts), 2) - (operator == "~="), 1)
        end = ".".join(map(str, [*parts[: places - 1], parts[places - 1] + 1]))
        return f"python_full_version >= '{number}' and python_full_version < '{end}'"
    if operator in ("", "=", "==", "!=") and (wildcard or len(parts) < 3):
        return f"python_full_version {'!=' if operator == '!=' else '=='} '{number}.*'"
    return f"python_full_version {operator if operator not in ('', '=') else '=='} '{number}'"


def _remove_version(requirement: str) -> str:
    """Return a requirement without its version or address; its extras and markers stay."""
    found = re.match(r"\s*([A-Za-z0-9._-]+)\s*(\[[^\]]*\])?", requirement)
    if found is None:
        return requirement
    rest = requirement[found.end() :]
    # An address ends before a semicolon with a space before it.
    separator = r"\s;" if rest.lstrip().startswith("@") else ";"
    marker = re.split(separator, rest, maxsplit=1)
    condition = f" ; {marker[1].strip()}" if len(marker) > 1 else ""
    return f"{found.group(1)}{found.group(2) or ''}{condition}"


# Pipenv


def read_pipfile_lock(lock: str, release: str) -> Lines:
    """Return what the section `default` locks."""
    document = json.loads(lock)
    lines = Lines()
    if not isinstance(document, dict):
        raise LockError("it is no JSON object")
    addresses = {
        str(source.get("name")): str(source.get("url"))
        for source in _table(document, "_meta").get("sources") or []
        if isinstance(source, Mapping)
    }
    used = dict.fromkeys(
        str(package.get("index"))
        for package in _table(document, "default").values()
        if isinstance(package, Mapping) and package.get("index")
    )
    # The first source is the usual index, which the settings of the server may replace.
    further = list(addresses)[1:]
    # Pipenv leaves variables in an address: they are of the environment of the build.
    lines.indexes = [f"--extra-index-url {addresses[name]}" for name in used if name in further]
    for name, package in _table(document, "default").items():
        if isinstance(package, Mapping):
            lines.requirements.append(_make_pipfile_line(name, package, release))
    return lines


def _make_pipfile_line(name: str, package: Mapping[str, Any], release: str) -> str:
    extras = package.get("extras")
    chosen = f"[{','.join(map(str, extras))}]" if isinstance(extras, list) and extras else ""
    condition = f" ; {package['markers']}" if package.get("markers") else ""
    if package.get("git"):
        below = f"#subdirectory={package['subdirectory']}" if package.get("subdirectory") else ""
        return (
            f"{name}{chosen} @ git+{make_address(str(package['git']))}@{package.get('ref')}{below}{condition}"
        )
    place = str(package.get("path") or package.get("file") or "")
    if "://" in place:
        return f"{name}{chosen} @ {place}{condition}"
    if place:
        path = os.path.normpath(os.path.join(release, place))
        return (
            f"-e {path}{chosen}" if package.get("editable") else f"{name}{chosen} @ file://{path}{condition}"
        )
    hashes = package.get("hashes")
    digests = "".join(f" --hash={digest}" for digest in hashes) if isinstance(hashes, list) else ""
    return f"{name}{chosen}{package.get('version') or ''}{condition}{digests}"


def make_address(url: str) -> str:
    """Return the address of a git repository with a scheme, which installers want."""
    found = SHORT_ADDRESS.fullmatch(url)
    if found:
        return f"ssh://{found.group(1)}/{found.group(2)}"
    return url[len("git+") :] if url.startswith("git+") else url


def _table(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = parent.get(name)
    return found if isinstance(found, Mapping) else {}
