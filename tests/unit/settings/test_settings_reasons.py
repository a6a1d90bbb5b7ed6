# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each mistake has a reason that programs can match, whatever its words are."""

from __future__ import annotations

from typing import Any

import pytest
from settings_world import settings_of

from ansible_collections.masonite.deploy.plugins.module_utils._settings.app import App
from ansible_collections.masonite.deploy.plugins.module_utils._settings.check import check_apps
from ansible_collections.masonite.deploy.plugins.module_utils._settings.published_keys import PUBLISHED_KEYS

# A setting, a value, and the reasons of its problems.
REASONS: list[tuple[str, Any, list[str]]] = [
    ("repository", "", ["repository_empty"]),
    ("repository", "ext::sh -c id", ["repository"]),
    ("version", "-f", ["version"]),
    ("version", 1.1, ["number_for_text"]),
    ("release", "../x", ["release"]),
    ("restore", "../x", ["restore"]),
    ("domains", [], ["domains_empty"]),
    ("domains", ["a b"], ["domain"]),
    ("domains", ["a.test", "a.test"], ["domain_twice"]),
    ("threads", 2, ["threads"]),
    ("processes", 0, ["number"]),
    ("memory_max", "1GB", ["memory_max"]),
    ("build", ["auto", "x"], ["build"]),
    ("node_version", "24", ["node_version"]),
    ("build_environment", {"A-B": ""}, ["build_environment"]),
    ("user", "root", ["user_reserved", "group_reserved"]),
    ("user", "1blog", ["user_name", "build_user_name", "group_name"]),
    ("group", "docker", ["group_reserved"]),
    ("group", "blog group", ["group_name"]),
    ("build_user", "Blog", ["build_user_name"]),
    ("build_user", "www-data", ["build_user_reserved"]),
    ("build_user", "blog", ["build_user_shared"]),
    ("web_group", "www data", ["web_group_name"]),
    ("packages", ["--pre"], ["package"]),
    ("known_hosts", ["a\nb"], ["known_hosts"]),
    ("health_statuses", ["999"], ["health_statuses"]),
    ("uwsgi_options", {"a b": 1}, ["uwsgi_option_name"]),
    ("uwsgi_options", {"harakiri": "1\n2"}, ["uwsgi_option_value"]),
    ("environment", {"APP_KEY": next(iter(PUBLISHED_KEYS))}, ["key_published"]),
    ("environment", {"A-B": "1"}, ["environment_name"]),
    ("deploy_key", "ssh-ed25519 AAAA", ["key_is_public"]),
    ("deploy_key", "~/.ssh/id", ["key_is_path"]),
]


def reasons_of(*apps: App) -> list[str]:
    return [problem.reason for problem in check_apps(apps, [])]


@pytest.mark.parametrize(("setting", "value", "reasons"), REASONS)
def test_a_mistake_has_its_reason(setting: str, value: Any, reasons: list[str]) -> None:
    assert reasons_of(settings_of("blog", **{setting: value})) == reasons


def test_what_two_apps_must_not_share_has_its_reason() -> None:
    blog = settings_of("blog")
    shop = settings_of("shop", user="blog", domains=["blog.example.com"])
    assert {"account_shared", "domain_shared"} <= set(reasons_of(blog, shop))
