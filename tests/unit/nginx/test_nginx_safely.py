# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""nginx-safely on a directory of configuration, with a stand-in that reads what NGINX would read."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

PROGRAM = Path(__file__).parents[3] / "roles" / "nginx" / "files" / "nginx_safely.py"

# Follows includes as NGINX does; BROKEN is an error, CONFLICT a warning, and -s reload is written down.
STAND_IN = r"""#!/usr/bin/env python3
import glob, os, re, sys
config = sys.argv[sys.argv.index("-c") + 1]
base = os.path.dirname(config)
calls = os.environ["CALLS"]
if "-s" in sys.argv:
    open(calls, "a").write("reload\n")
    sys.exit(0)
status = 0
def read(path):
    global status
    for number, line in enumerate(open(path), 1):
        include = re.match(r"\s*include\s+(.*);", line)
        if include:
            names = glob.glob(os.path.join(base, include.group(1)))
            if not names and "*" not in include.group(1):
                print(f'nginx: [emerg] open() failed in {path}:{number}', file=sys.stderr)
                status = 1
            for name in sorted(names):
                read(name)
        if "BROKEN" in line:
            print(f'nginx: [emerg] unknown directive "BROKEN" in {path}:{number}', file=sys.stderr)
            status = 1
        if "CONFLICT" in line:
            print(f'2026/01/01 00:00:00 [warn] {os.getpid()}#1: conflicting server name "x"', file=sys.stderr)
        pid = re.match(r"\s*pid\s+(.*);", line)
        if pid:
            open(pid.group(1), "a").close()
read(config)
sys.exit(status)
"""


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("nginx_safely", PROGRAM)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["nginx_safely"] = module
    spec.loader.exec_module(module)
    return module


nginx_safely = load()


class Server:
    """A directory of configuration with one site, and the stand-in."""

    def __init__(self, directory: Path) -> None:
        self.config = directory / "etc" / "nginx"
        self.pid = directory / "nginx.pid"
        self.calls = directory / "calls"
        self.calls.write_text("")
        self.binary = directory / "nginx"
        self.binary.write_text(STAND_IN)
        self.binary.chmod(0o755)
        for name in ("conf.d", "snippets", "sites-available", "sites-enabled", "modules-enabled"):
            (self.config / name).mkdir(parents=True)
        self.write(
            "nginx.conf",
            f"pid {self.pid};\ninclude {self.config}/modules-enabled/*.conf;\n"
            f"include {self.config}/conf.d/*.conf;\ninclude {self.config}/sites-enabled/*;\n",
        )
        self.write("snippets/listen.conf", "listen 80;\n")
        self.write("sites-available/blog.conf", "server {\n  include snippets/listen.conf;\n}\n")
        (self.config / "sites-enabled" / "blog.conf").symlink_to("../sites-available/blog.conf")

    def write(self, name: str, text: str) -> Path:
        path = self.config / name
        path.write_text(text)
        return path

    def tree(self) -> dict[str, str]:
        return {
            str(path.relative_to(self.config)): os.readlink(path) if path.is_symlink() else path.read_text()
            for path in sorted(self.config.rglob("*"))
            if path.is_symlink() or path.is_file()
        }

    def run(self, *arguments: str) -> int:
        return int(nginx_safely.main(["--config", str(self.config), "--nginx", str(self.binary), *arguments]))

    def check(self, text: str, dest: str) -> int:
        candidate = self.config.parent / "candidate"
        candidate.write_text(text)
        return self.run("check", str(candidate), str(self.config / dest))


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server(tmp_path)
    monkeypatch.setenv("CALLS", str(server.calls))
    return server


Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    "dest",
    ["sites-available/blog.conf", "sites-available/new.conf", "conf.d/new.conf", "snippets/listen.conf"],
)
def test_a_good_file_passes_and_nothing_is_touched(server: Server, dest: str, capsys: Capture) -> None:
    before = server.tree()
    assert server.check("good;\n", dest) == 0
    assert server.tree() == before
    assert not server.pid.exists()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    "dest",
    ["sites-available/blog.conf", "sites-available/new.conf", "conf.d/new.conf", "snippets/listen.conf"],
)
def test_a_broken_file_is_refused_with_its_line_and_nothing_is_touched(
    server: Server, dest: str, capsys: Capture
) -> None:
    before = server.tree()
    assert server.check("one;\ntwo;\nBROKEN on;\nfour;\n", dest) == 1
    assert server.tree() == before
    said = capsys.readouterr().err
    assert f"NGINX refuses {server.config}/{dest}:" in said
    assert '[emerg] unknown directive "BROKEN"' in said
    assert ">    3 | BROKEN on;" in said
    assert "     2 | two;" in said
    assert "it still serves" in said
    assert "/nginx-safely-" not in said
    assert "mend that first" not in said


