# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module lets into the configuration of the real NGINX, and what it says of what it refuses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from nginx_world import Server, read, refused

from ansible_collections.masonite.deploy.plugins.module_utils._nginx.shadow import copy_configuration

# In the place of each of these the same directives can stand.
PLACES = ["sites-available/blog.conf", "sites-available/new.conf", "conf.d/new.conf", "snippets/listen.conf"]
GOOD = "server_tokens off;\n"
BROKEN = "BROKEN on;\n"


def read_as(server: Server, dest: str) -> Path:
    """The name NGINX knows a file by."""
    return server.config / dest.replace("sites-available", "sites-enabled")


@pytest.mark.parametrize("dest", PLACES)
def test_a_good_file_passes_and_nothing_is_touched(server: Server, dest: str) -> None:
    before = server.tree()
    assert server.check((server.listen if "listen" in dest else "") + GOOD, dest).ok
    assert server.tree() == before
    assert not server.pid.exists()
    assert not server.socket.exists()


@pytest.mark.parametrize("dest", PLACES)
def test_a_broken_file_is_refused_with_its_line_and_nothing_is_touched(server: Server, dest: str) -> None:
    before = server.tree()
    run = server.check("gzip off;\nserver_tokens off;\nBROKEN on;\ntcp_nodelay on;\n", dest)
    assert run.reason == "invalid_configuration"
    assert server.tree() == before
    said = run.message
    assert f"NGINX refuses {server.config}/{dest}:" in said
    assert f'[emerg] unknown directive "BROKEN" in {read_as(server, dest)}:3' in said
    assert ">    3 | BROKEN on;" in said
    assert "     2 | server_tokens off;" in said
    assert "it still serves" in said
    assert "/nginx-config-" not in said
    assert "correct that first" not in said


@pytest.mark.parametrize(("text", "ok"), [(GOOD, True), (BROKEN, False)])
def test_a_check_leaves_the_running_nginx_alone(server: Server, text: str, ok: bool) -> None:
    server.start()
    workers, master = server.workers(), server.pid.read_text()
    for dest in PLACES:
        assert server.check((server.listen if "listen" in dest else "") + text, dest).ok is ok
    assert server.visit("blog") == "blog"
    assert server.workers() == workers
    assert server.pid.read_text() == master


def test_the_new_file_is_tested_in_the_place_of_the_old(server: Server) -> None:
    server.write("sites-available/blog.conf", BROKEN)
    assert server.check(GOOD, "sites-available/blog.conf").ok


def test_a_server_that_is_broken_already_is_told_apart(server: Server) -> None:
    server.write("conf.d/other.conf", "BROKEN by hand;\n")
    run = server.check(GOOD, "sites-available/blog.conf")
    assert run.reason == "invalid_configuration"
    said = run.message
    assert f"{server.config}/conf.d/other.conf:1" in said
    assert "refused without this change, too: correct that first" in said


def test_a_host_name_claimed_twice_is_refused(server: Server) -> None:
    server.write("sites-available/blog.conf", server.site("y x"))
    run = server.check(server.site("x"), "sites-available/new.conf")
    assert run.reason == "invalid_configuration"
    said = run.message
    assert '[warn] conflicting server name "x"' in said
    assert f"x belongs to {server.config}/sites-enabled/blog.conf: remove it there first, or replace" in said


def test_a_conflict_that_was_there_before_is_nobody_elses_fault(server: Server) -> None:
    server.write("conf.d/other.conf", server.site("x") + server.site("x"))
    assert server.check(server.site("new"), "sites-available/new.conf").ok


def test_absolute_links_and_includes_are_followed_into_the_copy(server: Server) -> None:
    link = server.config / "sites-enabled" / "blog.conf"
    link.unlink()
    link.symlink_to(server.config / "sites-available" / "blog.conf")
    site = server.site("blog").replace("snippets/", f"{server.config}/snippets/")
    server.write("sites-available/blog.conf", site)
    assert not server.check(BROKEN, "snippets/listen.conf").ok
    assert server.check(server.listen, "snippets/listen.conf").ok


