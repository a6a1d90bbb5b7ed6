# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accounts of an app: its own are known, all others are refused by name."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from home_world import Group, User, World

NOLOGIN = "/usr/sbin/nologin"


@dataclass(frozen=True)
class Case:
    """Users and groups of before, and what becomes of them; no reason: they are taken as the app's."""

    name: str
    users: tuple[dict[str, Any], ...] = ()
    groups: tuple[Group, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    says: str = ""


REFUSED = [
    Case("a person's login", ({},), (Group("blog", 1000),), reason="account", says="exists and can log in"),
    Case("a login with the right comment", ({"comment": "Runs blog"},), reason="account", says="can log in"),
    Case(
        "an account of another app",
        ({"comment": "Runs b.log", "shell": NOLOGIN, "home": "/srv/sites/b.log/shared"},),
        reason="account",
        says="the account of another app (Runs b.log)",
    ),
    Case(
        "the comment and shell, but another home",
        ({"comment": "Runs blog", "shell": NOLOGIN},),
        reason="account",
        says="set masonite_app_user",
    ),
    Case(
        "a service's account",
        ({"name": "postgres", "uid": 110, "shell": "/bin/false"},),
        options={"user": "postgres"},
        reason="account",
        says="User postgres exists and was not made for app blog",
    ),
    Case("root", options={"user": "root"}, reason="account", says="root"),
    Case("shadow", groups=(Group("shadow", 42),), options={"group": "shadow"}, reason="group", says="shadow"),
    Case("docker", groups=(Group("docker", 998),), options={"user": "docker"}, reason="group", says="docker"),
    Case("the web server's group", options={"group": "www-data"}, reason="group", says="www-data"),
    Case("a group of before", groups=(Group("blog", 998),), reason="group", says="Group blog exists"),
    Case(
        "the build user's name is a login",
        ({"name": "blog-build"},),
        reason="account",
        says="User blog-build exists and can log in",
    ),
    Case("one account for both", options={"build_user": "blog"}, reason="account_name", says="must not be"),
    Case(
        "a line break after the user", options={"user": "blog\n"}, reason="account_name", says="allowed are"
    ),
    Case(
        "a line break after the name",
        options={"name": "blog\n", "user": "blog"},
        reason="name",
        says="allowed",
    ),
    Case("a user that is an option", options={"user": "-o"}, reason="account_name", says="allowed are"),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_an_account_of_before_is_refused_by_name(world: World, case: Case) -> None:
    for about in case.users:
        world.add_user(**about)
    world.accounts.groups += case.groups
    error = world.refused(**case.options)
    assert (error.reason, case.says in error.message) == (case.reason, True), error.message
    assert "Nothing was changed" in error.message


def test_two_apps_whose_names_lead_to_one_user_do_not_share_it(world: World) -> None:
    world.run(name="a.b")
    error = world.refused(name="a-b")
    assert error.reason == "account"
    assert "a-b is an account of app a.b" in error.message


@pytest.mark.parametrize("option", ["user", "group", "build_user"])
def test_an_app_cannot_be_given_an_account_of_another_app(world: World, option: str) -> None:
    world.run()
    taken = "blog-build" if option == "user" else "blog"
    assert world.refused(name="shop", **{option: taken}).reason == "account"


def test_home_and_shell_that_a_person_gave_to_the_apps_account_are_kept(world: World) -> None:
    world.run()
    user = world.accounts.user("blog")
    assert user is not None
    changed = replace(user, shell="/bin/bash", home="/home/blog", comment="Ann's")
    world.accounts.all_users[world.accounts.all_users.index(user)] = changed
    assert not world.run()["changed"]
    assert world.accounts.user("blog") == changed


@pytest.mark.parametrize("steps", range(4))
def test_a_run_that_was_killed_between_two_accounts_is_continued(world: World, steps: int) -> None:
    world.accounts.fails_after = steps
    with pytest.raises(KeyboardInterrupt):
        world.run()
    world.accounts.fails_after = None
    assert world.run()["changed"]
    assert not world.run()["changed"]
    assert [user.name for user in world.accounts.all_users] == ["root", "blog", "blog-build"]


def test_another_account_under_the_name_in_the_record_is_not_taken(world: World) -> None:
    world.run()
    user = world.accounts.user("blog")
    assert user is not None
    world.accounts.all_users.remove(user)
    world.add_user(gid=user.gid)
    assert world.refused().reason == "account"


def test_another_user_for_an_app_with_files_is_refused_and_a_renamed_one_is_taken(world: World) -> None:
    world.run()
    error = world.refused(user="news", build_user="blog-build")
    assert error.reason == "account_renamed"
    assert "usermod --login news blog" in error.message
    table = world.accounts
    table.all_users = [
        replace(user, name="news") if user.name == "blog" else user for user in table.all_users
    ]
    table.groups = [Group("news", group.gid) if group.name == "blog" else group for group in table.groups]
    assert world.run(user="news", build_user="blog-build")["record"]["user"] == "news"
    assert world.rights("shared") == "news:news 0750"


def test_another_group_for_an_existing_user_is_refused(world: World) -> None:
    world.run()
    world.accounts.groups.append(Group("staff2", 950))
    assert world.refused(group="staff2").reason == "group_changed"


@pytest.mark.parametrize("group", ["docker", "shadow", "www-data"])
def test_a_privileged_group_of_the_apps_own_account_is_refused(world: World, group: str) -> None:
    gid = 33 if group == "www-data" else 950
    if gid != 33:
        world.accounts.groups.append(Group(group, gid))
    user = User("blog", 998, gid, "Runs blog", str(world.path / "shared"), NOLOGIN)
    world.accounts.all_users.append(user)
    assert world.refused(group=group).reason == "group"


def test_an_account_with_the_number_of_root_is_refused_whatever_it_says(world: World) -> None:
    world.accounts.groups.append(Group("blog", 901))
    user = User("blog", 0, 901, "Runs blog", str(world.path / "shared"), NOLOGIN)
    world.accounts.all_users.append(user)
    assert world.refused().reason == "account"


def test_an_account_of_version_01_is_the_apps(world: World) -> None:
    world.accounts.groups.append(Group("blog", 901))
    user = User("blog", 998, 901, "Runs blog", str(world.path / "shared"), NOLOGIN)
    world.accounts.all_users.append(user)
    assert world.run()["record"]["uid"] == 998
