# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run without servers fails and says which there are; the command line speaks of one app or of all."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
import yaml
from deploy_world import PLAYBOOK, ROOT, World

pytestmark = pytest.mark.skipif(not PLAYBOOK.exists(), reason="no ansible-playbook beside this Python")

PLAYBOOKS = sorted(path.name for path in (ROOT / "playbooks").glob("*.yml"))
HOSTS = "{{ query('masonite.deploy.servers', masonite_hosts | default('web')) }}"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("servers"), ["web1", "web2"])
    inventory = json.loads((world.base / "inventory.json").read_text())
    inventory["db"] = {"hosts": {"db1": None}}
    (world.base / "inventory.json").write_text(json.dumps(inventory))
    apps = {"apps": inventory["web"]}
    (world.base / "other.json").write_text(json.dumps(apps))
    (world.base / "empty.json").write_text(json.dumps({"web": {}}))
    return world


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_no_server_in_the_group_is_an_error(world: World, playbook: str) -> None:
    run = world.run(playbook, "-e", "masonite_hosts=production")
    assert run.rc != 0
    assert run.calls == []
    assert (
        'There is no server: the inventory has none in "production". Groups with servers: db (db1); '
        "web (web1, web2)." in run.output
    )
    assert "name their group: -e masonite_hosts=GROUP" in run.output


@pytest.mark.parametrize(
    ("inventory", "options", "words"),
    [
        ("other.json", [], "Groups with servers: apps (web1, web2). Put your servers into the group web"),
        ("empty.json", [], "has no hosts. In a clone, copy inventory.example to inventory"),
        (None, [], "has no hosts. In a clone, copy inventory.example to inventory"),
        (
            "inventory.json",
            ["--limit", "db1"],
            '--limit "db1" leaves none of web1, web2, which "web" selects',
        ),
        ("inventory.json", ["-e", "masonite_hosts=web:!web1:!web2"], "has none in"),
    ],
)
def test_what_is_there_instead_is_said(
    world: World, inventory: str | None, options: list[str], words: str
) -> None:
    run = world.run("deploy.yml", *options, inventory=inventory)
    assert run.rc != 0
    assert run.calls == []
    assert words in run.output


@pytest.mark.parametrize("option", ["--syntax-check", "--list-tasks", "--list-hosts", "--list-tags"])
def test_no_server_is_no_error_where_nothing_would_run(world: World, option: str) -> None:
    assert world.run("site.yml", option, inventory="empty.json").rc == 0


@pytest.mark.parametrize("hosts", ["web1", "web:!web2", "web1,db1:!db1"])
def test_a_pattern_selects_servers(world: World, hosts: str) -> None:
    run = world.run("deploy.yml", "-e", json.dumps({"masonite_hosts": hosts}))
    assert (run.rc, {call.server for call in run.calls}) == (0, {"web1"})


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_each_play_looks_for_its_servers(playbook: str) -> None:
    plays = yaml.safe_load((ROOT / "playbooks" / playbook).read_text(encoding="utf-8"))
    (first, *_) = [play["hosts"] for play in plays if "hosts" in play] or [HOSTS]
    assert first == HOSTS


def test_a_clone_finds_the_inventory_beside_its_playbooks(tmp_path: Path) -> None:
    """As ansible.cfg of the clone says, without -i."""
    configuration = tmp_path / "ansible.cfg"
    configuration.write_text((ROOT / "ansible.cfg").read_text(encoding="utf-8"))
    world = World(tmp_path, configuration=configuration)
    (tmp_path / "inventory").mkdir()
    (tmp_path / "inventory.json").rename(tmp_path / "inventory" / "hosts.json")
    for directory, file, text in (
        ("hooks", "assets.yml", "- name: A hook\n  ansible.builtin.debug:\n"),
        ("files", "ca.crt", "-----BEGIN CERTIFICATE-----\n"),
        ("files", "notes.txt", "x y z\n"),
    ):
        (tmp_path / "inventory" / directory).mkdir(exist_ok=True)
        (tmp_path / "inventory" / directory / file).write_text(text)
    hook = {"masonite_app_after_prepare": "{{ inventory_dir }}/hooks/assets.yml"}
    run = world.run("deploy.yml", "-e", json.dumps(hook), inventory=None)
    assert run.rc == 0
    assert run.steps("a")
    assert "A hook" in run.output
    assert "WARNING" not in run.output
    environment = {**os.environ, "ANSIBLE_CONFIG": str(configuration)}
    command = [str(PLAYBOOK.with_name("ansible-inventory")), "--list"]
    listed = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert "parse" not in listed.stderr
    assert "notes" not in listed.stdout


ONE_APP = [
    "version=v2",
    "release=20260102T030405Z-1a2b3c4",
    "repository=/git/x",
    "domains=a.test",
    "restore=x",
]


@pytest.mark.parametrize("given", ONE_APP)
def test_what_is_of_one_app_wants_the_name_of_one(tmp_path: Path, given: str) -> None:
    world = World(tmp_path, apps=("blog", "shop"))
    run = world.run("deploy.yml", "-e", f"masonite_app_{given}")
    assert (run.rc, run.calls) == (2, [])
    setting = "masonite_app_" + given.partition("=")[0]
    words = f"{setting} is given for 2 apps at once; add -e masonite_app_only=NAME: blog, shop."
    assert words in run.output


def test_a_version_for_one_of_several_apps(tmp_path: Path) -> None:
    world = World(tmp_path, apps=("blog", "shop"), masonite_app_keep=3)
    run = world.run("deploy.yml", "-e", "masonite_app_version=v2", "-e", "masonite_app_only=shop")
    assert (run.rc, run.steps("a")) == (0, [])
    assert run.arguments("a", "release present")["version"] == "v2"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ('{"masonite_app_version": 1.10}', "masonite_app_version is the number 1.1; write it in quotes"),
        (
            "@survey.yml",
            "A survey of AWX makes a number of an answer like 1.10, whatever its type; answer refs/tags",
        ),
        ("masonite_app_threads=4", "masonite_app_threads is 4; allowed is 1"),
        ("masonite_app_version=v1 v2", "allowed is"),
        ("masonite_app_onyl=blog", 'masonite_app_onyl is no setting; did you mean "masonite_app_only"?'),
        ("masonite_deploy_froce=true", 'did you mean "masonite_deploy_force"?'),
        ("masonite_app_release=../yesterday", "status.yml lists them"),
    ],
)
def test_a_mistake_on_the_command_line(tmp_path: Path, options: str, words: str) -> None:
    world = World(tmp_path)
    # AWX writes extra variables like this.
    (tmp_path / "survey.yml").write_text("masonite_app_version: !unsafe '1.10'\n")
    if options == "masonite_app_version=v1 v2":
        options = json.dumps({"masonite_app_version": "v1 v2"})
    run = world.run("deploy.yml", "-e", options)
    assert (run.rc, run.calls) == (2, [])
    assert words in run.output
