# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module as Ansible runs it, and several virtual hosts in one call."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from nginx_world import Server, until

COLLECTIONS = Path(__file__).resolve().parents[3] / "playbooks" / "collections"
MODULE = "ansible_collections.masonite.deploy.plugins.modules.nginx_config"
START = (
    "import runpy, sys; from ansible.module_utils import basic;"
    "setattr(basic, '_ANSIBLE_PROFILE', 'legacy'); basic._ANSIBLE_ARGS = sys.stdin.buffer.read();"
    f"runpy.run_module('{MODULE}', run_name='__main__')"
)


def call(server: Server, check_mode: bool = False, umask: int = 0o022, **params: Any) -> dict[str, Any]:
    arguments = {
        **server.params(**params),
        "_ansible_check_mode": check_mode,
        "_ansible_diff": True,
        "_ansible_remote_tmp": str(server.config.parent),
    }
    run = subprocess.run(
        [sys.executable, "-c", START],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(COLLECTIONS), *sys.path])},
        check=False,
        umask=umask,
    )
    assert run.stdout, run.stderr
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


def test_a_strict_umask_of_sudo_closes_nothing_to_nginx(server: Server) -> None:
    page = server.config.parent / "share/pages/unavailable.html"
    files = [{"path": "new-directory/own.conf", "content": "# nothing\n"}]
    pages = [{"path": str(page), "content": "later"}]
    call(server, umask=0o077, files=files, pages=pages)
    places = (server.config / "new-directory", page.parent, page.parent.parent)
    assert [path.stat().st_mode & 0o777 for path in places] == [0o755] * 3


def test_the_module_says_what_it_changes(server: Server) -> None:
    server.start()
    sites = [{"name": "new.conf", "content": server.site("new")}]
    looked = call(server, check_mode=True, sites=sites)
    assert server.visit("new") == "nobody"
    done = call(server, sites=sites)
    assert server.visit("new") == "new"
    assert looked["changes"] == done["changes"]
    assert looked["diff"] == done["diff"]
    assert [item.get("after") for item in done["diff"]] == [
        server.site("new"),
        "link to ../sites-available/new.conf\n",
        None,
    ]
    assert (done["changed"], done["running"], done["reloaded"]) == (True, True, True)
    again = call(server, sites=sites)
    assert (again["changed"], again["changes"]) == (False, [])
    assert "diff" not in again


def test_contents_are_in_the_diff_alone(server: Server) -> None:
    text = server.site("new", "a token")
    done = call(server, sites=[{"name": "new.conf", "content": text}], pages=[
        {"path": str(server.config.parent / "page.html"), "content": "a token"}
    ])  # fmt: skip
    assert done["diff"]
    rest = {name: value for name, value in done.items() if name != "diff"}
    assert "a token" not in json.dumps(rest)
    assert (server.config.parent / "page.html").read_text() == "a token"


def test_a_failure_has_a_reason_and_options(server: Server) -> None:
    server.write("sites-available/new.conf", server.site("new", "by hand"))
    failed = call(server, sites=[{"name": "new.conf", "content": server.site("new")}])
    assert (failed["reason"], failed["options"]) == ("foreign_file", ["sites.replace"])
    failed = call(server, sites=[{"name": "x.conf", "content": "BROKEN on;\n"}])
    assert failed["reason"] == "invalid_configuration"
    assert "unknown directive" in failed["complaints"][0]
    failed = call(server, sites=[{"name": "../x", "content": ""}])
    assert (failed["reason"], failed["options"]) == ("options", ["sites.name"])
    failed = call(server, executable="/nonexistent", sites=[{"name": "x.conf", "content": ""}])
    assert failed["reason"] == "not_installed"
    assert "Run the role masonite.deploy.nginx" in failed["msg"]


def test_a_copy_is_named_in_a_warning(server: Server) -> None:
    server.write("sites-available/new.conf", server.site("new", "by hand"))
    done = call(server, sites=[{"name": "new.conf", "content": server.site("new"), "replace": True}])
    assert done["copies"][0]["copy"] in str(done["warnings"])


