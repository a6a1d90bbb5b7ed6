# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds the value of each setting of an app as the role would, and where the user gave it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .app import App
from .check import HOOKS
from .dictionary import DICTIONARY, check_entry, check_form, describe_missing
from .effective import GIVEN, PREFIX, Template, is_empty, make_list, read_defaults, replace_empty
from .names import app_build_user, app_user
from .problem import Problem, show
from .shortcuts import MISSING, find_constant, is_plain
from .specification import SECRETS, Specification, TypeProblem

# The class of Ansible's error for a variable that is not there, whose message names just the variable.
UNDEFINED = "AnsibleUndefinedVariable"
# Known only when a release has been made; until then the role's defaults for them are empty.
OF_A_RELEASE = tuple(
    f"{PREFIX}{noun}" for noun in ("release_name", "release_path", "release_revision", "virtualenv_path")
)
ROOTS = {f"{noun}_root": f"base_{noun}_root" for noun in ("sites", "venvs", "sockets")}
# As the role's defaults have them, without Jinja. In this order: one needs the other.
DEFAULTS: dict[str, Callable[[App], Any]] = {
    "user": lambda app: app_user(app.name),
    "group": lambda app: app.text("user"),
    "build_user": lambda app: app_build_user(app.text("user")),
    "domains": lambda app: [app.name],
}


@dataclass
class Resolved:
    """An app's settings, and what is wrong with those that are not among them."""

    app: App
    problems: list[Problem] = field(default_factory=list)
    written: dict[str, Any] = field(default_factory=dict)
    """The hooks as the user wrote them."""
    variables: dict[str, Any] = field(default_factory=dict)


