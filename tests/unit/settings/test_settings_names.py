# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of apps, and the users and groups that come of them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from settings_world import message_about, settings_of

from ansible_collections.masonite.deploy.plugins.filter.app_build_user import FilterModule as BuildUser
from ansible_collections.masonite.deploy.plugins.filter.app_user import FilterModule as User
from ansible_collections.masonite.deploy.plugins.module_utils._settings.names import (
    APP_NAME,
    USER_NAME,
    app_build_user,
    app_user,
)
from ansible_collections.masonite.deploy.plugins.module_utils._settings.reserved_names import is_reserved

NAMES = [
    ("blog", "blog", "blog-build"),
    ("blog.example.com", "blog-example-com", "blog-example-com-build"),
    ("a_b-c", "a_b-c", "a_b-c-build"),
    ("1st", "app-1st", "app-1st-build"),
    ("x" * 26, "x" * 26, "x" * 26 + "-build"),
    # A user that servers have since version 0.1 stays.
    ("x" * 27, "x" * 27, "x" * 19 + "-e490a3-build"),
    ("x" * 32, "x" * 32, "x" * 19 + "-c62e46-build"),
    ("x" * 33, "x" * 19 + "-11ba55", "x" * 19 + "-11ba55-build"),
]


@pytest.mark.parametrize(("app", "user", "build_user"), NAMES)
def test_an_app_has_two_users_by_its_name(app: str, user: str, build_user: str) -> None:
    assert User().filters()["app_user"](app) == user
    assert BuildUser().filters()["app_build_user"](user) == build_user


@given(st.from_regex(APP_NAME, fullmatch=True))
def test_any_app_name_gives_two_names_of_users(app: str) -> None:
    user = app_user(app)
    build_user = app_build_user(user)
    assert USER_NAME.fullmatch(user)
    assert USER_NAME.fullmatch(build_user)
    assert user != build_user


@given(st.from_regex(APP_NAME, fullmatch=True))
def test_a_user_that_was_valid_in_version_0_1_is_the_same(app: str) -> None:
    before = re.sub(r"[^a-z0-9_-]", "-", app)
    if USER_NAME.fullmatch(before):
        assert app_user(app) == before


@pytest.mark.parametrize("name", ["Blog!", "", "-a", ".a", "a b", "c\n", "a/b", "x" * 61, "ä"])
def test_a_name_that_cannot_name_directories_is_refused(name: str) -> None:
    message = message_about(
        settings_of(name, user="blog", group="blog", build_user="blog-build", domains=["a.test"])
    )
    assert message.startswith("masonite_app_name is")
    assert "llowed are lower-case letters, digits" in message


@pytest.mark.parametrize("ending", ["sock", "pid", "root", "public"])
def test_a_name_that_is_a_file_of_another_app_is_refused(ending: str) -> None:
    assert f'masonite_app_name is "blog.{ending}"' in message_about(settings_of(f"blog.{ending}"))


@pytest.mark.parametrize(
    "name",
    [
        *["root", "daemon", "www-data", "backup", "list", "_apt", "nobody", "shadow", "sudo", "adm", "disk"],
        *["docker", "kvm", "lxd", "wheel", "ssl-cert", "admin", "staff", "systemd-network", "systemd-any"],
        *["messagebus", "sshd", "nginx", "postgres", "mysql", "redis", "deploy"],
    ],
)
def test_a_name_of_the_system_is_reserved(name: str) -> None:
    assert is_reserved(name)


@pytest.mark.parametrize("name", ["blog", "shop", "mailer", "www", "api", "git"])
def test_a_name_of_an_app_is_not_reserved(name: str) -> None:
    assert not is_reserved(name)


@pytest.mark.parametrize("selected_only", [True, False])
@pytest.mark.parametrize(
    ("settings", "kind", "name"),
    [
        ({}, "user", "a-b"),
        ({"user": "other", "group": "a-b", "build_user": "other-build"}, "group", "a-b"),
        ({"user": "a-b-build", "group": "x", "build_user": "x-build"}, "user", "a-b-build"),
        ({"user": "x", "group": "x", "build_user": "a-b-build"}, "build_user", "a-b-build"),
        ({"user": "x", "group": "x", "build_user": "a-b"}, "build_user", "a-b"),
    ],
)
def test_two_apps_never_share_an_account(
    settings: dict[str, str], kind: str, name: str, selected_only: bool
) -> None:
    one, other = settings_of("a.b"), settings_of("a-b", **settings)
    message = message_about(one, others=(other,)) if selected_only else message_about(one, other)
    first = message.splitlines()[0]
    assert f'masonite_app_{kind} is "{name}", which is the ' in first
    assert "of the app a.b, too" in first
    assert f"set {kind} of a-b or " in first
    assert "(app: a-b)" in first


def test_two_apps_with_one_domain_are_refused() -> None:
    message = message_about(
        settings_of("blog", domains=["a.test"]), others=(settings_of("shop", domains=["a.test"]),)
    )
    assert message == (
        'masonite_app_domains has "a.test", which the app blog has, too; allowed is each name for one app: '
        "remove it from one of the two. (app: shop)"
    )
