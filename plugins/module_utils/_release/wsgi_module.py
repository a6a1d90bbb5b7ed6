# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the WSGI module of an app and its callable, where the settings leave that to its files."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from .module_files import SOURCES, has_module, list_module_files
from .release_files import ReleaseFiles

USUAL = "wsgi:application"
CALLABLES = ("application", "app")
# The files beside wsgi.py that usually hold an app of Flask.
FILES = ("app.py", "main.py", "application.py", "run.py", "server.py")
SIZE_LIMIT = 1 << 17  # bytes; a module that binds an app is smaller
MOST_PACKAGES = 20

SETTINGS = re.compile(r"DJANGO_SETTINGS_MODULE[\"']\s*,\s*[\"']([\w.]+)[\"']")
WSGI_APPLICATION = re.compile(r"^WSGI_APPLICATION\s*=\s*[\"']([\w.]+)\.(\w+)[\"']", re.MULTILINE)
# The web process of a Procfile, as gunicorn and uWSGI name a module. Servers of ASGI are left out.
WEB_PROCESS = re.compile(r"^web:(?!.*uvicorn)(.*\b(?:gunicorn|uwsgi|waitress-serve)\b.*)$", re.MULTILINE)
NAMED_MODULE = re.compile(r"(?<=[\s=\"'])([A-Za-z_][\w.]*)(?::([A-Za-z_]\w*(?:\(\))?))?(?=[\s\"']|$)")
FLASK_APP = re.compile(
    r"^(?:export\s+)?FLASK_APP\s*=\s*[\"']?([\w./]+?)(?:\.py)?(?::(\w+)(?:\(\))?)?[\"']?\s*$", re.M
)
BOUND = re.compile(
    r"^(?:({0})\s*(?::[^=\n]+)?=(?!=)|from\s+\S+\s+import\s+(?:.*[\s,])?({0})\s*(?:,.*)?$)".format(
        "|".join(CALLABLES)
    ),
    re.MULTILINE,
)
FACTORY = re.compile(r"^def\s+(create_app|make_app)\(([^)]{0,400})\)", re.MULTILINE)


def find_module(files: ReleaseFiles, framework: str) -> str:
    """Return a module such as ``wsgi:application``; empty if none is found."""
    if not files.known or framework == "masonite":
        return USUAL
    return next(_find_modules(files, framework), "")


def _find_modules(files: ReleaseFiles, framework: str) -> Iterator[str]:
    if files.has("wsgi.py"):
        found = _find_callable(_read(files, "wsgi.py"))
        yield f"wsgi:{found}" if found else USUAL
    if framework == "django":
        yield from _find_django(files)
    yield from _find_in_procfile(files)
    if framework == "flask":
        yield from _find_flask(files)


def _find_django(files: ReleaseFiles) -> Iterator[str]:
    """Yield what Django's settings name, and else the wsgi.py beside or above them."""
    found = SETTINGS.search(_read(files, "manage.py"))
    if found is None:
        return
    settings = found.group(1)
    for name in (*list_module_files(settings), f"{settings.replace('.', '/')}/base.py"):
        named = WSGI_APPLICATION.search(_read(files, name))
        if named is not None and has_module(files.has, named.group(1)):
            yield f"{named.group(1)}:{named.group(2)}"
    package = settings
    while "." in package:
        package = package.rpartition(".")[0]
        if has_module(files.has, f"{package}.wsgi"):
            yield f"{package}.wsgi:application"


def _find_in_procfile(files: ReleaseFiles) -> Iterator[str]:
    for process in WEB_PROCESS.findall(_read(files, "Procfile")):
        for module, callable_name in NAMED_MODULE.findall(process):
            if has_module(files.has, module):
                yield f"{module}:{callable_name or 'application'}"


def _find_flask(files: ReleaseFiles) -> Iterator[str]:
    """Yield what .flaskenv names, then files that hold an app, then packages that do."""
    for name, callable_name in FLASK_APP.findall(_read(files, ".flaskenv")):
        yield from _find_in_module(files, name.replace("/", "."), callable_name)
    for name in FILES:
        yield from _find_in_module(files, name[: -len(".py")])
    names = sorted(files.list_below(""))
    packages = [
        posixpath.dirname(name)
        for name in names
        if re.fullmatch(rf"(?:{SOURCES}/)?[A-Za-z_]\w*/__init__\.py", name)
    ]
    for package in packages[:MOST_PACKAGES]:
        yield from _find_in_module(files, package.replace("/", "."))


def _find_in_module(files: ReleaseFiles, module: str, wanted: str = "") -> Iterator[str]:
    name = next(filter(files.has, list_module_files(module)), "")
    found = _find_callable(_read(files, name), wanted) if name else ""
    if found:
        installed = module[len(SOURCES) + 1 :] if module.startswith(f"{SOURCES}.") else module
        yield f"{installed}:{found}"


def _find_callable(source: str, wanted: str = "") -> str:
    """Return the callable that the source of a module holds; empty if it holds none.

    ``wanted`` is a callable that something else names.
    """
    if wanted:
        return f"{wanted}()" if re.search(rf"^def {wanted}\(", source, re.M) else wanted
    bound = [first or second for first, second in BOUND.findall(source)]
    if bound:
        return "application" if "application" in bound else bound[0]
    factories = (found for found in FACTORY.finditer(source) if _needs_nothing(found.group(2)))
    return next((f"{factory.group(1)}()" for factory in factories), "")


def _needs_nothing(parameters: str) -> bool:
    """Whether a function with these parameters can be called without any."""
    given = [parameter.strip() for parameter in parameters.split(",")]
    return all(not one or "=" in one or one.startswith("*") for one in given)


def _read(files: ReleaseFiles, name: str) -> str:
    size = files.size(name)
    if size is None or size > SIZE_LIMIT:
        return ""
    return (files.read(name) or b"").decode("utf-8", "replace")
