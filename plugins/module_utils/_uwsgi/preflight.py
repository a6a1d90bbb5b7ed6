# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check before anything is changed what uWSGI's log would explain badly, or too late."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from .._system.kernel_file import read_kernel_file
from .configuration import Configuration
from .context import Context
from .errors import InstanceError
from .instance_account import InstanceAccount
from .uwsgi_defaults import SOMAXCONN


def check_before_start(context: Context, configuration: Configuration, account: InstanceAccount) -> None:
    """Refuse a start that cannot succeed, and warn of one that is unsafe."""
    try:
        _check_paths(configuration)
        _check_listen_queue(configuration)
        _check_public_directories(context)
    except InstanceError as error:
        error.serving = context.describe_serving()
        error.message += f" Nothing was changed. Serving now: {error.serving}."
        raise
    directory = os.path.dirname(context.paths.socket)
    if os.path.isdir(directory) and os.stat(directory).st_mode & stat.S_IWOTH:
        context.progress.warn(
            f"{directory} is writable for everybody, so any user can replace the socket: chmod o-w it"
        )
    if os.geteuid() == 0 and account.uid == 0:
        context.progress.warn("the instance runs as root; give `user` an account of its own")


def _check_paths(configuration: Configuration) -> None:
    for option, path in _list_needed_paths(configuration):
        if not os.path.exists(path):
            raise InstanceError(f"{option} {path} does not exist.", "preflight", options=[option])
    if not os.path.isdir(configuration.chdir):
        raise InstanceError(
            f"chdir {configuration.chdir} is not a directory.", "preflight", options=["chdir"]
        )
    if not os.path.isdir(configuration.working_directory):
        raise InstanceError(
            f"directory {configuration.directory} is not in {configuration.chdir}.",
            "preflight",
            options=["directory"],
        )
    if not os.access(configuration.binary, os.X_OK):
        raise InstanceError(
            f"there is no uWSGI at {configuration.binary}. Install the package pyuwsgi into the "
            "virtualenv, or name the program in binary.",
            "preflight",
            options=["binary", "virtualenv"],
        )


def _list_needed_paths(configuration: Configuration) -> Iterator[tuple[str, str]]:
    yield "chdir", configuration.chdir
    for path in configuration.writable_paths:
        yield "writable_paths", path
    for path in configuration.visible_paths:
        yield "visible_paths", path
    if configuration.virtualenv:
        yield "virtualenv", configuration.virtualenv


def _check_listen_queue(configuration: Configuration) -> None:
    wanted = str(configuration.options.get("listen", "")).strip()
    allowed = (read_kernel_file(SOMAXCONN) or "").strip()
    if wanted.isdigit() and allowed.isdigit() and int(wanted) > int(allowed):
        raise InstanceError(
            f"options: listen is {wanted}, and the kernel allows {allowed} (net.core.somaxconn), "
            "so uWSGI would refuse to start. Raise the sysctl or lower listen.",
            "preflight",
            options=["options"],
        )


def _check_public_directories(context: Context) -> None:
    for path in context.paths.public_links:
        directory = os.path.dirname(path)
        if os.path.isdir(directory) and not os.access(directory, os.W_OK):
            raise InstanceError(
                f"{directory} cannot be written to, and the link {path} belongs there. Run as root, or "
                "choose another path.",
                "preflight",
                options=["socket", "pidfile", "root"],
            )
