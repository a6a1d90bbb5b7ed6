# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known without Jinja is what Jinja would say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.masonite.deploy.plugins.module_utils._settings import resolver
from ansible_collections.masonite.deploy.plugins.module_utils._settings.published_keys import PUBLISHED_KEYS
from ansible_collections.masonite.deploy.plugins.module_utils._settings.shortcuts import (
    MISSING,
    find_constant,
    find_plain,
    is_plain,
)

ROLE = Path(__file__).resolve().parents[3] / "roles" / "masonite_app"
DEFAULTS: dict[str, Any] = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())
SPECS: dict[str, Any] = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())
OPTIONS: dict[str, Any] = SPECS["argument_specs"]["main"]["options"]
CONSTANT = [name for name, raw in DEFAULTS.items() if find_constant(raw, {}, {}) is not MISSING]


def render(raw: Any) -> Any:
    """What Ansible makes of a default of an app that has no value for it."""
    pytest.importorskip("ansible", minversion="2.19", reason="a template of ansible-core 2.19")
    from ansible.parsing.dataloader import DataLoader
    from ansible.template import Templar, trust_as_template

    templar = Templar(loader=DataLoader(), variables={"__masonite_app_given": {}})
    return templar.template(trust_as_template(raw))


@pytest.mark.parametrize("name", CONSTANT)
def test_a_default_that_is_a_constant_is_what_jinja_makes_of_it(name: str) -> None:
    rendered = render(DEFAULTS[name])
    value = find_constant(DEFAULTS[name], {}, {})
    assert value == rendered
    assert type(value) is type(rendered)


def test_most_defaults_are_constants() -> None:
    assert len(CONSTANT) > 40


@pytest.mark.parametrize("name", [name for name in CONSTANT if "__masonite_app_given" in str(DEFAULTS[name])])
def test_a_default_is_not_used_where_the_app_has_a_value(name: str) -> None:
    noun = name[len("masonite_app_") :]
    assert find_constant(DEFAULTS[name], {noun: 1}, {}) is MISSING


@pytest.mark.parametrize(("name", "of"), [("masonite_app_sites_root", "base_sites_root")])
def test_a_default_is_not_used_where_another_role_has_a_value(name: str, of: str) -> None:
    assert find_constant(DEFAULTS[name], {}, {of: "/x"}) is MISSING


@pytest.mark.parametrize(
    "name", [name for name in OPTIONS if "default" in OPTIONS[name] and name in CONSTANT]
)
def test_defaults_and_documentation_agree(name: str) -> None:
    assert find_constant(DEFAULTS[name], {}, {}) == OPTIONS[name]["default"]


OWN: dict[str, Any] = {"keep": 3, "packages": ["redis"], "version": "{{ branch }}", "environment": None}
VARIABLES: dict[str, Any] = {**DEFAULTS, "masonite_app_threads": 4, "base_venvs_root": "/v", "branch": "v2"}


@pytest.mark.parametrize("apps", [{"blog": OWN}, {"blog": {}}, {"blog": None}, {"blog": ""}, {}, None, ""])
@pytest.mark.parametrize("name", ["masonite_app_threads", *CONSTANT])
def test_a_setting_is_found_without_jinja_unless_it_takes_jinja(name: str, apps: Any) -> None:
    value = find_plain(VARIABLES[name], "blog", apps, VARIABLES)
    given = (apps or {}).get("blog") or {}
    noun = name[len("masonite_app_") :]
    if noun == "version" and given:
        assert value is MISSING
        return
    found = {"threads": 4, "venvs_root": "/v"}
    assert value == found.get(noun, given.get(noun, find_constant(DEFAULTS[name], {}, {})))


@pytest.mark.parametrize(
    ("raw", "app", "apps"),
    [
        ("{{ __masonite_app_given.keep | default(5) }}", "{{ name }}", {"blog": OWN}),
        ("{{ __masonite_app_given.keep | default(5) }}", None, "{{ apps }}"),
        ("{{ __masonite_app_given.keep | default(5) }}", "blog", {"blog": "{{ own }}"}),
        ("{{ __masonite_app_given.keep | default(5) }}", "blog", ["blog"]),
        ("{{ __masonite_app_given.keep | default(other) }}", "blog", {}),
        ("{{ base_venvs_root | default('/venvs') }}/x", "blog", {}),
        ("{{ other }}", "blog", {}),
    ],
)
def test_what_takes_jinja_is_left_to_it(raw: str, app: Any, apps: Any) -> None:
    assert find_plain(raw, app, apps, {}) is MISSING


def test_a_default_that_is_changed_is_so_for_one_task() -> None:
    raw = DEFAULTS["masonite_app_denied"]
    first = find_plain(raw, "blog", {}, {})
    first.append("/x/")
    assert find_plain(raw, "blog", {}, {}) == ["/logs/", "/framework/"]


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ("a", True),
        (["a", {"b": [1, 2.0, None, True]}], True),
        ("{{ a }}", False),
        ("{% if a %}", False),
        (["a", {"b": ["{{ c }}"]}], False),
        ({"{{ a }}": 1}, False),
        (object(), False),
        ([object()], False),
    ],
)
def test_only_what_can_be_no_template_is_plain(value: Any, plain: bool) -> None:
    assert is_plain(value) is plain


def test_a_published_key_has_the_form_of_a_key() -> None:
    assert all(len(key) == 44 and key.endswith("=") for key in PUBLISHED_KEYS)


@pytest.mark.parametrize(
    ("noun", "default"),
    [
        ("user", "masonite_app_name | masonite.deploy.app_user"),
        ("group", "masonite_app_user"),
        ("build_user", "masonite_app_user | masonite.deploy.app_build_user"),
        ("domains", "[masonite_app_name]"),
    ],
)
def test_the_defaults_written_in_python_are_those_of_the_role(noun: str, default: str) -> None:
    expected = f"{{{{ __masonite_app_given.{noun} | default({default}) }}}}"
    assert DEFAULTS[f"masonite_app_{noun}"] == expected
    assert set(resolver.DEFAULTS) == {"user", "group", "build_user", "domains"}
