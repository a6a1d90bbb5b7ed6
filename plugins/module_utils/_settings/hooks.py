# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for hooks: the task files are there, and can be read, before anything changes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .app import App
from .problem import Problem, show

ALLOWED = (
    "give the path of a task file on the computer that runs ansible-playbook, absolute or relative to the "
    "playbook's directory"
)


def check_hooks(
    app: App,
    noun: str,
    paths: Iterable[str],
    find: Callable[[str], str],
    load: Callable[[str], Any],
) -> Iterator[Problem]:
    """What is wrong with the files of a hook.

    `find` says where a path leads, as include_tasks would; `load` parses a file or raises an error.
    """
    for path in paths:
        file = find(path)
        if not os.path.isfile(file):
            found = "is no file" if os.path.exists(file) else "is not there"
            yield app.refuse(noun, "hook_missing", f"names {show(path)}, which {found} ({file})", ALLOWED)
            continue
        try:
            tasks = load(file)
        except Exception as error:
            yield app.refuse(
                noun, "hook_unreadable", f"names {file}, which cannot be read: {_first_lines(error)}", ALLOWED
            )
            continue
        if tasks is not None and not isinstance(tasks, list):
            yield app.refuse(
                noun,
                "hook_no_tasks",
                f"names {file}, which is no list of tasks",
                "allowed is a file of tasks, as for include_tasks",
            )


def _first_lines(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