def test_links_that_lead_elsewhere_still_do(server: Server, tmp_path: Path) -> None:
    module = tmp_path / "usr" / "module.conf"
    module.parent.mkdir()
    module.write_text("load_module modules/ngx_nothing.so;\n")
    (server.config / "modules-enabled" / "module.conf").symlink_to(module)
    assert "ngx_nothing.so" in server.check(GOOD, "conf.d/new.conf").message
    module.write_text("pcre_jit on;\n")
    assert server.check(GOOD, "conf.d/new.conf").ok


def test_a_link_that_leads_nowhere_breaks_no_copy(server: Server) -> None:
    (server.config / "snippets" / "gone.conf").symlink_to("nowhere")
    assert server.check(GOOD, "conf.d/new.conf").ok


def test_keys_are_not_copied(server: Server, tmp_path: Path) -> None:
    key = server.write("snippets/key.pem", "secret\n")
    shadow = tmp_path / "shadow"
    shadow.mkdir()
    copy_configuration(server.config, shadow)
    assert (shadow / "snippets" / "key.pem").is_symlink()
    assert (shadow / "snippets" / "key.pem").resolve() == key


def test_apply_links_a_site_once(server: Server) -> None:
    link = server.config / "sites-enabled" / "new.conf"
    run = server.apply_site(server.site("new"))
    assert run.changes == [f"wrote {server.config}/sites-available/new.conf", f"enabled {link}"]
    assert os.readlink(link) == "../sites-available/new.conf"
    assert server.apply_site(server.site("new")).changes == []


def test_apply_refuses_a_broken_site_with_its_line(server: Server) -> None:
    before = server.tree()
    for name in ("new.conf", "blog.conf"):
        run = server.apply_site(f"gzip off;\n{BROKEN}", name=name, replace=True)
        assert run.reason == "invalid_configuration"
        assert f"NGINX refuses {server.config}/sites-available/{name}:" in run.message
        assert ">    2 | BROKEN on;" in run.message
        assert "it still serves" in run.message
    assert server.tree() == before


@pytest.mark.parametrize("target", ["../sites-available/gone.conf", "{config}/sites-available/blog.conf"])
def test_a_link_is_set_right_only_if_it_leads_elsewhere(server: Server, target: str) -> None:
    link = server.config / "sites-enabled" / "blog.conf"
    link.unlink()
    target = target.format(config=server.config)
    link.symlink_to(target)
    server.write("sites-available/blog.conf", server.site("blog"))
    assert server.apply_site(server.site("blog"), name="blog.conf").ok
    gone = "gone" in target
    assert os.readlink(link) == (
        "../sites-available/blog.conf" if gone else target.format(config=server.config)
    )


def test_remove_takes_the_site_away_once(server: Server) -> None:
    server.apply_site(server.site("blog"), name="blog.conf")
    assert len(server.remove("blog.conf").changes) == 2
    assert not [name for name in server.tree() if "blog.conf" in name]
    assert server.remove("blog.conf").changes == []


def test_remove_keeps_a_site_that_others_need(server: Server) -> None:
    server.apply_site(server.site("blog"), name="blog.conf")
    server.write("conf.d/other.conf", "include sites-available/blog.conf;\n")
    before = server.tree()
    run = server.remove("blog.conf")
    assert run.reason == "invalid_configuration"
    assert server.tree() == before
    assert "NGINX cannot do without" in run.message


@pytest.mark.parametrize("name", ["../nginx.conf", "a/b", ".hidden", "", "-x"])
def test_only_names_of_sites_are_taken(server: Server, name: str) -> None:
    with refused("options"):
        read(server.params(sites=[{"name": name, "state": "absent"}]))
