# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""nginx-safely and a running NGINX: what it loads, when it does not, and who serves meanwhile."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from nginx_world import Server, body_of, nginx_safely, title, until

Capture = pytest.CaptureFixture[str]


def test_an_enabled_site_is_served_and_a_removed_one_no_more(server: Server, capsys: Capture) -> None:
    server.start()
    assert server.visit("new") == "nobody"
    run = server.apply_site(server.site("new"))
    assert run.returncode == 0, run.stderr
    assert run.stdout.endswith("loaded the configuration\n")
    assert server.visit("new") == "new"
    assert server.run("remove", "new.conf") == 0
    assert server.visit("new") == "nobody"
    assert server.visit("blog") == "blog"
    assert "loaded the configuration\n" in capsys.readouterr().out


@pytest.mark.parametrize("runs", [True, False])
def test_a_dry_run_of_a_site_says_the_same_and_changes_nothing(server: Server, runs: bool) -> None:
    workers = set()
    if runs:
        server.start()
        workers = server.workers()
    before = server.tree()
    looked = server.apply_site(server.site("new"), "--dry-run")
    assert server.tree() == before
    assert not server.records.exists()
    assert " -s reload " not in server.calls.read_text()
    assert not runs or server.workers() == workers
    run = server.apply_site(server.site("new"))
    assert run.stdout == looked.stdout
    assert run.stdout.endswith("loaded the configuration\n") is runs


@pytest.mark.parametrize("runs", [True, False])
@pytest.mark.parametrize("arguments", [["remove", "blog.conf"], ["reload"]])
def test_a_dry_run_says_the_same_and_changes_nothing(
    server: Server, arguments: list[str], runs: bool, capsys: Capture
) -> None:
    workers = set()
    if runs:
        server.start()
        workers = server.workers()
    server.apply_site(server.site("blog"), name="blog.conf")
    server.write("snippets/new.conf", "")
    server.calls.write_text("")
    before = server.tree()
    assert server.run(*arguments, "--dry-run") == 0
    assert server.tree() == before
    assert server.calls.read_text() == ""
    assert not runs or server.workers() == workers
    said = capsys.readouterr().out
    assert said.endswith("loaded the configuration\n") is runs
    assert server.run(*arguments) == 0
    assert capsys.readouterr().out == said
    assert not runs or server.workers().isdisjoint(workers)


def test_nothing_is_loaded_where_nginx_does_not_run(server: Server, capsys: Capture) -> None:
    assert server.run("reload") == 0
    assert capsys.readouterr().out == ""
    assert server.calls.read_text() == ""


@pytest.mark.parametrize("content", ["", "junk", "0", "-1", "99999999", str(os.getpid())])
def test_a_pidfile_is_not_believed(server: Server, content: str) -> None:
    server.pid.write_text(content)
    # Were it believed, NGINX would now signal whoever has that number, and 0 is everybody around this test.
    server.binary.write_text(f"#!/bin/sh\necho \"$*\" >>'{server.calls}'\n")
    assert server.run("reload") == 0
    assert server.calls.read_text() == ""


def test_what_is_older_than_the_workers_is_not_loaded(server: Server, capsys: Capture) -> None:
    server.start()
    workers = server.workers()
    assert server.run("reload") == 0
    assert capsys.readouterr().out == ""
    assert server.calls.read_text() == ""
    assert server.workers() == workers


@pytest.mark.parametrize(("change", "served"), [("a file", "mended"), ("a link", "nobody")])
def test_what_is_newer_than_the_workers_is_loaded_once(
    server: Server, change: str, served: str, capsys: Capture
) -> None:
    server.start()
    workers = server.workers()
    if change == "a file":
        server.write("sites-available/blog.conf", server.site("blog", served))
    else:
        (server.config / "sites-enabled" / "blog.conf").unlink()
    assert server.visit("blog") == "blog"
    assert server.run("reload") == 0
    assert capsys.readouterr().out == "loaded the configuration\n"
    assert server.visit("blog") == served
    assert server.workers().isdisjoint(workers)
    assert server.run("reload") == 0
    assert capsys.readouterr().out == ""
    assert server.calls.read_text() == f"-s reload -c {server.config}/nginx.conf\n"


def test_an_upload_under_way_is_finished_by_the_worker_that_has_it(server: Server, capsys: Capture) -> None:
    upload = f"location /upload {{ proxy_pass http://unix:{server.socket}:/; proxy_set_header Host blog; }}"
    server.write("sites-available/blog.conf", server.site("blog", "before", upload))
    server.start()
    workers = server.workers()
    with server.connection() as visitor:
        head = "POST /upload HTTP/1.1\r\nHost: blog\r\nConnection: close\r\nContent-Length: 2\r\n"
        visitor.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
        assert visitor.recv(65536).startswith(b"HTTP/1.1 100 Continue")
        server.write("sites-available/blog.conf", server.site("blog", "after", upload))
        assert server.run("reload") == 0
        assert capsys.readouterr().out == "loaded the configuration\n"
        assert server.visit("blog") == "after"
        assert "nginx: worker process is shutting down" in map(title, workers)
        visitor.sendall(b"ok")
        assert body_of(visitor) == "after"
    until(lambda: not any(map(title, workers)), "the workers of before end")


def test_what_nginx_cannot_read_is_not_loaded(server: Server, capsys: Capture) -> None:
    server.start()
    workers = server.workers()
    server.write("conf.d/other.conf", "BROKEN by hand;\n")
    assert server.run("reload") == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert f'[emerg] unknown directive "BROKEN" in {server.config}/conf.d/other.conf:1' in said.err
    assert "The configuration was not loaded: NGINX still serves the one before." in said.err
    assert server.visit("blog") == "blog"
    assert server.workers() == workers


def test_a_load_that_never_comes_fails(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """The address is another's: NGINX finds that out only when it loads, and says so only in its log."""
    server.start()
    workers = server.workers()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(tmp_path / "other.sock"))
        server.write("snippets/listen.conf", f"listen unix:{tmp_path}/other.sock;\n")
        monkeypatch.setattr(nginx_safely, "RELOAD_TIMEOUT", 0.3)
        assert server.run("reload") == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert "still serves the one before" in said.err
        assert server.visit("blog") == "blog"
        assert server.workers() == workers
        (tmp_path / "other.sock").unlink()
