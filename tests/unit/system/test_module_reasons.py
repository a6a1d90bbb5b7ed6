# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every reason with which a module can fail is in its documentation."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml

PLUGINS = Path(__file__).parents[3] / "plugins"
UTILS = PLUGINS / "module_utils"
COMMANDS = ["_system/command*.py", "_system/sandbox_options.py", "_system/program_source.py"]
# A module, where its errors are raised, and errors that it reports by the reasons of another module.
MODULES = [
    ("app_command", [*COMMANDS[:2], "_system/app_command.py"]),
    ("app_home", ["_app_home/*.py"]),
    ("app_backup", ["_backup/*.py", "_system/sandbox_options.py", "_system/program_source.py"]),
    ("assets", [*COMMANDS, "_assets/*.py"]),
    ("env_file", ["_env_file/*.py"]),
    ("virtualenv", [*COMMANDS, "_virtualenv/*.py"]),
]
# The argument specs allow no other service manager; `answer["reason"]` passes a reason on.
IGNORED = {"service_manager", "reason"}


def find_reasons(path: Path) -> set[str]:
    """Texts given as the argument `reason`, or as the first one of a refusal."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        given = [keyword.value for keyword in node.keywords if keyword.arg == "reason"]
        if isinstance(node.func, ast.Name) and node.func.id == "Refusal":
            given += node.args[:1]
        found |= {
            str(value.value)
            for argument in given
            for value in ast.walk(argument)
            if isinstance(value, ast.Constant) and isinstance(value.value, str)
        }
    return found


@pytest.mark.parametrize(("module", "patterns"), MODULES)
def test_every_reason_is_documented(module: str, patterns: list[str]) -> None:
    text = (PLUGINS / "modules" / f"{module}.py").read_text(encoding="utf-8")
    returned = yaml.safe_load(text.split('RETURN = r"""')[1].split('"""')[0])
    documented = str(returned["reason"]["description"])
    files = [path for pattern in patterns for path in UTILS.glob(pattern)]
    reasons = set().union(*(find_reasons(path) for path in files)) - IGNORED
    assert len(reasons) >= 5
    assert sorted(reason for reason in reasons if f"V({reason})" not in documented) == []


@pytest.mark.parametrize("module", [module for module, _patterns in MODULES])
def test_what_a_failure_returns_is_documented(module: str) -> None:
    text = (PLUGINS / "modules" / f"{module}.py").read_text(encoding="utf-8")
    returned = yaml.safe_load(text.split('RETURN = r"""')[1].split('"""')[0])
    assert {"reason", "options", "hint"} <= set(returned)
    for name, value in returned.items():
        assert value["description"], name
        assert value.get("type") != "list" or value["elements"], name
        # Dictionaries whose keys are names that a user chose have none.
        has_free_keys = module == "env_file" and value.get("type") == "dict"
        if value.get("type") == "dict" or value.get("elements") == "dict":
            assert value.get("contains") or has_free_keys, name
