# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads TOML: the Python of a server has a reader of its own from 3.11 on only.

It reads every valid document, with dates and times as texts, and takes some that are not valid.
"""

from __future__ import annotations

import re
from typing import Any

SPACE = re.compile(r"[ \t]*")
# Between values, and between lines: also comments and line ends.
BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
BASIC = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
LITERAL = re.compile(r"'([^'\n]*)'")
MULTI_LINE_BASIC = re.compile(r'"""\r?\n?((?:[^"\\]|\\.|"(?!""))*"{0,2})"""', re.DOTALL)
MULTI_LINE_LITERAL = re.compile(r"'''\r?\n?((?:[^']|'(?!''))*'{0,2})'''")
ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|x[0-9A-Fa-f]{2}|[ \t]*\r?\n\s*|.)", re.DOTALL)
ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b", '"': '"', "\\": "\\"}
PLAIN = re.compile(r"[A-Za-z0-9+_.:-]+(?: [0-9][0-9:.Z+-]*)?")
INTEGER = re.compile(r"[+-]?(?:0|[1-9][0-9_]*)|0x[0-9A-Fa-f_]+|0o[0-7_]+|0b[01_]+")
FLOAT = re.compile(r"[+-]?(?:inf|nan|[0-9][0-9_]*(?:\.[0-9_]+)?(?:[eE][+-]?[0-9_]+)?)")
DEEPEST = 50


class TomlError(ValueError):
    """A text that is no TOML; the message names the line."""


def read_toml(text: str) -> dict[str, Any]:
    """Return the document; TomlError for a text that is none."""
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.depth = 0

    def read(self) -> dict[str, Any]:
        document: dict[str, Any] = {}
        table = document
        self._skip(BLANK)
        while self.position < len(self.text):
            if self._take("[["):
                table = self._open_array_table(document, self._read_key())
                self._expect("]]")
            elif self._take("["):
                table = self._open_table(document, self._read_key())
                self._expect("]")
            else:
                self._read_pair(table)
            self._skip(SPACE)
            if self.position < len(self.text) and self.text[self.position] not in "#\r\n":
                raise self._error("the end of the line")
            self._skip(BLANK)
        return document

    # Tables

    def _open_table(self, document: dict[str, Any], key: list[str]) -> dict[str, Any]:
        table = document
        for part in key:
            table = self._enter(table, part)
        return table

    def _open_array_table(self, document: dict[str, Any], key: list[str]) -> dict[str, Any]:
        parent = self._open_table(document, key[:-1])
        tables = parent.setdefault(key[-1], [])
        if not isinstance(tables, list):
            raise self._error("another name of a table")
        tables.append({})
        table: dict[str, Any] = tables[-1]
        return table

    def _enter(self, table: dict[str, Any], key: str) -> dict[str, Any]:
        inner = table.setdefault(key, {})
        if isinstance(inner, list) and inner:
            inner = inner[-1]
        if not isinstance(inner, dict):
            raise self._error("another name of a table")
        return inner

    def _read_pair(self, table: dict[str, Any]) -> None:
        *above, last = self._read_key()
        for part in above:
            table = self._enter(table, part)
        self._expect("=")
        self._skip(SPACE)
        table[last] = self._read_value()

    def _read_key(self) -> list[str]:
        parts = []
        while True:
            self._skip(SPACE)
            found = self._match(BARE_KEY)
            if found is not None:
                parts.append(found.group())
            else:
                parts.append(self._read_string("a key"))
            self._skip(SPACE)
            if not self._take("."):
                return parts

    # Values

    def _read_value(self) -> Any:
        next_one = self.text[self.position : self.position + 1]
        if next_one in ('"', "'"):
            return self._read_string("a text")
        if next_one not in ("[", "{"):
            return self._read_plain()
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._error(f"values that are nested {DEEPEST} deep at most")
        value = self._read_array() if self._take("[") else self._read_inline_table()
        self.depth -= 1
        return value

    def _read_array(self) -> list[Any]:
        values: list[Any] = []
        self._skip(BLANK)
        while not self._take("]"):
            values.append(self._read_value())
            self._skip(BLANK)
            if not self._take(","):
                self._expect("]")
                break
            self._skip(BLANK)
        return values

    def _read_inline_table(self) -> dict[str, Any]:
        table: dict[str, Any] = {}
        self._expect("{")
        self._skip(BLANK)
        while not self._take("}"):
            self._read_pair(table)
            self._skip(BLANK)
            if not self._take(","):
                self._expect("}")
                break
            self._skip(BLANK)
        return table

    def _read_plain(self) -> Any:
        found = self._match(PLAIN)
        if found is None:
            raise self._error("a value")
        word = found.group()
        if word in ("true", "false"):
            return word == "true"
        if INTEGER.fullmatch(word):
            return int(word.replace("_", ""), 0)
        if FLOAT.fullmatch(word):
            return float(word.replace("_", ""))
        return word

    def _read_string(self, wanted: str) -> str:
        for pattern in (MULTI_LINE_BASIC, BASIC):
            found = self._match(pattern)
            if found is not None:
                return ESCAPE.sub(self._unescape, found.group(1)).replace("\r\n", "\n")
        for pattern in (MULTI_LINE_LITERAL, LITERAL):
            found = self._match(pattern)
            if found is not None:
                return found.group(1).replace("\r\n", "\n")
        raise self._error(wanted)

    def _unescape(self, found: re.Match[str]) -> str:
        escape = found.group(1)
        if escape[0] in "uUx" and len(escape) > 1:
            number = int(escape[1:], 16)
            if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
                raise self._error("a character")
            return chr(number)
        if escape.strip() == "":
            return ""
        if escape not in ESCAPES:
            raise self._error("a known escape")
        return ESCAPES[escape]

    # The text

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.position)
        if found is not None:
            self.position = found.end()
        return found

    def _skip(self, pattern: re.Pattern[str]) -> None:
        self._match(pattern)

    def _take(self, word: str) -> bool:
        if not self.text.startswith(word, self.position):
            return False
        self.position += len(word)
        return True

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise self._error(repr(word))

    def _error(self, wanted: str) -> TomlError:
        line = self.text.count("\n", 0, self.position) + 1
        return TomlError(f"line {line}: wanted is {wanted}")
