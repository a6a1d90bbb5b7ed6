# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""NGINX as nginx.org packages it: conf.d and nothing else, and another user."""

from __future__ import annotations

import shutil

import pytest
from nginx_world import Server

DEBIAN_ONLY = ("snippets", "sites-available", "sites-enabled", "modules-enabled")


@pytest.fixture
def upstream(server: Server) -> Server:
    """The server with the directories and the nginx.conf that nginx.org's package has."""
    for name in DEBIAN_ONLY:
        shutil.rmtree(server.config / name)
    text = (server.config / "nginx.conf").read_text()
    lines = [
        line for line in text.splitlines() if "sites-enabled" not in line and "modules-enabled" not in line
    ]
    lines = [line.replace("http {", "http {\n  keepalive_timeout  65;\n  #gzip  on;") for line in lines]
    server.write("nginx.conf", "\n".join(lines) + "\n")
    server.write("conf.d/default.conf", f"server {{ {server.listen} server_name localhost; return 204; }}\n")
    return server


FILES = [
    {"path": "conf.d/masonite-deploy.conf", "content": "keepalive_timeout 30s;\nclient_max_body_size 10m;\n"}
]


def test_a_virtual_host_is_a_file_of_conf_d(upstream: Server) -> None:
    upstream.start()
    listen = {"path": "snippets/listen.conf", "content": upstream.listen}
    assert upstream.apply(files=[*FILES, listen], worker_connections=2048).ok
    assert upstream.apply_site(upstream.site("new")).ok
    assert upstream.visit("new") == "new"
    assert sorted(path.name for path in (upstream.config / "conf.d").iterdir()) == [
        "default.conf",
        "masonite-deploy.conf",
        "new.conf",
    ]
    assert not (upstream.config / "conf.d/new.conf").is_symlink()
    assert not [name for name in DEBIAN_ONLY[1:] if (upstream.config / name).exists()]


def test_a_second_run_changes_nothing_and_a_removal_leaves_nothing(upstream: Server) -> None:
    listen = {"path": "snippets/listen.conf", "content": upstream.listen}
    upstream.apply(files=[*FILES, listen], worker_connections=2048)
    upstream.start()
    before = upstream.tree()
    assert upstream.apply_site(upstream.site("new")).changes
    assert upstream.apply_site(upstream.site("new")).changes == []
    assert upstream.apply(files=[*FILES, listen], worker_connections=2048).changes == []
    assert upstream.apply_site(upstream.site("new", "newer")).ok
    assert upstream.visit("new") == "newer"
    assert upstream.remove("new.conf").ok
    assert upstream.tree() == before
    assert upstream.visit("new") == "nobody"
    assert upstream.remove("new.conf").changes == []


def test_a_file_of_a_person_in_conf_d_is_not_replaced(upstream: Server) -> None:
    upstream.write("conf.d/new.conf", f"server {{ {upstream.listen} server_name new; return 200 mine; }}\n")
    outcome = upstream.apply_site(
        upstream.site("new").replace("include snippets/listen.conf;", upstream.listen)
    )
    assert outcome.reason == "foreign_file"
    assert "conf.d/new.conf was not written by this role" in outcome.message


def test_a_host_name_that_another_file_of_conf_d_serves_is_refused(upstream: Server) -> None:
    upstream.write("conf.d/own.conf", f"server {{ {upstream.listen} server_name new; return 200 mine; }}\n")
    outcome = upstream.apply_site(
        upstream.site("new").replace("include snippets/listen.conf;", upstream.listen)
    )
    assert outcome.reason == "invalid_configuration"
    assert f"new belongs to {upstream.config}/conf.d/own.conf" in outcome.message


def test_sites_enabled_that_a_file_of_conf_d_includes_is_used(upstream: Server) -> None:
    upstream.write("conf.d/sites.conf", f"include {upstream.config}/sites-enabled/*;\n")
    for name in ("sites-enabled", "sites-available"):
        (upstream.config / name).mkdir()
    assert upstream.apply_site(
        upstream.site("new").replace("include snippets/listen.conf;", upstream.listen)
    ).ok
    assert (upstream.config / "sites-enabled/new.conf").is_symlink()


@pytest.mark.parametrize("line", ["user  nginx;", "user nginx nginx;"])
def test_another_user_of_nginx_is_refused_with_the_setting_that_names_it(upstream: Server, line: str) -> None:
    text = (upstream.config / "nginx.conf").read_text()
    upstream.write("nginx.conf", f"{line}\n" + text.replace("user root;", ""))
    before = upstream.tree()
    for sites in ([], [{"name": "new.conf", "content": ""}]):
        for check_mode in (True, False):
            outcome = upstream.apply(check_mode, sites=sites, user="www-data")
            assert outcome.reason == "other_user"
            assert "runs NGINX as user nginx, but nginx_user is www-data" in outcome.message
            assert "Set nginx_user: nginx in the inventory" in outcome.message
    assert upstream.tree() == before
