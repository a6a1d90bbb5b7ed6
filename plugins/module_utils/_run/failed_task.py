# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a failed task said, as one text for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._system.cause import find_cause
from .foreign_errors import find_advice
from .option_settings import find_settings

LONGEST = 8000  # characters
LONGEST_LINE = 400
CUT = "[…]"
# The keys of results, and what their values are called.
OUTPUTS = {
    "stderr": "Standard error",
    "module_stderr": "Error of the module",
    "stdout": "Standard output",
    "log": "Log",
}
# An include whose file cannot be read leaves no task and no result; Ansible has printed the reason by then.
UNREADABLE_FILE = "A file of tasks could not be read; the error is shown above."
HIDDEN = "The task has no_log, so its output is not shown."
APP_VARIABLE = "{{ masonite_app_name }}"
INCLUDE = "Include a file of tasks"
# The options about the request that an instance has to answer.
HEALTH_CHECK = "health_check."


def describe_task(task: object, app: str) -> str:
    """Return the name of a failed task, in which Ansible has left the variable for the app."""
    name = task.get("name") if isinstance(task, Mapping) else None
    return str(name or INCLUDE).replace(APP_VARIABLE, app)


def describe_result(task: object, result: object) -> str:
    """Return what a failed task said: the cause, what helps, the settings it is about, and the output."""
    if not isinstance(result, Mapping):
        return UNREADABLE_FILE
    if result.get("_ansible_no_log") or (isinstance(task, Mapping) and task.get("no_log")):
        return HIDDEN
    failed = find_failed_item(result)
    outputs = {title: _read_output(failed.get(key)) for key, title in OUTPUTS.items()}
    message = shorten_message(_read_output(failed.get("msg")))
    # Modules of this collection begin with the cause, and have a reason.
    if not failed.get("reason"):
        cause = find_cause(
            outputs["Standard output"], outputs["Standard error"] or outputs["Error of the module"]
        )
        message = "\n".join(dict.fromkeys(text for text in (cause, message) if text))
    # A setting that the message names already is not named again.
    settings = [setting for setting in find_settings(failed.get("options")) if setting not in message]
    advice = _find_advice(failed, message, outputs)
    lines = [message, advice, f"Settings: {', '.join(settings)}" if settings else ""]
    for title, output in outputs.items():
        if output and output not in message:
            lines.append(f"{title}:\n{_shorten_output(output)}")
    return "\n".join(line for line in lines if line)


def _find_advice(failed: Mapping[str, Any], message: str, outputs: Mapping[str, str]) -> str:
    """Return what to do about an error of another program; empty where nothing is known of it.

    What a module says with the options that help needs no more advice. An app that answers with an error has
    its own reason, an exception, which the message begins with.
    """
    options = failed.get("options")
    if not options:
        return find_advice("\n".join([*outputs.values(), message]))
    if isinstance(options, (list, tuple)) and all(str(one).startswith(HEALTH_CHECK) for one in options):
        return find_advice(message.partition("\n")[0], of_request=True)
    return ""


def shorten_message(message: str) -> str:
    """Return a message of somebody else with its first line and its end."""
    if len(message) <= LONGEST:
        return message
    first = message.partition("\n")[0][:LONGEST_LINE]
    return f"{first}\n{CUT} {message[-LONGEST:]}"


def _read_output(value: object) -> str:
    """Return an output as text; the log of an instance is a list of lines."""
    lines = value if isinstance(value, (list, tuple)) else [value or ""]
    return "\n".join(str(line) for line in lines).strip()


def _shorten_output(output: str) -> str:
    return output if len(output) <= LONGEST else f"{CUT} {output[-LONGEST:]}"


def find_failed_item(result: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return, of a loop, the result of the item that failed; the loop's own says only that one did."""
    items = result.get("results")
    for item in items if isinstance(items, (list, tuple)) else ():
        if isinstance(item, Mapping) and item.get("failed"):
            return item
    return result
