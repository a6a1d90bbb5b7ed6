# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a failed task said, as one text for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .option_settings import find_settings

LAST_LINES_OF_STDOUT = 15
LONGEST = 8000
# An include whose file cannot be read leaves no task and no result; Ansible has printed the reason by then.
UNREADABLE_FILE = "A file of tasks could not be read; the error is shown above."
HIDDEN = "The task has no_log, so its output is not shown."
APP_VARIABLE = "{{ masonite_app_name }}"
INCLUDE = "Include a file of tasks"


def describe_task(task: object, app: str) -> str:
    """Return the name of a failed task, in which Ansible has left the variable for the app."""
    name = task.get("name") if isinstance(task, Mapping) else None
    return str(name or INCLUDE).replace(APP_VARIABLE, app)


def describe_result(task: object, result: object) -> str:
    """Return what a failed task said, with the settings that it is about in a last line."""
    if not isinstance(result, Mapping):
        return UNREADABLE_FILE
    if result.get("_ansible_no_log") or (isinstance(task, Mapping) and task.get("no_log")):
        return HIDDEN
    failed = find_failed_item(result)
    lines = "\n".join(str(failed.get("stdout") or "").splitlines()[-LAST_LINES_OF_STDOUT:])
    texts = [str(failed.get(key) or "") for key in ("msg", "stderr", "module_stderr")]
    said = [text.strip() for text in (*texts, lines)]
    message = "\n".join(dict.fromkeys(text for text in said if text))[-LONGEST:]
    # A setting that the message names already is not named again.
    settings = [setting for setting in find_settings(failed.get("options")) if setting not in message]
    return f"{message}\nSettings: {', '.join(settings)}" if settings else message


def find_failed_item(result: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return, of a loop, the result of the item that failed; the loop's own says only that one did."""
    items = result.get("results")
    for item in items if isinstance(items, (list, tuple)) else ():
        if isinstance(item, Mapping) and item.get("failed"):
            return item
    return result
