# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of version 0.1, which kept no records, are taken over without questions; a person's edits are not."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from nginx_templates import ROLE, SITE, render
from nginx_web import UWSGI_PARAMS, Web
from nginx_world import Outcome

from ansible_collections.masonite.deploy.plugins.module_utils._nginx import obsolete_program

# As they were in commit 4331409: a change would make files of that version look edited.
DIGESTS = {
    "site.conf.j2": "4c3fac8a4efca6e617f302fbb468c778da9e2d01a69685eb65446a8b166513b5",
    "masonite-deploy.conf.j2": "8b3b66c26adc0d681c9228a36106001383ce677d85030b6bc14086a20ae8e705",
    "masonite-deploy-listen.conf.j2": "70984ecaecbf75a34b1236acc3cf84be48f40da7e5a544b1283173e751e07ee1",
}
SETTINGS = [
    {},
    {"nginx_site_static": [{"location": "/static/", "path": "storage/static", "expires": "7d"}]},
    {"nginx_site_directives": ["add_header A b"], "nginx_site_snippets": ["location = /a { return 204; }"]},
    {"nginx_body_size": "20m", "nginx_site_timeout": 300, "nginx_site_access_log": "off"},
]
NAMES = ["conf.d/masonite-deploy.conf", "snippets/masonite-deploy-listen.conf", "sites-available/blog.conf"]


def text_of(name: str, directory: str, settings: dict[str, Any]) -> str:
    template = "site.conf.j2" if name.startswith("sites") else f"{Path(name).name}.j2"
    return render(directory + template, **{**SITE, "nginx_port": 18080, **settings})


def with_logs(directory: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings of a site that logs below the directory of the test."""
    logs = {f"nginx_site_{name}_log": str(directory / f"{name}.log") for name in ("access", "error")}
    return {**logs, **settings}


@pytest.fixture
def server(tmp_path: Path, nginx_program: str, request: pytest.FixtureRequest) -> Web:
    """A server that version 0.1 has set up with the settings of the test."""
    web = Web(tmp_path, nginx_program, {}, {})
    for path in web.config.rglob("masonite-deploy*"):
        path.unlink()
    for name in NAMES:
        web.write(name, text_of(name, "v0_1/", with_logs(tmp_path, request.param)))
    return web


def apply(web: Web, settings: dict[str, Any]) -> Outcome:
    """Both calls of the role; what the first that fails, or the last, came to."""
    given = with_logs(web.pid.parent, settings)
    contents = {
        name: {"content": text_of(name, "", given), "previous_contents": [text_of(name, "v0_1/", given)]}
        for name in NAMES
    }
    site = {"name": "blog.conf", **contents.pop(NAMES[2])}
    files: list[dict[str, Any]] = [{"path": name, **content} for name, content in contents.items()]
    uwsgi = render("masonite-deploy-uwsgi.conf.j2")
    files.append({"path": "snippets/masonite-deploy-uwsgi.conf", "content": uwsgi})
    run = web.apply(files=files)
    return web.apply(sites=[site]) if run.ok else run


@pytest.mark.parametrize(
    ("server", "settings"), [(settings, settings) for settings in SETTINGS], indirect=["server"]
)
def test_files_of_version_0_1_are_taken_over(server: Web, settings: dict[str, Any]) -> None:
    run = apply(server, settings)
    assert run.ok, run.message
    assert server.kept() == {}
    assert "disable_symlinks" in (server.config / NAMES[2]).read_text()
    # From now on there is a record: other settings are no edit.
    assert apply(server, {"nginx_site_timeout": 77}).ok


@pytest.mark.parametrize("server", [{}], indirect=True)
@pytest.mark.parametrize("name", NAMES)
def test_an_edit_of_a_file_of_version_0_1_is_refused(server: Web, name: str) -> None:
    path = server.config / name
    edited = path.read_text() + "# by hand\n"
    path.write_text(edited)
    run = apply(server, {})
    assert run.reason == "foreign_file"
    assert f"{path} was edited since this role wrote it" in run.message
    assert path.read_text() == edited


@pytest.mark.parametrize("template", DIGESTS)
def test_the_templates_of_version_0_1_stay_as_they_were(template: str) -> None:
    content = (ROLE / "templates" / "v0_1" / template).read_bytes()
    assert hashlib.sha256(content).hexdigest() == DIGESTS[template]


@pytest.mark.parametrize("server", [{}], indirect=True)
@pytest.mark.parametrize("found", ["ours", "edited", "a link", "nothing"])
def test_only_our_own_old_program_is_removed(
    server: Web, tmp_path: Path, found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "#!/usr/bin/python3\n# nginx-safely\n"
    monkeypatch.setattr(obsolete_program, "SUMS", (hashlib.sha256(text.encode()).hexdigest(),))
    program, other = tmp_path / "nginx-safely", tmp_path / "other"
    other.write_text(text)
    if found == "a link":
        program.symlink_to(other)
    elif found != "nothing":
        program.write_text(text + ("# by hand\n" if found == "edited" else ""))
    before = program.is_file()
    expected = [f"removed {program}"] if found == "ours" else []
    assert server.apply(check_mode=True, obsolete_program=str(program)).changes == expected
    assert program.is_file() is before
    assert server.apply(obsolete_program=str(program)).changes == expected
    assert program.is_file() is (before and found != "ours")
    assert other.read_text() == text


def test_the_distributions_parameters_are_found() -> None:
    assert any(path.is_file() for path in UWSGI_PARAMS)