def test_the_new_file_is_tested_in_the_place_of_the_old(server: Server) -> None:
    server.write("sites-available/blog.conf", "BROKEN\n")
    assert server.check("good;\n", "sites-available/blog.conf") == 0


def test_a_server_that_is_broken_already_is_told_apart(server: Server, capsys: Capture) -> None:
    server.write("conf.d/other.conf", "BROKEN by hand\n")
    assert server.check("good;\n", "sites-available/blog.conf") == 1
    said = capsys.readouterr().err
    assert f"{server.config}/conf.d/other.conf:1" in said
    assert "refused without this change, too: mend that first" in said


def test_a_host_name_claimed_twice_is_refused(server: Server, capsys: Capture) -> None:
    server.write("sites-available/blog.conf", "server_name y x;\n")
    assert server.check("server_name x; # CONFLICT\n", "sites-available/new.conf") == 1
    said = capsys.readouterr().err
    assert '[warn] conflicting server name "x"' in said
    assert f"x belongs to {server.config}/sites-enabled/blog.conf: remove it there first." in said


def test_a_conflict_that_was_there_before_is_nobody_elses_fault(server: Server) -> None:
    server.write("conf.d/other.conf", "CONFLICT\n")
    assert server.check("good;\n", "sites-available/new.conf") == 0


def test_absolute_links_and_includes_are_followed_into_the_copy(server: Server) -> None:
    link = server.config / "sites-enabled" / "blog.conf"
    link.unlink()
    link.symlink_to(server.config / "sites-available" / "blog.conf")
    server.write("sites-available/blog.conf", f"include {server.config}/snippets/listen.conf;\n")
    assert server.check("BROKEN\n", "snippets/listen.conf") == 1
    assert server.check("good;\n", "snippets/listen.conf") == 0


def test_links_that_lead_elsewhere_still_do(server: Server, tmp_path: Path) -> None:
    module = tmp_path / "usr" / "module.conf"
    module.parent.mkdir()
    module.write_text("BROKEN\n")
    (server.config / "modules-enabled" / "module.conf").symlink_to(module)
    assert server.check("good;\n", "conf.d/new.conf") == 1
    module.write_text("load_module x;\n")
    assert server.check("good;\n", "conf.d/new.conf") == 0


def test_a_link_that_leads_nowhere_breaks_no_copy(server: Server) -> None:
    (server.config / "snippets" / "gone.conf").symlink_to("nowhere")
    assert server.check("good;\n", "conf.d/new.conf") == 0


def test_keys_are_not_copied(server: Server, tmp_path: Path) -> None:
    key = server.write("snippets/key.pem", "secret\n")
    shadow = tmp_path / "shadow"
    shadow.mkdir()
    nginx_safely.Nginx(server.config, str(server.binary))._copy_to(shadow)
    assert (shadow / "snippets" / "key.pem").is_symlink()
    assert (shadow / "snippets" / "key.pem").resolve() == key


def test_enable_links_a_site_once(server: Server, capsys: Capture) -> None:
    server.write("sites-available/new.conf", "good;\n")
    link = server.config / "sites-enabled" / "new.conf"
    assert server.run("enable", "new.conf") == 0
    assert os.readlink(link) == "../sites-available/new.conf"
    assert capsys.readouterr().out == f"enabled {link}\n"
    assert server.run("enable", "new.conf") == 0
    assert capsys.readouterr().out == ""