class Resolver:
    """Reads the settings of apps out of the variables of a task."""

    def __init__(
        self,
        variables: Mapping[str, Any],
        make_template: Callable[[dict[str, Any]], Template],
        specification: Specification,
        trust: Callable[[str], str],
    ) -> None:
        self._variables = replace_empty(variables, trust)
        self._trust = trust
        self._make_template = make_template
        self.specification = specification
        self._template = make_template(self._variables)
        self.problems: list[Problem] = []
        self.unreadable: set[str] = set()
        self.missing = ("", "")
        """What was found where masonite_apps is empty, and what to do."""
        self.apps = self._read_dictionary()

    def read_variable(self, name: str) -> Any:
        """A variable of the whole run; None if it is not set or cannot be read."""
        try:
            value = self._template(self._variables.get(name))
            return None if is_empty(value) else self.specification.convert(name, value)
        except TypeProblem as wrong:
            self.problems.append(Problem("", name, "type", wrong.found, wrong.allowed))
        except Exception as error:
            self.problems.append(Problem("", name, "template", *_explain(error)))
        return None

    def select(self) -> list[str]:
        """The apps a run is about, as the role's playbooks choose them."""
        only = self.read_variable(f"{PREFIX}only")
        if only:
            return [str(only)]
        # The role used alone has a name, whose settings may be in the dictionary or not.
        name = str(self.read_variable(f"{PREFIX}name") or "")
        return [*self.apps, *([name] if name and name not in self.apps else [])] or [""]

    def resolve(self, name: str, nouns: Iterable[str]) -> Resolved:
        given = {noun: value for noun, value in self._read_given(name).items() if not is_empty(value)}
        # What cannot be read is taken out, so that the rest can be.
        readable = dict(given)
        variables = {**self._variables, f"{PREFIX}name": name, GIVEN: readable}
        template = self._make_template(variables)
        resolved = Resolved(App(name, {}, {}), variables=variables)
        values: dict[str, Any] = {}
        labels: dict[str, str] = {}
        for noun in nouns:
            value, labels[noun] = self._find(name, noun, given)
            if value is MISSING or (noun in DEFAULTS and noun not in given and _is_default(noun, value)):
                continue
            if noun in HOOKS:
                resolved.written[noun] = value
                continue
            try:
                constant = find_constant(value, given, self._variables)
                if constant is MISSING:
                    constant = value if is_plain(value) else template(value)
                if is_empty(constant):
                    constant = self._find_next(name, noun, readable)
                if is_empty(constant) and noun in DEFAULTS:
                    continue
                values[noun] = self.specification.convert(PREFIX + noun, constant)
            except TypeProblem as wrong:
                resolved.problems.append(Problem(name, labels[noun], "type", wrong.found, wrong.allowed))
            except Exception as error:
                readable.pop(noun, None)
                # A filter may quote what it was given.
                secret = PREFIX + noun in SECRETS and "|" in str(value) and type(error).__name__ != UNDEFINED
                problem = Problem(name, labels[noun], "template", *_explain(error, secret=secret))
                resolved.problems.append(problem)
        resolved.app = App(name, values, labels, is_listed=name in self.apps)
        wrong_settings = {problem.setting for problem in resolved.problems}
        for noun, default in DEFAULTS.items():
            if noun in labels and noun not in values and labels[noun] not in wrong_settings:
                values[noun] = default(resolved.app)
        return resolved

    def _find_next(self, name: str, noun: str, given: Mapping[str, Any]) -> Any:
        """What counts where a value is empty: that of the app in masonite_apps, or the default."""
        default = read_defaults().get(PREFIX + noun, "")
        if is_empty(default) or noun in DEFAULTS:
            return ""
        rest = {key: value for key, value in given.items() if key != noun}
        own = given.get(noun, "")
        if not is_empty(own) and not is_plain(own):
            own = self._make_template({**self._variables, f"{PREFIX}name": name, GIVEN: rest})(own)
        variables = {
            **self._variables,
            f"{PREFIX}name": name,
            GIVEN: rest if is_empty(own) else {**rest, noun: own},
        }
        return self._make_template(variables)(self._trust(default))

    def resolve_hooks(self, resolved: Resolved, noun: str) -> list[str]:
        """The paths of hooks that can be known before there is a release."""
        value = resolved.written[noun]
        if find_constant(value, self._read_given(resolved.app.name), self._variables) == []:
            return []
        template = self._make_template({k: v for k, v in resolved.variables.items() if k not in OF_A_RELEASE})
        if not isinstance(value, (list, tuple)):
            try:
                value = template(value)
            except Exception:
                return []
        if is_empty(value):
            return []
        value = make_list(noun, value)
        if not isinstance(value, (list, tuple)):
            label = resolved.app.label(noun)
            found = "is a dictionary" if isinstance(value, Mapping) else f"is {show(value)}"
            allowed = "allowed is a list of paths of task files"
            resolved.problems.append(Problem(resolved.app.name, label, "type", found, allowed))
            return []
        paths = []
        for entry in value:
            try:
                paths.append(str(template(entry)))
            except Exception:
                continue
        return paths

    def given(self, name: str) -> Mapping[str, Any]:
        return self._read_given(name)

    def _find(self, name: str, noun: str, given: Mapping[str, Any]) -> tuple[Any, str]:
        """The raw value of a setting, and what the user called it."""
        variable = PREFIX + noun
        raw = self._variables.get(variable, MISSING)
        is_default = raw is MISSING or _is_default(noun, raw)
        if is_default and noun in given:
            return given[noun], f"{DICTIONARY}.{name}.{noun}"
        if not is_default:
            root = ROOTS.get(noun, "")
            return raw, root if isinstance(
                raw, str
            ) and root and root in raw and root in self._variables else variable
        return raw, f"{DICTIONARY}.{name}.{noun}" if name in self.apps else variable

    def _read_given(self, name: str) -> Mapping[str, Any]:
        given = self.apps.get(name)
        return given if isinstance(given, Mapping) else {}

    def _read_dictionary(self) -> dict[str, Mapping[str, Any]]:
        raw = self._variables.get(DICTIONARY)
        try:
            dictionary = raw if isinstance(raw, Mapping) else self._template(raw)
        except Exception as error:
            self.problems.append(Problem("", DICTIONARY, "template", *_explain(error)))
            return {}
        if not dictionary:
            self.missing = describe_missing(self._variables, self.specification.nouns)
            return {}
        wrong = list(check_form(dictionary, self.specification.nouns))
        self.problems += wrong
        if wrong:
            return {}
        for name in dictionary:
            if not isinstance(name, str):
                found, allowed = f"has the name {name!r}, which YAML reads as no text", "write it in quotes"
                self.problems.append(Problem("", DICTIONARY, "name_type", found, allowed))
        return {str(name): self._read_entry(str(name), entry) for name, entry in dictionary.items()}

    def _read_entry(self, name: str, raw: Any) -> Mapping[str, Any]:
        label = f"{DICTIONARY}.{name}"
        try:
            entry = raw if isinstance(raw, Mapping) or not raw else self._template(raw)
        except Exception as error:
            self.problems.append(Problem(name, label, "template", *_explain(error)))
            self.unreadable.add(name)
            return {}
        wrong = check_entry(name, entry)
        if wrong:
            self.problems.append(wrong)
            self.unreadable.add(name)
            return {}
        return entry or {}


def _is_default(noun: str, raw: Any) -> bool:
    """Whether a raw value is the line of the role's defaults."""
    return isinstance(raw, str) and f"{GIVEN}.{noun} " in raw


def _explain(error: Exception, *, secret: bool = False) -> tuple[str, str]:
    """What an error says, or only its kind where its words may quote a secret."""
    text = type(error).__name__ if secret else " ".join(str(getattr(error, "message", "") or error).split())
    return (f"cannot be read: {text[:300].rstrip('.')}", "correct it, or set the variable it needs")
