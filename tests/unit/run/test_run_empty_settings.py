# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An empty setting, as of a survey, is one that is not given; a text where a list belongs is one entry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from deploy_world import PLAYBOOK, ROOT, Call, Deploy, World

from ansible_collections.masonite.deploy.plugins.module_utils._settings.effective import LISTS

pytestmark = pytest.mark.skipif(not PLAYBOOK.exists(), reason="no ansible-playbook beside this Python")

SPECS = yaml.safe_load((ROOT / "roles/masonite_app/meta/argument_specs.yml").read_text(encoding="utf-8"))
OPTIONS: dict[str, dict[str, Any]] = SPECS["argument_specs"]["main"]["options"]
SETTINGS = [name for name in OPTIONS if name not in ("masonite_apps", "masonite_app_name")]
NOUNS = [name[len("masonite_app_") :] for name in SETTINGS if name.startswith("masonite_app_")]
OF_THE_RUN = (
    "only", "release", "restore", "sites_root", "venvs_root", "sockets_root", "web_group", "repository"
)  # fmt: skip
OF_ONE_APP = [noun for noun in NOUNS if noun not in OF_THE_RUN]
# Nothing of the run is given but what says which servers there are.
WAYS: dict[str, dict[str, Any]] = {
    "not_given": {},
    "empty": dict.fromkeys(SETTINGS, ""),
    "null": dict.fromkeys(SETTINGS),
    # Of these two, other settings are made.
    "template": dict.fromkeys({*SETTINGS} - {"masonite_app_user", "masonite_app_health_path"}, "{{ '' }}"),
    "app_empty": {"of_blog": dict.fromkeys(OF_ONE_APP, "")},
    "app_null": {"of_blog": dict.fromkeys(OF_ONE_APP)},
    "app_template": {"of_blog": dict.fromkeys(OF_ONE_APP, "{{ nothing }}"), "nothing": ""},
}
SHOW_TASKS = """
- ansible.builtin.copy:
    content: "{{ lookup('ansible.builtin.template', 'all_settings.json.j2') }}"
    dest: "{{ lookup('ansible.builtin.env', 'STUB_DIRECTORY') }}/shown-{{ inventory_hostname }}.json"
    mode: "0644"
"""
ALL_SETTINGS = """{
{% for noun in nouns %}
"{{ noun }}": {{ lookup('masonite.deploy.setting', noun) | to_json }},
{% endfor %}
"virtual_host": {{ lookup('ansible.builtin.template', 'virtual_host.json.j2') }}
}
"""


def make_world(base: Path, ways: dict[str, dict[str, Any]]) -> World:
    world = World(base, ways, own_copy=True, masonite_apps=None)
    (base / "host_vars").mkdir()
    for server, settings in ways.items():
        app = {"repository": "/git/blog", **settings.get("of_blog", {})}
        variables = {"masonite_apps": {"blog": app}, **settings}
        (base / "host_vars" / f"{server}.yml").write_text(json.dumps(variables))
    return world


def without_server(call: Call) -> tuple[str, str]:
    """What a module was told, without what differs from one server or run to another."""
    left_out = ("_ansible", "named_at", "started")
    told = {name: value for name, value in call.arguments.items() if not name.startswith(left_out)}
    return call.step, json.dumps(told, sort_keys=True).replace(f"/{call.server}/", "/SERVER/")


def show_settings(world: World) -> Deploy:
    """Write down what the settings come to on each server."""
    templates = world.collection / "roles" / "masonite_app" / "templates"
    (templates / "all_settings.json.j2").write_text(ALL_SETTINGS)
    (world.collection / "roles" / "masonite_app" / "tasks" / "show.yml").write_text(SHOW_TASKS)
    (world.base / "show.yml").write_text(
        "- hosts: web\n  gather_facts: false\n  tasks:\n"
        "    - ansible.builtin.import_role: {name: masonite.deploy.masonite_app, tasks_from: show.yml}\n"
        f"      vars: {{masonite_app_name: blog, nouns: {json.dumps([n for n in NOUNS if n != 'only'])}}}\n"
    )
    return world.run("show.yml")


