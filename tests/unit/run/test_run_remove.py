# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""remove.yml on servers that exist in name only: the order of its steps, and what stops it."""

from __future__ import annotations

from pathlib import Path

import pytest
from deploy_world import PLAYBOOK, Deploy, World

pytestmark = pytest.mark.skipif(not PLAYBOOK.exists(), reason="no ansible-playbook beside this Python")

CHECKS = ["app_home absent", "release_info", "nginx_config"]
REMOVAL = ["nginx_config", "uwsgi_instance absent", "app_home absent"]


@pytest.fixture
def one(tmp_path: Path) -> World:
    return World(tmp_path)


def remove(world: World, *arguments: str, **answers: object) -> Deploy:
    return world.run("remove.yml", "-e", "masonite_remove=blog", *arguments, all=dict(answers))


def steps(run: Deploy) -> list[str]:
    return [call.step for call in run.calls]


def test_the_checks_come_first_then_the_backup_the_virtual_host_and_the_instance(one: World) -> None:
    run = remove(one)
    assert (run.rc, steps(run)) == (0, [*CHECKS, "app_backup present", *REMOVAL])
    only_checks = [call.arguments["only_check"] for call in run.calls if call.step == "nginx_config"]
    assert only_checks == [True, False]
    assert (
        "blog is removed from a. Its data and backups: /a/sites/.removed/blog-x (for root only)" in run.output
    )
    assert "take it out of the settings" in run.output


def test_the_record_says_who_the_app_is(one: World) -> None:
    run = remove(one)
    backup = run.arguments("a", "app_backup present")
    assert (backup["user"], backup["path"]) == ("the-user", "/a/sites/blog/backups")
    assert (backup["chdir"], backup["environment_file"]) == (
        "/a/sites/blog/releases/r1",
        "/a/sites/blog/.env",
    )
    assert backup["visible_paths"][:2] == ["/a/sites/blog", "/a/venvs/blog"]
    instance = run.arguments("a", "uwsgi_instance absent")
    assert (instance["socket"], instance["root"]) == ("/a/sockets/blog.sock", "/a/sockets/blog.root")


def test_the_last_backup_is_made_where_the_app_is_in_its_repository(tmp_path: Path) -> None:
    app = {"repository": "/git/blog", "domains": ["blog.test"], "directory": "backend"}
    run = remove(World(tmp_path, masonite_apps={"blog": app}))
    assert run.arguments("a", "app_backup present")["chdir"] == "/a/sites/blog/releases/r1/backend"


@pytest.mark.parametrize("apps", [(), ("shop",)], ids=["no apps", "another app"])
def test_an_app_that_the_settings_do_not_have_any_more(tmp_path: Path, apps: tuple[str, ...]) -> None:
    run = remove(World(tmp_path, apps=apps))
    assert (run.rc, steps(run)) == (0, [*CHECKS, "app_backup present", *REMOVAL])
    assert "take it out of the settings" not in run.output


def test_without_a_name_nothing_is_done(one: World) -> None:
    for arguments in ((), ("-e", "masonite_remove=")):
        run = one.run("remove.yml", *arguments)
        assert (run.rc, run.calls) == (2, [])
        assert "masonite_remove is not set; the app to remove is named on the command line" in run.output


def test_a_name_in_the_inventory_removes_nothing(tmp_path: Path) -> None:
    world = World(tmp_path, masonite_remove="blog")
    run = world.run("remove.yml")
    assert (run.rc, run.calls) == (2, [])
    assert "masonite_remove is set in the inventory, where it has no effect" in run.output
    assert "on the command line, each time: -e masonite_remove=NAME" in run.output
    typed = world.run("remove.yml", "-e", '{"masonite_remove": " shop "}', all={"known": False})
    assert (typed.rc, "a has no app shop" in typed.output) == (0, True)


def test_an_app_that_is_not_there(one: World) -> None:
    run = remove(one, known=False)
    assert (run.rc, steps(run)) == (0, ["app_home absent"])
    assert "a has no app blog, so nothing was removed. Its apps: shop." in run.output
    assert "changed=0" in run.output


def test_a_deploy_in_progress_is_waited_for(one: World) -> None:
    lock = {"holder": {"user": "ann", "host": "laptop"}, "since": "12:00", "expired": False}
    run = remove(one, lock=lock)
    assert (run.rc, steps(run)) == (2, CHECKS[:2])
    assert "being deployed by ann on laptop" in run.output
    assert remove(one, "-e", "masonite_deploy_unlock=true", lock=lock).rc == 0
    assert remove(one, lock={**lock, "expired": True}).rc == 0


def test_a_backup_that_fails_stops_the_removal(one: World) -> None:
    run = remove(one, fails="app_backup present")
    assert (run.rc, steps(run)) == (2, [*CHECKS, "app_backup present"])
    assert "the last backup of its database failed: It does not work." in run.output
    run = remove(one, "-e", "masonite_remove_backup=false", fails="app_backup present")
    assert (run.rc, steps(run)) == (0, [*CHECKS, *REMOVAL])


def test_an_app_that_was_never_deployed_has_nothing_to_back_up(one: World) -> None:
    run = remove(one, deployed=False)
    assert (run.rc, steps(run)) == (0, [*CHECKS, *REMOVAL])


def test_check_mode_goes_through_the_same_steps(one: World) -> None:
    run = remove(one, "--check")
    assert run.rc == 0
    assert "blog would be removed from a" in run.output
