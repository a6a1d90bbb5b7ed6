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
from nginx_world import PROGRAM

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


def text_of(name: str, folder: str, settings: dict[str, Any]) -> str:
    template = "site.conf.j2" if name.startswith("sites") else f"{Path(name).name}.j2"
    return render(folder + template, **{**SITE, "nginx_port": 18080, **settings})


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


def apply(web: Web, settings: dict[str, Any]) -> tuple[int, str]:
    """Both requests of the role; what the first that fails, or the last, came to."""
    given = with_logs(web.pid.parent, settings)
    files = {
        name: {"content": text_of(name, "", given), "before": [text_of(name, "v0_1/", given)]}
        for name in NAMES
    }
    site = {NAMES[2]: files.pop(NAMES[2])}
    files["snippets/masonite-deploy-uwsgi.conf"] = {"content": render("masonite-deploy-uwsgi.conf.j2")}
    run = web.apply(files=files)
    if run.returncode == 0:
        run = web.apply(files=site, enable=["blog.conf"])
    return run.returncode, run.stderr


@pytest.mark.parametrize(
    ("server", "settings"), [(settings, settings) for settings in SETTINGS], indirect=["server"]
)
def test_files_of_version_0_1_are_taken_over(server: Web, settings: dict[str, Any]) -> None:
    assert apply(server, settings) == (0, "")
    assert server.kept() == {}
    assert "disable_symlinks" in (server.config / NAMES[2]).read_text()
    # From now on there is a record: other settings are no edit.
    assert apply(server, {"nginx_site_timeout": 77})[0] == 0


@pytest.mark.parametrize("server", [{}], indirect=True)
@pytest.mark.parametrize("name", NAMES)
def test_an_edit_of_a_file_of_version_0_1_is_refused(server: Web, name: str) -> None:
    path = server.config / name
    edited = path.read_text() + "# by hand\n"
    path.write_text(edited)
    status, said = apply(server, {})
    assert status == 3
    assert f"{path} was edited since this role wrote it" in said
    assert path.read_text() == edited


@pytest.mark.parametrize("template", DIGESTS)
def test_the_templates_of_version_0_1_stay_as_they_were(template: str) -> None:
    content = (ROLE / "templates" / "v0_1" / template).read_bytes()
    assert hashlib.sha256(content).hexdigest() == DIGESTS[template]


def test_the_program_can_be_sent_by_its_length_in_characters() -> None:
    assert PROGRAM.read_bytes().isascii()


def test_the_distributions_parameters_are_found() -> None:
    assert any(path.is_file() for path in UWSGI_PARAMS)