def test_enable_refuses_a_broken_site(server: Server, capsys: Capture) -> None:
    server.write("sites-available/new.conf", "BROKEN\n")
    assert server.run("enable", "new.conf") == 1
    assert not os.path.lexists(server.config / "sites-enabled" / "new.conf")
    assert "BROKEN" in capsys.readouterr().err


def test_enable_replaces_a_file_or_a_wrong_link(server: Server) -> None:
    link = server.config / "sites-enabled" / "blog.conf"
    link.unlink()
    link.write_text("by hand;\n")
    assert server.run("enable", "blog.conf") == 0
    assert os.readlink(link) == "../sites-available/blog.conf"


def test_remove_takes_the_site_away_once(server: Server, capsys: Capture) -> None:
    assert server.run("remove", "blog.conf") == 0
    assert not [name for name in server.tree() if "blog.conf" in name]
    assert len(capsys.readouterr().out.splitlines()) == 2
    assert server.run("remove", "blog.conf") == 0
    assert capsys.readouterr().out == ""


def test_remove_keeps_a_site_that_others_need(server: Server, capsys: Capture) -> None:
    server.write("conf.d/other.conf", "include sites-available/blog.conf;\n")
    before = server.tree()
    assert server.run("remove", "blog.conf") == 1
    assert server.tree() == before
    assert "NGINX cannot do without" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["enable", "new.conf"], ["remove", "blog.conf"], ["reload"]])
def test_a_dry_run_says_the_same_and_changes_nothing(
    server: Server, arguments: list[str], capsys: Capture
) -> None:
    server.write("sites-available/new.conf", "good;\n")
    before = server.tree()
    assert server.run(*arguments, "--dry-run") == 0
    assert server.tree() == before
    said = capsys.readouterr().out
    assert server.run(*arguments) == 0
    assert capsys.readouterr().out == said


@pytest.mark.parametrize("name", ["../nginx.conf", "a/b", ".hidden", "", "-x"])
def test_only_names_of_sites_are_taken(server: Server, name: str) -> None:
    with pytest.raises(SystemExit):
        server.run("remove", name)


def test_nothing_is_loaded_where_nginx_does_not_run(server: Server, capsys: Capture) -> None:
    assert server.run("reload") == 0
    assert capsys.readouterr().out == ""
    assert server.calls.read_text() == ""


@pytest.mark.parametrize("content", ["", "junk", "0", "-1", "99999999", str(os.getpid())])
def test_a_pidfile_is_not_believed(server: Server, content: str) -> None:
    server.pid.write_text(content)
    assert server.run("reload") == 0
    assert server.calls.read_text() == ""


@pytest.mark.parametrize("age", [-60, 60])
def test_what_is_newer_than_the_workers_is_loaded(
    server: Server, age: int, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    generations = iter([1, 1, 2, 2, 2, 2])

    def workers(_self: object, _master: int) -> list[object]:
        return [nginx_safely.Worker(next(generations), time.time() + age, False)]

    monkeypatch.setattr(nginx_safely.Nginx, "_master", lambda _self: 1)
    monkeypatch.setattr(nginx_safely.Nginx, "_workers", workers)
    assert server.run("reload") == 0
    stale = age < 0
    assert server.calls.read_text() == ("reload\n" if stale else "")
    assert capsys.readouterr().out == ("loaded the configuration\n" if stale else "")


def test_a_load_that_never_comes_fails(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    worker = nginx_safely.Worker(1, 0.0, False)
    monkeypatch.setattr(nginx_safely, "RELOAD_TIMEOUT", 0.1)
    monkeypatch.setattr(nginx_safely.Nginx, "_master", lambda _self: 1)
    monkeypatch.setattr(nginx_safely.Nginx, "_workers", lambda _self, _master: [worker])
    assert server.run("reload") == 1
    assert "still serves the one before" in capsys.readouterr().err


def test_the_program_explains_itself() -> None:
    run = subprocess.run([sys.executable, str(PROGRAM), "--help"], capture_output=True, text=True, check=True)
    assert "without ever leaving a broken one on disk" in " ".join(run.stdout.split())