def read_shown(world: World, server: str) -> dict[str, Any]:
    text = (world.base / f"shown-{server}.json").read_text().replace(f"/{server}/", "/SERVER/")
    shown: dict[str, Any] = json.loads(text)
    return shown


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = make_world(tmp_path_factory.mktemp("empty"), WAYS)
    assert show_settings(world).rc == 0
    return world


@pytest.fixture(scope="module")
def deploy(world: World) -> Deploy:
    return world.run("deploy.yml", all={"deployed": False, "ready": False})


def test_a_deploy_with_empty_settings_goes_through(deploy: Deploy) -> None:
    assert deploy.rc == 0


@pytest.mark.parametrize("server", [server for server in WAYS if server != "not_given"])
def test_a_setting_that_is_empty_is_not_given(server: str, world: World, deploy: Deploy) -> None:
    assert read_shown(world, server) == read_shown(world, "not_given")
    calls = {
        name: [without_server(call) for call in deploy.calls if call.server == name]
        for name in (server, "not_given")
    }
    assert calls[server] == calls["not_given"] != []


@pytest.mark.parametrize("nothing", ["", None])
def test_an_empty_answer_of_a_survey_is_not_given(tmp_path: Path, nothing: str | None) -> None:
    of_the_app = {
        "version": "v2", "domains": ["a.test"], "keep": 3, "shared": ["uploads/"], "health_path": "/up"
    }  # fmt: skip
    world = make_world(tmp_path, {"a": {"of_blog": of_the_app}})
    survey = dict.fromkeys([*SETTINGS, "masonite_hosts", "masonite_deploy_serial"], nothing)
    runs = [world.run("deploy.yml", *extra) for extra in ([], ["-e", json.dumps(survey)])]
    assert [run.rc for run in runs] == [0, 0]
    calls = [[without_server(call) for call in run.calls] for run in runs]
    assert calls[0] == calls[1] != []
    assert runs[1].arguments("a", "release present")["version"] == "v2"
    assert runs[1].arguments("a", "release live")["keep"] == 3


TEXTS = {
    "domains": "blog.test",
    "packages": "redis",
    "known_hosts": "git.test ssh-ed25519 AAAA\ngit.test ssh-rsa BBBB\n",
    "shared": "uploads/",
    "denied": "/private/",
    "health_statuses": "200",
    "nginx_directives": "add_header X-Frame-Options SAMEORIGIN",
    "nginx_snippets": "location /x { deny all; }",
    "nginx_replaces": "old.conf",
}
LISTED = {noun: [text] if noun != "known_hosts" else text.splitlines() for noun, text in TEXTS.items()}


def test_a_text_where_a_list_belongs_is_a_list_of_one(tmp_path: Path) -> None:
    flat = {f"masonite_app_{noun}": text for noun, text in TEXTS.items()}
    world = make_world(tmp_path, {"text": {"of_blog": TEXTS}, "flat": flat, "list": {"of_blog": LISTED}})
    assert show_settings(world).rc == 0
    shown = {server: read_shown(world, server) for server in ("text", "flat", "list")}
    assert {noun: shown["text"][noun] for noun in LISTED} == LISTED
    assert shown["text"] == shown["flat"] == shown["list"]
    assert shown["text"]["virtual_host"]["server_names"] == ["blog.test"]
    run = world.run("deploy.yml")
    assert run.rc == 0
    calls = {
        server: [without_server(call) for call in run.calls if call.server == server] for server in shown
    }
    assert calls["text"] == calls["flat"] == calls["list"] != []
    assert run.arguments("text", "release present")["shared"] == ["uploads/"]


def test_the_settings_that_are_lists_are_known() -> None:
    lists = {name[len("masonite_app_") :] for name, one in OPTIONS.items() if one["type"] == "list"}
    assert lists == LISTS
