# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds in the output of npm and of the tools that it runs why a build failed."""

from __future__ import annotations

import re
from collections.abc import Sequence

LONGEST_CAUSE = 400  # characters
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
NPM = re.compile(r"npm (?:error|ERR!)\s?(.*)")
# What npm says besides the reason.
NO_REASON = re.compile(
    r"(?:code|errno|syscall|path|command|workspace|location|signal|cwd|A complete log|Lifecycle script"
    r"|Exit status|This is probably not|There is likely additional|\s|.*@.* \w+: `)|$"
)
NO_CAUSE = re.compile(r"\s*(?:npm (?:warn|WARN|notice|error|ERR!)|\$ |> |at |\d+ errors?\b|Node\.js v)")
ERROR = re.compile(
    r".*(?:\b(?:[A-Z]\w*)?(?:Error|ERROR|error)\b(?! during)(?!s?\s+\d)|not found|Cannot find|Could not|ERR_)"
)

# laravel-mix takes the names in its manifest for absolute paths where setPublicPath is not called. What
# `craft preset` of Masonite 4 writes calls version() in production, and nothing before it.
UNVERSIONED = re.compile(
    r"ENOENT: no such file or directory, open '/(?!venvs/)[\s\S]*laravel-mix/src/Manifest\.js"
)
NOTHING_TO_BUILD = "Where nothing is to be built, set build: []."


def find_build_advice(output: str, install: str, command: str) -> str:
    """Return what to do about a failed build; ``command`` is the one that failed."""
    if install and UNVERSIONED.search(output):
        run = "corepack yarn run" if "yarn" in command else "npx"
        return (
            "In webpack.mix.js, mix.version() needs mix.setPublicPath('.') before it; this fails on every "
            f"machine. Without a change of the app, set build: [{install}, {run} mix]."
        )
    return NOTHING_TO_BUILD


def find_build_cause(output: str) -> str:
    """Return the line that says most about a failed build; empty if there is none."""
    lines = [line.rstrip() for line in ESCAPE.sub("", output).splitlines()]
    found = _find_tool_error(lines) or _find_npm_error(lines)
    if not found:
        rest = [line.strip() for line in lines if line.strip() and not NO_CAUSE.match(line)]
        found = rest[-1] if rest else ""
    return found if len(found) <= LONGEST_CAUSE else found[: LONGEST_CAUSE - 1] + "…"


def _find_tool_error(lines: Sequence[str]) -> str:
    """Return the first line of an error of a tool, with the next one where it only announces that."""
    for number, line in enumerate(lines):
        if NO_CAUSE.match(line) or not ERROR.match(line):
            continue
        words = [line.strip()]
        following = next((other.strip() for other in lines[number + 1 :] if other.strip()), "")
        if following and (line.endswith(":") or line.lstrip().startswith("ERROR in ")):
            words.append(following)
        return " ".join(words)
    return ""


def _find_npm_error(lines: Sequence[str]) -> str:
    said = [match.group(1) for match in map(NPM.match, lines) if match]
    return next((text.strip() for text in said if not NO_REASON.match(text)), "")
