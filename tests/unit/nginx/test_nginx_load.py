# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module and a running NGINX: what it loads, when it does not, and who serves meanwhile."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from nginx_world import Server, body_of, title, until

from ansible_collections.masonite.deploy.plugins.module_utils._nginx import reload

LOADED = "loaded the configuration"


def test_an_enabled_site_is_served_and_a_removed_one_no_more(server: Server) -> None:
    server.start()
    assert server.visit("new") == "nobody"
    run = server.apply_site(server.site("new"))
    assert run.ok, run.message
    assert run.changes[-1] == LOADED
    assert server.visit("new") == "new"
    assert LOADED in server.remove("new.conf").changes
    assert server.visit("new") == "nobody"
    assert server.visit("blog") == "blog"


@pytest.mark.parametrize("runs", [True, False])
def test_check_mode_of_a_site_says_the_same_and_changes_nothing(server: Server, runs: bool) -> None:
    workers = set()
    if runs:
        server.start()
        workers = server.workers()
    before = server.tree()
    looked = server.apply_site(server.site("new"), check_mode=True)
    assert server.tree() == before
    assert not server.records.exists()
    assert " -s reload " not in server.calls.read_text()
    assert not runs or server.workers() == workers
    run = server.apply_site(server.site("new"))
    assert run.changes == looked.changes
    assert (LOADED in run.changes[-1:]) is runs


@pytest.mark.parametrize("runs", [True, False])
@pytest.mark.parametrize("site", [{"name": "blog.conf", "state": "absent"}, None])
def test_check_mode_says_the_same_and_changes_nothing(
    server: Server, site: dict[str, str] | None, runs: bool
) -> None:
    workers = set()
    if runs:
        server.start()
        workers = server.workers()
    server.apply_site(server.site("blog"), name="blog.conf")
    server.write("snippets/new.conf", "")
    server.calls.write_text("")
    before = server.tree()
    sites = [site] if site else []
    looked = server.apply(check_mode=True, sites=sites)
    assert looked.ok, looked.message
    assert server.tree() == before
    assert " -s reload " not in server.calls.read_text()
    assert site or server.calls.read_text() == ""
    assert not runs or server.workers() == workers
    assert (LOADED in looked.changes[-1:]) is runs
    assert server.apply(sites=sites).changes == looked.changes
    assert not runs or server.workers().isdisjoint(workers)


def test_nothing_is_loaded_where_nginx_does_not_run(server: Server) -> None:
    assert server.apply().changes == []
    assert server.calls.read_text() == ""


@pytest.mark.parametrize("content", ["", "junk", "0", "-1", "99999999", str(os.getpid())])
def test_a_pidfile_is_not_believed(server: Server, content: str) -> None:
    server.pid.write_text(content)
    # Were it believed, NGINX would now signal whoever has that number, and 0 is everybody around this test.
    server.binary.write_text(f"#!/bin/sh\necho \"$*\" >>'{server.calls}'\n")
    assert server.apply().ok
    assert server.calls.read_text() == ""


def test_what_is_older_than_the_workers_is_not_loaded(server: Server) -> None:
    server.start()
    workers = server.workers()
    assert server.apply().changes == []
    assert server.calls.read_text() == ""
    assert server.workers() == workers


@pytest.mark.parametrize(("change", "served"), [("a file", "mended"), ("a link", "nobody")])
def test_what_is_newer_than_the_workers_is_loaded_once(server: Server, change: str, served: str) -> None:
    server.start()
    workers = server.workers()
    if change == "a file":
        server.write("sites-available/blog.conf", server.site("blog", served))
    else:
        (server.config / "sites-enabled" / "blog.conf").unlink()
    assert server.visit("blog") == "blog"
    assert server.apply().changes == [LOADED]
    assert server.visit("blog") == served
    assert server.workers().isdisjoint(workers)
    assert server.apply().changes == []
    assert server.calls.read_text() == f"-s reload -c {server.config}/nginx.conf\n"


def test_an_upload_under_way_is_finished_by_the_worker_that_has_it(server: Server) -> None:
    upload = f"location /upload {{ proxy_pass http://unix:{server.socket}:/; proxy_set_header Host blog; }}"
    server.write("sites-available/blog.conf", server.site("blog", "before", upload))
    server.start()
    workers = server.workers()
    with server.connection() as visitor:
        head = "POST /upload HTTP/1.1\r\nHost: blog\r\nConnection: close\r\nContent-Length: 2\r\n"
        visitor.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
        assert visitor.recv(65536).startswith(b"HTTP/1.1 100 Continue")
        server.write("sites-available/blog.conf", server.site("blog", "after", upload))
        assert server.apply().changes == [LOADED]
        assert server.visit("blog") == "after"
        assert "nginx: worker process is shutting down" in map(title, workers)
        visitor.sendall(b"ok")
        assert body_of(visitor) == "after"
    until(lambda: not any(map(title, workers)), "the workers of before end")


def test_what_nginx_cannot_read_is_not_loaded(server: Server) -> None:
    server.start()
    workers = server.workers()
    server.write("conf.d/other.conf", "BROKEN by hand;\n")
    run = server.apply()
    assert run.reason == "reload"
    assert run.changes == []
    assert f'[emerg] unknown directive "BROKEN" in {server.config}/conf.d/other.conf:1' in run.message
    assert "The configuration was not loaded: NGINX still serves the one before." in run.message
    assert server.visit("blog") == "blog"
    assert server.workers() == workers


def test_a_load_that_never_comes_fails(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address is another's: NGINX finds that out only when it loads, and says so only in its log."""
    server.start()
    workers = server.workers()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(tmp_path / "other.sock"))
        server.write("snippets/listen.conf", f"listen unix:{tmp_path}/other.sock;\n")
        monkeypatch.setattr(reload, "RELOAD_TIMEOUT", 0.3)
        run = server.apply()
        assert run.reason == "reload"
        assert run.changes == []
        assert "still serves the one before" in run.message
        assert server.visit("blog") == "blog"
        assert server.workers() == workers
        (tmp_path / "other.sock").unlink()
