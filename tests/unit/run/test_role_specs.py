# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Types and defaults stand once: what argument_specs.yml says of each role is what its defaults do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

ROLES = sorted((Path(__file__).resolve().parents[3] / "roles").glob("*"))
TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,), "path": (str,), "int": (int,), "bool": (bool,), "list": (list,), "dict": (dict,),
    "float": (int, float),
}  # fmt: skip
# Set for a whole run; read where they are used, without a line in defaults.
OF_A_RUN = ("masonite_apps", "masonite_deploy_", "masonite_rollback_", "masonite_status_")
# What a default is computed from; everything else that a template of a default names must be in the defaults.
GIVEN: dict[str, Any] = {"__masonite_app_given": {}, "masonite_app_name": "blog", "nginx_site_name": "blog"}


def read(role: Path, path: str) -> dict[str, Any]:
    file = role / path
    return (yaml.safe_load(file.read_text()) or {}) if file.exists() else {}


def options_of(role: Path) -> dict[str, dict[str, Any]]:
    specs = read(role, "meta/argument_specs.yml")["argument_specs"]
    return {name: one for entry in specs.values() for name, one in entry.get("options", {}).items()}


def case_of(role: Path, name: str) -> Any:
    return pytest.param(role, name, id=f"{role.name}: {name}")


OPTIONS = [case_of(role, name) for role in ROLES for name in options_of(role)]
DOCUMENTED = [
    case_of(role, name) for role in ROLES for name, one in options_of(role).items() if "default" in one
]
DEFAULTS = [case_of(role, name) for role in ROLES for name in read(role, "defaults/main.yml")]


def value_of(role: Path, name: str) -> Any:
    """The default as Ansible makes it, where nothing is set."""
    defaults = read(role, "defaults/main.yml")
    raw = defaults[name]
    templar = Templar(loader=DataLoader(), variables={**trusted(defaults), **GIVEN})
    return templar.template(trusted(raw))


def trusted(value: Any) -> Any:
    if isinstance(value, str):
        return trust_as_template(value)
    if isinstance(value, dict):
        return {key: trusted(entry) for key, entry in value.items()}
    return [trusted(entry) for entry in value] if isinstance(value, list) else value


@pytest.mark.parametrize(("role", "name"), DEFAULTS)
def test_every_default_is_documented(role: Path, name: str) -> None:
    assert name in options_of(role)


@pytest.mark.parametrize(("role", "name"), OPTIONS)
def test_every_option_has_a_default_or_is_required(role: Path, name: str) -> None:
    option = options_of(role)[name]
    if option.get("required") or name.startswith(OF_A_RUN):
        return
    if role.name == "nginx" and name in ("nginx_site_server_names", "nginx_site_socket"):
        return  # needed, unless the virtual host is removed
    assert name in read(role, "defaults/main.yml")


@pytest.mark.parametrize(("role", "name"), DOCUMENTED)
def test_the_documented_default_is_the_one_of_the_role(role: Path, name: str) -> None:
    if name.startswith(OF_A_RUN):
        assert name not in read(role, "defaults/main.yml")
        return
    default = options_of(role)[name]["default"]
    value = value_of(role, name)
    assert value == default
    # 1 and true are equal, and Ansible's texts are of a class of their own.
    assert isinstance(value, type(default))
    assert isinstance(value, bool) is isinstance(default, bool)


@pytest.mark.parametrize(("role", "name"), DOCUMENTED)
def test_the_documented_default_has_the_documented_type(role: Path, name: str) -> None:
    option = options_of(role)[name]
    default = option["default"]
    assert type(default) in TYPES[option["type"]]
    if "choices" in option:
        assert default in option["choices"]
    if option["type"] == "list" and option["elements"] in TYPES:
        assert all(type(entry) in TYPES[option["elements"]] for entry in default)


@pytest.mark.parametrize(("role", "name"), OPTIONS)
def test_every_option_has_a_type_and_a_description(role: Path, name: str) -> None:
    option = options_of(role)[name]
    assert option["description"]
    assert option["type"] in TYPES
    assert "elements" in option or option["type"] != "list"