def site(server: Server, name: str, says: str = "") -> dict[str, Any]:
    return {"name": f"{name}.conf", "content": server.site(name, says)}


def test_several_sites_are_written_by_one_reload(server: Server) -> None:
    server.start()
    run = server.apply(sites=[site(server, name) for name in ("one", "two", "three")])
    assert run.ok, run.message
    assert [server.visit(name) for name in ("one", "two", "three")] == ["one", "two", "three"]
    assert server.calls.read_text().count("-s reload") == 1
    sites = [site(server, "one", "changed"), {"name": "two.conf", "state": "absent"}, site(server, "three")]
    looked = server.apply(check_mode=True, sites=sites)
    run = server.apply(sites=sites)
    assert run.changes == looked.changes
    assert [server.visit(name) for name in ("one", "two", "three")] == ["changed", "nobody", "three"]
    assert server.apply(sites=sites).changes == []


def test_all_refusals_come_together_and_nothing_is_changed(server: Server) -> None:
    for name in ("two", "three"):
        server.write(f"sites-available/{name}.conf", server.site(name, "by hand"))
    tree = server.tree()
    run = server.apply(sites=[site(server, name) for name in ("one", "two", "three")])
    assert run.reason == "foreign_file"
    assert "two.conf" in run.message
    assert "three.conf" in run.message
    assert "one.conf" not in run.message
    assert server.tree() == tree


def test_only_the_site_that_is_broken_is_named(server: Server) -> None:
    tree = server.tree()
    run = server.apply(sites=[site(server, "one"), {"name": "two.conf", "content": "BROKEN on;\n"}])
    assert run.reason == "invalid_configuration"
    assert f"NGINX refuses {server.config}/sites-available/two.conf:" in run.message
    assert server.tree() == tree


def test_a_name_moves_from_one_site_to_another(server: Server) -> None:
    server.start()
    assert server.apply(sites=[site(server, "one"), site(server, "two")]).ok
    content = server.site("two", "from one")
    run = server.apply(
        sites=[{"name": "two.conf", "state": "absent"}, {"name": "one.conf", "content": content}]
    )
    assert run.ok, run.message
    assert server.visit("two") == "from one"


def test_only_check_changes_nothing_and_reports_no_change(server: Server) -> None:
    tree = server.tree()
    done = call(server, only_check=True, sites=[site(server, "one")])
    assert done["changed"] is False
    assert "diff" not in done
    assert call(server, only_check=True, sites=[{"name": "x.conf", "content": "BROKEN;\n"}])["failed"]
    assert server.tree() == tree


def test_a_site_of_others_serves_until_the_app_does(server: Server) -> None:
    server.write("sites-enabled/old.conf", server.site("new", "old"))
    server.start()
    socket = server.config.parent / "new.sock"
    old = f"{server.config}/sites-enabled/old.conf"
    site = {"name": "new.conf", "content": server.site("new"), "replaces": [old], "waits_for": str(socket)}
    other = {"name": "other.conf", "content": server.site("other"), "waits_for": str(socket)}
    looked = call(server, check_mode=True, sites=[site, other])
    assert (looked["changed"], looked["waiting"]) == (True, [])
    early = call(server, sites=[site, other])
    assert early["waiting"] == ["new.conf"]
    until(lambda: server.visit("other") == "other", "what takes no place is served at once")
    assert server.visit("new") == "old"
    again = call(server, sites=[site, other])
    assert (again["changed"], again["waiting"]) == (False, ["new.conf"])
    socket.touch()
    late = call(server, sites=[site, other])
    assert (late["changed"], late["waiting"]) == (True, [])
    until(lambda: server.visit("new") == "new", "the new site is served")
    refused = call(server, sites=[{**site, "name": "third.conf", "replaces": [], "waits_for": "/missing"}])
    assert refused["failed"]
