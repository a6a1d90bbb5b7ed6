# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which apps a run is about, and which names of settings there are."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.masonite.deploy.plugins.module_utils._settings.check import check_replaced
from ansible_collections.masonite.deploy.plugins.module_utils._settings.problem import describe
from ansible_collections.masonite.deploy.plugins.module_utils._settings.selection import (
    check_names_of_settings,
    check_selection,
)

BLOG: dict[str, Any] = {"blog": {}, "shop": {}}


@pytest.mark.parametrize(
    ("names", "apps", "only", "words"),
    [
        ([""], {}, "", "masonite_apps is empty; give at least one app, such as masonite_apps: {blog:"),
        ([], {}, "", "masonite_apps is empty"),
        (["blog"], {}, "blog", "group_vars/ belongs beside the inventory or the playbook"),
        (
            ["blgo"],
            BLOG,
            "blgo",
            'masonite_app_only is "blgo", which is not in masonite_apps. Did you mean "blog"?',
        ),
        (["x"], BLOG, "x", "Known apps: blog, shop."),
        (["blog"], BLOG, "blog", ""),
        (["blog", "shop"], BLOG, "", ""),
        # The role used alone, for an app that is described by flat variables.
        (["blog"], {}, "", ""),
        (["other"], BLOG, "", ""),
        (["other"], BLOG, "blog", ""),
    ],
)
def test_a_run_is_about_known_apps(names: list[str], apps: dict[str, Any], only: str, words: str) -> None:
    message = describe(check_selection(names, apps, only))
    assert words in message
    assert bool(words) == bool(message)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["keep"], ""),
        (["colour"], "masonite_apps.blog has unknown settings: colour. Known: keep, repository."),
        (["repositry", "x"], 'unknown settings: repositry, x. Did you mean "repository"? Known:'),
        (["deploy_user"], "has unknown settings: deploy_user"),
        (
            ["sites_root"],
            "masonite_apps.blog.sites_root is no setting of one app and has no effect there; set base_sites",
        ),
        (["release"], "set -e masonite_app_release=NAME"),
    ],
)
def test_a_setting_that_has_no_effect_is_refused(given: list[str], words: str) -> None:
    message = describe(
        check_names_of_settings("blog", given, ["keep", "repository", "sites_root", "release"])
    )
    assert words in message
    assert bool(words) == bool(message)


@pytest.mark.parametrize("name", ["base_deploy_user", "masonite_app_deploy_user"])
def test_the_common_deploy_user_is_named_as_no_longer_used(name: str) -> None:
    message = describe(check_replaced([name, "masonite_app_user"]))
    assert message.startswith(f"{name} is set, but is no longer used; remove it")
    assert "masonite_app_build_user" in message
