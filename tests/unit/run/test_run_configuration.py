# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks under an ansible.cfg that somebody has for other work: the same steps, in the same order."""

from __future__ import annotations

from pathlib import Path

import pytest
from deploy_world import PLAYBOOK, World

pytestmark = pytest.mark.skipif(not PLAYBOOK.exists(), reason="no ansible-playbook beside this Python")

CONFIGURATION = """[defaults]
strategy = free
hash_behaviour = merge
gathering = smart
fact_caching = jsonfile
fact_caching_connection = facts
inject_facts_as_vars = False
any_errors_fatal = True
stdout_callback = minimal
"""
PREPARED = ["release present", "release present", "env_file present", "env_file present"]


@pytest.fixture
def two(tmp_path: Path) -> World:
    configuration = tmp_path / "ansible.cfg"
    configuration.write_text(CONFIGURATION)
    return World(tmp_path, "ab", configuration=configuration)


def test_two_servers_without_a_key_get_the_same_before_one_goes_live(two: World) -> None:
    run = two.run("deploy.yml", all={"app_key": ""})
    steps = [call.step for call in run.calls]
    assert (run.rc, steps[:4]) == (0, PREPARED)
    live = steps.index("uwsgi_instance started")
    shared = [call for call in run.calls[4:live] if call.step == "env_file present"]
    assert sorted(call.server for call in shared) == ["a", "b"]
    assert [call.arguments["known"] for call in shared] == [{"APP_KEY": "new"}] * 2
    assert run.servers("uwsgi_instance started") == ["a", "b"]


def test_a_failure_on_one_server_stops_the_other_and_both_give_up_their_locks(two: World) -> None:
    run = two.run("deploy.yml", a={"fails": "uwsgi_instance started"})
    assert run.rc == 2
    assert run.servers("uwsgi_instance started") == ["a"]
    assert sorted(run.servers("release failed")) == ["a", "b"]


def test_the_role_alone_refuses_a_strategy_without_stages(two: World) -> None:
    play = two.base / "own.yml"
    play.write_text(
        "- hosts: web\n  gather_facts: false\n  roles: [masonite.deploy.masonite_app]\n"
        "  vars: {masonite_app_name: blog}\n"
    )
    run = two.run("own.yml")
    assert (run.rc, run.calls) == (2, [])
    assert "strategy is free, in which 2 servers do not wait for each other" in run.output
    play.write_text(play.read_text().replace("hosts: web", "hosts: a"))
    assert "strategy is free" not in two.run("own.yml").output


def test_a_user_without_sudo_is_told_before_anything_changes(
    two: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = two.base / "bin"
    programs.mkdir()
    (programs / "id").write_text("#!/bin/sh\necho 1000\n")
    (programs / "id").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    run = two.run("site.yml")
    assert (run.rc, run.calls) == (2, [])
    assert "a has no sudo, and Ansible is connected as a user other than root (number 1000)" in run.output
    assert "apt-get install sudo" in run.output
