# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for text that goes into NGINX's configuration as it is."""

from __future__ import annotations

from collections.abc import Iterator

from .app import App
from .problem import Problem, show


def find_escape(text: str, *, directive: bool) -> str:
    """How a text would leave the block it is put into; nothing if it does not."""
    depth, quote, comment, start = 0, "", False, True
    characters = iter(text)
    for char in characters:
        if comment:
            comment = char != "\n"
        elif char == "\\":
            next(characters, "")
            start = False
        elif quote:
            quote = "" if char == quote else quote
        elif start and char in "\"'":
            quote = char
        elif start and char == "#":
            comment = True
        else:
            depth += {"{": 1, "}": -1}.get(char, 0)
            if depth < 0:
                return "it closes a block it did not open"
            # Only at the start of a word a quote is a quote, and # begins a comment.
            start = char.isspace() or char in ";{}"
            continue
        start = comment or start
    if "\0" in text:
        return "it holds a NUL character"
    if quote:
        return f"it opens a quote ({quote}) it does not close"
    if depth:
        return "it opens a block it does not close"
    if directive and comment:
        return "it ends in a comment, which hides the semicolon"
    return ""


def check_nginx_text(app: App) -> Iterator[Problem]:
    for noun in ("nginx_directives", "nginx_snippets"):
        for text in app.texts(noun):
            why = find_escape(text, directive=noun == "nginx_directives")
            if why:
                yield app.refuse(
                    noun,
                    "nginx_text",
                    f"has {show(text)}: {why}",
                    "allowed is text that stays inside of the app's server block",
                )
