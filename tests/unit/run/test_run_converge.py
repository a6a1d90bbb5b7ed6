# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""site.yml keeps what is live, a new server gets what the others have, and failures end as they should."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from deploy_world import PLAYBOOK, Deploy, World

pytestmark = pytest.mark.skipif(not PLAYBOOK.exists(), reason="no ansible-playbook beside this Python")

PREPARED = ["release present", "env_file present"]
CONVERGED = [*PREPARED, "uwsgi_instance started"]
WITHOUT_SET_UP = ("--skip-tags", "set_up")
NEW: dict[str, Any] = {"deployed": False, "app_key": "", "restarted": True}


def presents(run: Deploy, server: str) -> list[dict[str, Any]]:
    return [
        call.arguments for call in run.calls if (call.server, call.step) == (server, "release present")
    ]  # fmt: skip


@pytest.fixture
def one(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def three(tmp_path: Path) -> World:
    return World(tmp_path, "abc")


def test_site_keeps_the_revision_that_is_live(one: World) -> None:
    run = one.run("site.yml", *WITHOUT_SET_UP, all={"restarted": False})
    assert (run.rc, run.steps("a")) == (0, CONVERGED)
    asked = run.arguments("a", "release present")
    assert (asked["keep_live"], asked["make_first"], asked["set_up_by"]) == (True, True, "")


def test_deploy_follows_the_version_and_asks_for_what_site_sets_up(one: World) -> None:
    run = one.run("deploy.yml")
    assert run.rc == 0
    asked = run.arguments("a", "release present")
    assert (asked["keep_live"], asked["set_up_by"]) == (False, "playbooks/site.yml")
    assert asked["virtual_host"]["names"] == ["blog.test"]
    assert "/etc/nginx/sites-available/blog.conf" in asked["virtual_host"]["paths"]


def test_a_version_on_the_command_line_of_site_is_deployed(one: World) -> None:
    run = one.run("site.yml", *WITHOUT_SET_UP, "-e", "masonite_app_version=v2")
    assert (run.rc, run.steps("a")) == (0, [*CONVERGED, "release live"])
    asked = run.arguments("a", "release present")
    assert (asked["keep_live"], asked["version"]) == (False, "v2")


def test_a_version_in_the_inventory_is_not_deployed_by_site(tmp_path: Path) -> None:
    run = World(tmp_path, masonite_app_version="v2").run("site.yml", *WITHOUT_SET_UP)
    assert run.arguments("a", "release present")["keep_live"] is True


def test_the_deploy_key_and_host_keys_come_with_a_deploy(tmp_path: Path) -> None:
    world = World(tmp_path, masonite_app_known_hosts=["git.test ssh-ed25519 AAAA"])
    run = world.run("deploy.yml")
    asked = run.arguments("a", "release present")
    assert (asked["ssh_directory"], asked["ssh_key_content"]) == ("/a/sites/blog/ssh", "")
    assert asked["known_hosts_content"] == ["git.test ssh-ed25519 AAAA"]


def test_releases_have_one_name_on_all_servers(three: World) -> None:
    run = three.run("deploy.yml")
    times = {presents(run, server)[0]["named_at"] for server in "abc"}
    assert len(times) == 1
    assert next(iter(times)) > 1_700_000_000


def test_a_first_deploy_of_a_fleet_by_site_takes_the_version(three: World) -> None:
    run = three.run("site.yml", *WITHOUT_SET_UP, all={"deployed": False})
    assert run.rc == 0
    for server in "abc":
        waits, makes = presents(run, server)
        assert (waits["make_first"], makes["make_first"]) == (False, True)
        assert (makes["revision"], makes["version"]) == ("", "HEAD")
    assert sorted(run.servers("release live")) == ["a", "b", "c"]


def test_a_new_server_gets_what_the_others_of_the_run_serve(three: World) -> None:
    run = three.run("site.yml", *WITHOUT_SET_UP, all={"serves": "r9", "restarted": False}, c=NEW)
    assert run.rc == 0
    assert presents(run, "c")[-1]["revision"] == "9" * 40
    assert run.servers("release live") == ["c"]
    assert "release_info" not in [call.step for call in run.calls]


def test_a_new_server_alone_gets_what_servers_outside_of_the_run_have(three: World) -> None:
    old = {"serves": "r9", "secret": "theirs"}
    run = three.run("site.yml", *WITHOUT_SET_UP, "--limit", "c", a=old, b=old, c=NEW)
    assert run.rc == 0
    assert run.servers("release_info") == ["a", "b"]
    assert presents(run, "c")[-1]["revision"] == "9" * 40
    written = [call for call in run.calls if call.step == "env_file present"]
    assert [call.server for call in written] == ["c", "c"], "nothing is written on servers outside of the run"
    assert run.servers("env_file read") == ["a", "b", "c"]
    assert written[0].arguments["may_generate"] is False
    assert written[1].arguments["known"] == {"APP_KEY": "theirs"}


@pytest.mark.parametrize("how", ["fails", "lost"])
def test_a_new_server_is_refused_where_the_others_cannot_be_read(three: World, how: str) -> None:
    run = three.run("site.yml", *WITHOUT_SET_UP, "--limit", "c", a={how: "release_info"}, c=NEW)
    assert run.rc == 2
    assert "what its other servers serve could not be read from a" in run.output
    assert "-e masonite_app_version=" in run.output
    assert "-e masonite_hosts=c" in run.output
    assert len(presents(run, "c")) == 1, "no release is made"
    assert run.servers("uwsgi_instance started") == []


def test_a_new_server_is_refused_where_the_application_key_cannot_be_read(three: World) -> None:
    lost = {"lost": "env_file read"}
    run = three.run(
        "site.yml", *WITHOUT_SET_UP, "--limit", "c", "-e", "masonite_app_version=v2", a=lost, c=NEW
    )
    assert run.rc == 2
    assert "The application key of blog has to be the same on all its servers" in run.output
    assert "could not be read from a" in run.output
    assert run.servers("uwsgi_instance started") == []


def test_a_new_server_is_refused_where_the_others_serve_different_revisions(three: World) -> None:
    answers = {"a": {"serves": "r8"}, "b": {"serves": "r9"}, "c": NEW}
    run = three.run("site.yml", *WITHOUT_SET_UP, "--limit", "c", **answers)
    assert run.rc == 2
    assert "a has r8, b has r9" in run.output
    assert run.servers("uwsgi_instance started") == []


def test_a_new_server_can_stand_alone(three: World) -> None:
    run = three.run("site.yml", *WITHOUT_SET_UP, "-e", "masonite_hosts=c", c=NEW)
    assert run.rc == 0
    assert {call.server for call in run.calls} == {"c"}


def test_servers_without_the_app_are_not_asked(tmp_path: Path) -> None:
    world = World(tmp_path, "ab", own_apps={"a": ("shop",)})
    run = world.run("site.yml", *WITHOUT_SET_UP, "--limit", "b", a={"lost": "release_info"}, b=NEW)
    assert (run.rc, {call.server for call in run.calls}) == (0, {"b"})


def test_servers_that_prepare_different_revisions_go_no_further(three: World) -> None:
    run = three.run("deploy.yml", b={"prepares": "r3"})
    assert run.rc == 2
    assert "The servers did not prepare one revision: a has r2, b has r3, c has r2." in run.output
    assert run.servers("uwsgi_instance started") == []
    assert sorted(run.servers("release failed")) == ["a", "b", "c"]


@pytest.mark.parametrize("tags", [("--tags", "prepare,activate"), ("--skip-tags", "migrate")])
def test_nothing_goes_live_without_its_migrations(three: World, tags: tuple[str, str]) -> None:
    run = three.run("deploy.yml", *tags, all={"added": ["2027_c.py"]})
    assert run.rc == 2
    assert "needs its migrations applied (2027_c.py), and this run did not apply them" in run.output
    assert run.servers("uwsgi_instance started") == []
    assert sorted(run.servers("release failed")) == ["a", "b", "c"], "no server stays locked"


def test_a_release_without_migrations_goes_live_without_the_stage(three: World) -> None:
    run = three.run("deploy.yml", "--tags", "prepare,activate")
    assert (run.rc, sorted(run.servers("release live"))) == (0, ["a", "b", "c"])


def test_a_restored_database_is_migrated_though_the_release_is_live(one: World) -> None:
    run = one.run("deploy.yml", all={"new": False, "pending": ["2026_b"]})
    assert (run.rc, run.servers("app_command")) == (0, ["a"])
    assert "2026_b" in run.output
    recorded = run.arguments("a", "release live")
    assert (recorded["migrated"], recorded["reason"]) == (True, "the same release, migrations applied")


def test_deploy_with_a_release_is_a_rollback(one: World) -> None:
    run = one.run("deploy.yml", "-e", "masonite_app_release=1a2b3c4", all={"added": ["2027_c.py"]})
    assert run.rc == 0
    assert run.arguments("a", "release present")["release"] == "1a2b3c4"
    assert run.arguments("a", "release live")["action"] == "rollback"
    assert run.servers("app_command") == [], "a rollback applies no migrations"


def test_a_first_server_that_is_lost_in_activate_stops_the_roll(three: World) -> None:
    run = three.run("deploy.yml", all={"kept": True}, a={"lost": "uwsgi_instance started"})
    assert run.rc != 0
    assert "failed in activate on a" in run.output
    assert "The server could not be reached" in run.output
    assert run.servers("uwsgi_instance started") == ["a"]
    assert {"b", "c"} <= set(run.servers("release failed")), "the others give up their locks"


def test_a_server_that_is_lost_after_the_switch_is_reported_as_lost_in_activate(three: World) -> None:
    run = three.run("deploy.yml", b={"lost": "release live"})
    assert run.rc != 0
    assert "failed in activate on b" in run.output
    assert "failed in prepare" not in run.output


def test_a_server_that_is_lost_in_prepare_is_reported_so(three: World) -> None:
    run = three.run("deploy.yml", b={"lost": "virtualenv", "ready": False})
    assert run.rc != 0
    assert "failed in prepare on b" in run.output
    assert run.servers("uwsgi_instance started") == []


def test_a_failure_is_recorded_although_the_environment_file_cannot_be_put_back(one: World) -> None:
    run = one.run("deploy.yml", all={"kept": True, "fails": ["uwsgi_instance started", "env_file restored"]})
    assert run.rc == 2
    assert run.steps("a")[-2:] == ["release failed", "env_file restored"]
    assert "The deploy of blog failed in activate on a" in run.output
    assert "On a, the environment file could not be put back" in run.output


TWICE = """
- hosts: web
  gather_facts: false
  tags: [always]
  roles:
    - role: masonite.deploy.masonite_app
      masonite_app_name: blog
    - role: masonite.deploy.masonite_app
      vars:
        masonite_app_name: blog
        masonite_app_version: v2
"""


def test_a_second_deploy_in_one_play_fails_by_itself(one: World) -> None:
    (one.base / "twice.yml").write_text(TWICE)
    run = one.run("twice.yml", *WITHOUT_SET_UP, all={"fails_with_version": "v2"})
    assert run.rc == 2
    assert run.steps("a") == [*CONVERGED, "release live", "release present", "release failed"]
    assert "failed in prepare on a live: 9fbd8bc on a" in run.output


def test_a_database_of_several_servers_is_restored_once(three: World) -> None:
    shared = '{"masonite_app_environment": {"DB_CONNECTION": "postgres"}}'
    run = three.run("restore.yml", "-e", shared)
    assert (run.rc, run.servers("app_backup restored")) == (0, ["a"])
    run = three.run("restore.yml")
    assert (run.rc, sorted(run.servers("app_backup restored"))) == (0, ["a", "b", "c"])


def test_a_restore_says_which_migrations_the_next_deploy_applies(one: World) -> None:
    run = one.run("restore.yml", all={"unknown": ["2026_b", "2027_c"]})
    assert run.rc == 0
    assert run.steps("a")[-3:] == ["app_backup restored", "app_backup migrations", "release restored"]
    assert run.arguments("a", "release restored")["pending_migrations"] == ["2026_b", "2027_c"]
    assert "database of blog does not know 2026_b, 2027_c. The next deploy.yml applies" in run.output


def test_what_one_server_refuses_ends_the_run_before_the_others_change(three: World) -> None:
    run = three.run("site.yml", b={"fails": "app_home checked"})
    assert run.rc == 2
    assert {call.step for call in run.calls} == {"app_home checked"}
