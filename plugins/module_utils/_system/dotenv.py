# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
r"""The format of a dotenv file, so that python-dotenv reads exactly the value that was written.

python-dotenv has properties that a writer must know:

- It expands `${NAME}` even within single quotes. `${:-$}` is expanded to `$`.
- Before version 1.2.2 a backslash right before the closing quote hides that quote, even if the
  backslash is itself escaped.
  `${:-\\}` is expanded to a backslash, and ends with another character.
- It opens the file as text, where a carriage return becomes a line feed. Only double quotes know `\r`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

HEADER = (
    "# Written by masonite.deploy. A change made here is lost at the next deploy: "
    "set masonite_app_environment instead.\n"
)

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DOLLAR = "${:-$}{"
_LAST_BACKSLASH = r"${:-\\}"

_BLANK = re.compile(r"\s*")
_EXPORT = re.compile(r"export[^\S\r\n]+")
_QUOTED_KEY = re.compile(r"'([^']+)'")
_PLAIN_KEY = re.compile(r"([^=#\s]+)")
_EQUALS = re.compile(r"[^\S\r\n]*=([^\S\r\n]*)")
_SINGLE = re.compile(r"'((?:\\.|[^'\\])*)'", re.DOTALL)
_DOUBLE = re.compile(r'"((?:\\.|[^"\\])*)"', re.DOTALL)
_PLAIN = re.compile(r"[^\r\n]*")
_END = re.compile(r"[^\S\r\n]*(?:#[^\r\n]*)?[^\S\r\n]*(?:\r\n|\n|\r|$)")
_REST = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)?")
_SINGLE_ESCAPES = re.compile(r"\\([\\'])")
_DOUBLE_ESCAPES = re.compile(r"\\([\\'\"abfnrtv])")
_CONTROLS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_VARIABLE = re.compile(r"\$\{([^}:]*)(?::-([^}]*))?\}")


def is_name(name: str) -> bool:
    """Return whether an environment variable can have this name."""
    return _NAME.fullmatch(name) is not None


def format_line(name: str, value: str) -> str:
    """Return the line, or the lines, that set the name to the value."""
    text = value.replace("\\", "\\\\").replace("'", "\\'").replace("${", _DOLLAR)
    if value.endswith("\\"):
        text = text[:-2] + _LAST_BACKSLASH
    if "\r" not in value:
        return f"{name}='{text}'\n"
    text = text.replace('"', '\\"').replace("\r", "\\r").replace("\n", "\\n")
    return f'{name}="{text}"\n'


def format_file(values: Mapping[str, str]) -> str:
    """Return the whole file, in the order in which Jinja's dictsort puts names."""
    names = sorted(values, key=lambda name: (name.lower(), name))
    return HEADER + "".join(format_line(name, values[name]) for name in names)


def parse_file(text: str, first: bool = False) -> dict[str, str]:
    """Return the values that python-dotenv finds in the text, in a process without an environment of its own.

    Of several values of a name it takes the last. With `first` it is the first, so that a line which was
    added by hand does not count.
    """
    text = text[1:] if text.startswith("\ufeff") else text
    found: dict[str, str] = {}
    for name, value in _bindings(text.replace("\r\n", "\n").replace("\r", "\n")):
        if not (first and name in found):
            found[name] = _VARIABLE.sub(lambda match: found.get(match[1], match[2] or ""), value)
    return found


def _bindings(text: str) -> Iterator[tuple[str, str]]:
    position = 0
    while True:
        position = _skip(_BLANK, text, position)
        if position == len(text):
            return
        position = _skip(_EXPORT, text, position)
        key = (_QUOTED_KEY if text[position : position + 1] == "'" else _PLAIN_KEY).match(text, position)
        equals = _EQUALS.match(text, key.end()) if key else None
        if key is None or equals is None:
            position = _skip(_REST, text, position)
            continue
        value, end = _value(text, equals)
        stop = _END.match(text, end) if value is not None else None
        if value is None or stop is None:
            position = _skip(_REST, text, end)
            continue
        yield key[1], value
        position = stop.end()


def _value(text: str, equals: re.Match[str]) -> tuple[str | None, int]:
    """Return the value after the equals sign and where it ends; None if a quote is not closed."""
    position = equals.end()
    first = text[position : position + 1]
    if first == "#" and equals[1]:
        return "", position
    if first in ("'", '"'):
        match = (_SINGLE if first == "'" else _DOUBLE).match(text, position)
        if match is None:
            return None, position
        escapes = _SINGLE_ESCAPES if first == "'" else _DOUBLE_ESCAPES
        return escapes.sub(lambda escape: _CONTROLS.get(escape[1], escape[1]), match[1]), match.end()
    end = _skip(_PLAIN, text, position)
    return re.sub(r"\s+#.*", "", text[position:end]).rstrip(), end


def _skip(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position
