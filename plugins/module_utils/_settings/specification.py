# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Types and choices of settings, checked by Ansible's own validator against the role's argument specs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import ArgumentTypeError, ArgumentValueError

from .effective import PREFIX, is_empty, make_list
from .problem import show

# Of a run, and not settings of one app.
OF_THE_RUN = ("masonite_app_name", "masonite_app_only", "masonite_apps")
# Their values are never shown.
SECRETS = ("masonite_app_environment", "masonite_app_build_environment", "masonite_app_deploy_key")
WORDS = {
    "str": "a text",
    "path": "a path",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list",
    "dict": "a dictionary",
}
# Here 1.10 is another text than 1.1, so that a number is not made a text.
NAMES_OF_REVISIONS = ("masonite_app_version",)
UNUSED = ("description", "default", "required", "version_added")


class TypeProblem(Exception):
    """A value whose type or choice is wrong."""

    def __init__(self, found: str, allowed: str) -> None:
        super().__init__(f"{found}; {allowed}")
        self.found = found
        self.allowed = allowed


class Specification:
    """What the role's argument specs say of its variables."""

    def __init__(self, options: Mapping[str, Mapping[str, Any]]) -> None:
        self._options = options
        self._validators: dict[str, ArgumentSpecValidator] = {}

    @property
    def nouns(self) -> list[str]:
        """The settings of an app, without their prefix."""
        return [
            name[len(PREFIX) :]
            for name in self._options
            if name.startswith(PREFIX) and name not in OF_THE_RUN
        ]

    @property
    def names(self) -> list[str]:
        """All variables that there are."""
        return list(self._options)

    @property
    def run_settings(self) -> list[str]:
        """The variables that are of the whole run."""
        return [name for name in self._options if not name.startswith(PREFIX) and name not in OF_THE_RUN]

    def convert(self, name: str, value: Any) -> Any:
        """The value of a variable as its type. Raises TypeProblem."""
        option = self._options.get(name)
        if option is None:
            return value
        wanted = str(option.get("type", "str"))
        value = make_list(name[len(PREFIX) :], value)
        if value is None:
            raise TypeProblem(
                "is empty (null)", f"allowed is {WORDS[wanted]}; remove the line for the default"
            )
        if wanted == "list" and not isinstance(value, (list, tuple)):
            # Ansible would split a text at its commas, the role would take its letters for entries.
            raise TypeProblem(
                _describe(name, value), "allowed is a list, in brackets or with a line an entry"
            )
        if wanted == "dict" and not isinstance(value, Mapping):
            raise TypeProblem(_describe(name, value), "allowed is a dictionary")
        if wanted == "list":
            _check_entries(name, value, str(option.get("elements", "str")))
        if wanted in ("str", "path") and isinstance(value, (Mapping, list, tuple)):
            raise TypeProblem(_describe(name, value), f"allowed is {WORDS[wanted]}")
        if name in NAMES_OF_REVISIONS:
            return value
        if wanted == "dict" or (
            wanted in ("str", "path") and isinstance(value, (str, float)) and "choices" not in option
        ):
            return value
        return self._validate(name, value, wanted)

    def _validate(self, name: str, value: Any, wanted: str) -> Any:
        validator = self._validators.get(name)
        if validator is None:
            option = {key: entry for key, entry in self._options[name].items() if key not in UNUSED}
            validator = self._validators[name] = ArgumentSpecValidator({name: option})
        result = validator.validate({name: value})
        for error in result.errors.errors:
            if name in SECRETS:
                raise TypeProblem(_describe(name, value), f"allowed is {WORDS[wanted]}")
            if isinstance(error, ArgumentTypeError):
                raise TypeProblem(f"is {show(value)}", f"allowed is {WORDS[wanted]}")
            if isinstance(error, ArgumentValueError):
                choices = ", ".join(str(choice) for choice in self._options[name]["choices"])
                raise TypeProblem(f"is {show(value)}", f"allowed is one of {choices}")
            raise TypeProblem("is not as it must be", str(error).rstrip("."))
        return result.validated_parameters[name]


def _check_entries(name: str, entries: Any, wanted: str) -> None:
    for entry in entries:
        if is_empty(entry):
            raise TypeProblem("has an empty entry", "remove it")
        if wanted == "dict" and not isinstance(entry, Mapping):
            raise TypeProblem(f"has {show(entry)}", "allowed are entries with location and path")


def _describe(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return "is a dictionary"
    if isinstance(value, (list, tuple)):
        return "is a list"
    return "is a single value" if name in SECRETS else f"is the single value {show(value)}"
