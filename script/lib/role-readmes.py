#!/usr/bin/env python3
# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the table of variables into the README.md of each role, from its meta/argument_specs.yml.

The table stands between two comments. With --check nothing is written; the exit code is 1 if one is out
of date.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROLES = Path(__file__).resolve().parents[2] / "roles"
BEGIN = "<!-- Variables, written by script/lib/role-readmes.py from meta/argument_specs.yml -->"
END = "<!-- End of the variables -->"
LONGEST_DEFAULT = 60


def render(role: Path) -> str:
    """Return the tables of a role: one for each entry point."""
    specs = _load(role / "meta" / "argument_specs.yml")["argument_specs"]
    defaults = _load(role / "defaults" / "main.yml")
    parts = []
    for name, entry in specs.items():
        lines = [f"### {entry['short_description']} (`tasks_from: {name}`)", ""] if len(specs) > 1 else []
        lines += ["| variable | type | default | example | meaning |", "|---|---|---|---|---|"]
        lines += [f"| {' | '.join(row)} |" for row in _rows(entry.get("options") or {}, defaults)]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def update(text: str, tables: str) -> str:
    """Return the text of a README with the tables in their place. Without one, it raises ValueError."""
    before, begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(
            f"The README has no place for the variables: a line {BEGIN!r}, and below it {END!r}."
        )
    return f"{before}{BEGIN}\n\n{tables}\n\n{END}{after}"


def find_readmes(roles: Path = ROLES) -> list[Path]:
    """Return the READMEs of all roles that have argument specs."""
    return [path.parents[1] / "README.md" for path in sorted(roles.glob("*/meta/argument_specs.yml"))]


def _load(path: Path) -> dict[str, Any]:
    values: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    return values


def _rows(options: dict[str, Any], defaults: dict[str, Any], prefix: str = "") -> Iterator[list[str]]:
    for name, option in options.items():
        variable = f"{prefix}{name}"
        type_ = option.get("type", "str")
        elements = f" of {option['elements']}" if type_ == "list" and "elements" in option else ""
        yield [f"`{variable}`", f"{type_}{elements}", _default(variable, option, defaults),
               _example(option), _meaning(option)]  # fmt: skip
        if "options" in option:
            yield from _rows(option["options"], {}, f"{variable}[]." if type_ == "list" else f"{variable}.")


def _default(variable: str, option: dict[str, Any], defaults: dict[str, Any]) -> str:
    if option.get("required"):
        return "required"
    value = option.get("default", defaults.get(variable))
    if value is None:
        return ""
    if isinstance(value, str) and ("{{" in value or "{%" in value):
        return "see meaning"
    text = yaml.safe_dump(value, default_flow_style=True, width=10000, allow_unicode=True).strip()
    text = text.removesuffix("...").strip()
    if len(text) > LONGEST_DEFAULT and isinstance(value, list):
        return f"{len(value)} entries, from `{value[0]}` to `{value[-1]}`"
    return f"`{_escape(text)}`"


def _example(option: dict[str, Any]) -> str:
    """Return the first value that the description gives as an example."""
    found = re.search(r"(?:such as|for example) V\(((?:[^()]|\([^()]*\))*)\)", " ".join(_sentences(option)))
    return f"`{_escape(found.group(1))}`" if found else ""


def _sentences(option: dict[str, Any]) -> list[str]:
    description = option["description"]
    texts = [description] if isinstance(description, str) else list(description)
    return [" ".join(text.split()) for text in texts]


def _meaning(option: dict[str, Any]) -> str:
    sentences = _sentences(option)
    if option.get("choices"):
        sentences.append("One of " + ", ".join(f"V({choice})" for choice in option["choices"]) + ".")
    return _escape(_markdown(" ".join(sentences)))


def _markdown(text: str) -> str:
    """Return a text with Ansible's markup as one with Markdown's."""
    text = re.sub(r"\bO\((?:[a-z_.]+#role:)?(?:\w+:)?([^()]*)\)", r"`\1`", text)
    text = re.sub(r"\bP\(([^()#]*)(?:#\w+)?\)", r"`\1`", text)
    text = re.sub(r"\bL\(([^(),]*), *([^()]*)\)", r"[\1](\2)", text)
    text = re.sub(r"\b(?:C|V|M|E|RV)\(((?:[^()]|\([^()]*\))*)\)", r"`\1`", text)
    return re.sub(r"\b[IB]\(([^()]*)\)", r"*\1*", text)


def _escape(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="only say which READMEs are out of date")
    arguments = parser.parse_args()
    outdated = False
    for readme in find_readmes():
        text = readme.read_text(encoding="utf-8")
        wanted = update(text, render(readme.parent))
        if wanted == text:
            continue
        outdated = True
        sys.stdout.write(f"{readme} {'is out of date' if arguments.check else 'written'}\n")
        if not arguments.check:
            readme.write_text(wanted, encoding="utf-8")
    return 1 if outdated and arguments.check else 0


if __name__ == "__main__":
    sys.exit(main())
