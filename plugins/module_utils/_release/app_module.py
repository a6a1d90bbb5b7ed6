# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuses a revision that has not the directory or the WSGI module that the settings name."""

from __future__ import annotations

import posixpath

from .._system.framework import AUTO
from .app_files import AppFiles
from .errors import ReleaseError
from .module_files import SOURCES, has_module, list_module_files
from .options import ReleaseOptions
from .release import Release
from .release_files import ReleaseFiles
from .requirements import read_requirements
from .wsgi_module import USUAL, find_module

# Names that a WSGI module usually has, apart from the wanted one.
USUAL_NAMES = ("wsgi.py", "app.py", "main.py", "application.py", "run.py")
MOST_SUGGESTIONS = 5


def refuse_missing_module(
    files: ReleaseFiles, options: ReleaseOptions, release: Release, framework: str, module: str
) -> None:
    """Refuse a revision without the directory of the app or its module, which is empty if none is found."""
    names, directory = options.names, options.directory
    revision = f"Revision {release.revision[:12]} ({names.display('version')}: {release.version or 'HEAD'})"
    if directory and not files.has_directory(directory):
        raise ReleaseError(
            f"{revision} has no directory {directory}, which {names.display('directory')} names.",
            reason="missing_directory",
            options=["directory", "version"],
            hint=f"Correct {names.display('directory')}; a link to a directory is none.",
        )
    app_files = AppFiles(files, directory)
    if not options.module:
        return
    if module and (has_module(app_files.has, module) or _may_be_installed(app_files, options, module)):
        return
    wanted = list_module_files(module or USUAL)[0]
    place = posixpath.join(directory, wanted)
    display = names.display("module")
    is_named = options.module != AUTO
    what = (
        f"which {display} names ({module})" if is_named else f"and {display} ({AUTO}) finds no other module"
    )
    raise ReleaseError(
        f"{revision} has no {place}, {what}.",
        reason="missing_module",
        options=["module", "directory", "version"],
        hint=_suggest(files, wanted, options, framework),
        missing=[place],
    )


def _may_be_installed(files: ReleaseFiles, options: ReleaseOptions, module: str) -> bool:
    """Whether the virtualenv gets code of the revision, and that has the module."""
    endings = tuple(f"/{name}" for name in list_module_files(module))
    if not any(name.endswith(endings) for name in files.list_below("")):
        return False
    needs = read_requirements(files, options.requirements, options.installer, module, options.names)
    return needs.local


def _suggest(files: ReleaseFiles, wanted: str, options: ReleaseOptions, framework: str) -> str:
    """Return what the operator may have meant, from what the revision holds."""
    names = options.names
    found = find_module(AppFiles(files, options.directory), framework)
    if found and found != USUAL:
        return f"Set {names.display('module')} to {found}, or leave it out: then this one is found."
    everything = files.list_below("")
    package = f"{wanted[: -len('.py')]}/__init__.py"
    elsewhere = sorted(
        name[: -len(ending) - 1]
        for ending in (wanted, package)
        for name in everything
        if name.endswith(f"/{ending}")
    )
    elsewhere = [name for name in elsewhere if name != options.directory][:MOST_SUGGESTIONS]
    if posixpath.join(options.directory, SOURCES) in elsewhere:
        return f"It is in {SOURCES}: install the project itself, by a line `-e .` in its requirements."
    if elsewhere:
        return (
            f"It is in {', '.join(elsewhere)}: set {names.display('directory')} to the directory of the app."
        )
    usual = sorted(
        (name for name in everything if posixpath.basename(name) in USUAL_NAMES),
        key=lambda name: (name.count("/"), name),
    )[:MOST_SUGGESTIONS]
    known = f"The revision has {', '.join(usual)}. " if usual else ""
    return (
        f"{known}Set {names.display('module')} to the module and its callable, such as shop.wsgi:application."
    )
