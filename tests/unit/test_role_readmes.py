# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README of each role lists its variables as its argument specs have them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
import yaml

SCRIPT = Path(__file__).resolve().parents[2] / "script" / "lib" / "role-readmes.py"


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("role_readmes", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["role_readmes"] = module
    spec.loader.exec_module(module)
    return module


readmes = load()


@pytest.mark.parametrize("readme", readmes.find_readmes(), ids=lambda path: path.parent.name)
def test_the_variables_of_a_role_are_up_to_date(readme: Path) -> None:
    text = readme.read_text(encoding="utf-8")
    assert readmes.update(text, readmes.render(readme.parent)) == text, "Run script/lib/role-readmes.py."


def test_a_changed_variable_makes_the_readme_out_of_date(tmp_path: Path) -> None:
    for name in ("meta", "defaults"):
        (tmp_path / name).mkdir()
    (tmp_path / "defaults" / "main.yml").write_text("x_size: 1\n")
    specs = tmp_path / "meta" / "argument_specs.yml"
    text = (
        "argument_specs: {main: {short_description: X, options: {x_size: "
        "{type: int, default: DEFAULT, description: [The size of C(x|y), 'such as V(7d).']}}}}"
    )
    specs.write_text(text.replace("DEFAULT", "1"))
    readme = readmes.update(f"{readmes.BEGIN}\n{readmes.END}\n", readmes.render(tmp_path))
    assert "| `x_size` | int | `1` | `7d` | The size of `x\\|y` such as `7d`. |" in readme
    assert readmes.update(readme, readmes.render(tmp_path)) == readme
    specs.write_text(text.replace("DEFAULT", "2"))
    assert readmes.update(readme, readmes.render(tmp_path)) != readme


def test_a_readme_without_a_place_is_an_error() -> None:
    with pytest.raises(ValueError, match="no place"):
        readmes.update("# X\n", "")


@pytest.mark.parametrize("role", [path.parent for path in readmes.find_readmes()], ids=lambda path: path.name)
def test_defaults_are_those_of_the_argument_specs(role: Path) -> None:
    entries = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text())["argument_specs"].values()
    options = {name: option for entry in entries for name, option in entry["options"].items()}
    defaults = yaml.safe_load((role / "defaults" / "main.yml").read_text())
    assert sorted(set(defaults) - set(options)) == []
    for name, value in defaults.items():
        if "{{" not in str(value):
            assert options[name].get("default") == value, name
