# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the module env_file, checked and typed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .._system.dotenv import is_name
from .errors import EnvFileError

STATES = ("present", "restored", "accepted", "read")
PREVIOUS = ".previous"


@dataclass(frozen=True)
class Options:
    """`given` are the values that do not depend on the file: defaults, known, settings."""

    path: str
    state: str = "present"
    given: Mapping[str, str] = field(default_factory=dict)
    generate: tuple[str, ...] = ()
    may_generate: bool = True
    refused: frozenset[str] = frozenset()
    owner: str | None = None
    group: str | None = None
    mode: int = 0o640
    keep_previous: bool = False

    @property
    def directory(self) -> str:
        return os.path.dirname(self.path)

    @property
    def name(self) -> str:
        return os.path.basename(self.path)

    @property
    def previous_name(self) -> str:
        return self.name + PREVIOUS

    @property
    def names_without_value(self) -> tuple[str, ...]:
        """Names of generate whose value the file in place has, or else a new random one."""
        return tuple(name for name in self.generate if name not in self.given)


def read_options(params: Mapping[str, Any]) -> Options:
    """Return the options of a task; EnvFileError if they contradict each other."""
    generate = tuple(dict.fromkeys(params.get("generate") or ()))
    refused = frozenset(params.get("refused_values") or ())
    path = params["path"]
    if not os.path.isabs(path) or os.path.normpath(path) != path or os.path.dirname(path) == path:
        raise EnvFileError(
            f"path is {path!r}; wanted is the absolute path of a file, without '.', '..' or double slashes.",
            reason="path",
            options=["path"],
        )
    return Options(
        path=path,
        state=params.get("state") or "present",
        given=_given(params, generate, refused),
        generate=generate,
        may_generate=params.get("may_generate") is not False,
        refused=refused,
        owner=params.get("owner"),
        group=params.get("group"),
        mode=_mode(params.get("mode")),
        keep_previous=params.get("keep_previous") is True,
    )


def _given(params: Mapping[str, Any], generate: tuple[str, ...], refused: frozenset[str]) -> dict[str, str]:
    settings = _texts("settings", params.get("settings") or {})
    defaults = _texts("defaults", params.get("defaults") or {})
    known = {name: value for name, value in _texts("known", params.get("known") or {}).items() if value}
    for name in generate:
        _check_name("generate", name)
        if name in defaults:
            raise EnvFileError(
                f"defaults and generate both name {name}; a generated name has no default.",
                reason="contradiction",
                hint="Remove it from one of the two.",
                options=["defaults", "generate"],
            )
    for name in known:
        if name not in generate:
            raise EnvFileError(
                f"known has a value of {name}, which generate does not name.",
                reason="contradiction",
                hint="Add it there, or to settings.",
                options=["known", "generate"],
            )
    for source, values in (("settings", settings), ("known", known)):
        for name in generate:
            if values.get(name) in refused:
                raise EnvFileError(
                    f"{source}.{name} is a value that was published, so others know it.",
                    reason="refused_value",
                    hint="Leave it out, and a new one is made, once; or give one of your own.",
                    options=[source],
                )
    return {**defaults, **known, **settings}


def _texts(source: str, values: Mapping[Any, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in values.items():
        _check_name(source, name)
        found[str(name)] = _text(source, name, value)
    return found


def _check_name(source: str, name: Any) -> None:
    if not isinstance(name, str) or not is_name(name):
        raise EnvFileError(
            f"{source} has the name {name!r}; a name of the environment has letters, digits and '_' and does "
            "not begin with a digit.",
            reason="name",
            options=[source],
        )


def _text(source: str, name: Any, value: Any) -> str:
    """Return the value as the file has it: what Jinja's filter `string` makes of it."""
    setting = f"{source}.{name}"
    if not isinstance(value, (str, bool, int, float)):
        found = "no value" if value is None else f"a {type(value).__name__}"
        raise EnvFileError(
            f"{setting} is {found}; wanted is a string, a number or a boolean.",
            reason="value",
            options=[source],
        )
    text = str(value)
    if "\0" in text:
        raise EnvFileError(
            f"{setting} has a NUL character, which no environment can hold.",
            reason="value",
            hint="Encode the value, with base64 for example.",
            options=[source],
        )
    try:
        text.encode()
    except UnicodeEncodeError:
        raise EnvFileError(
            f"{setting} has a character that UTF-8 cannot hold (half of a surrogate pair).",
            reason="value",
            hint="Correct or encode the value.",
            options=[source],
        ) from None
    return text


def _mode(mode: Any) -> int:
    try:
        number = mode if isinstance(mode, int) and not isinstance(mode, bool) else int(str(mode), 8)
    except ValueError:
        number = -1
    if mode is None:
        return Options.mode
    if not 0 <= number <= 0o777:
        raise EnvFileError(
            f'mode is {mode!r}; wanted is an octal number in quotes, such as "0640".',
            reason="mode",
            options=["mode"],
        )
    return number
