# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A new Django project with what docs/django.md says: its static files, and the database that is backed up.

Django comes from PyPI, or from the package index of this machine.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.masonite.deploy.plugins.module_utils._backup.database_program import PROGRAM
from ansible_collections.masonite.deploy.plugins.module_utils._system.program_source import join_sources

ROOT = Path(__file__).parents[3]
COLLECT = (ROOT / "roles/masonite_app/files/collect_static_files.py").read_text(encoding="utf-8")
PAGE = (ROOT / "docs/django.md").read_text(encoding="utf-8")
STATIC = [{"location": "/static/", "path": "storage/static"}, {"location": "/static/", "path": "staticfiles"}]


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tools") / "venv"
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "-q", "--python", sys.executable, path], check=True)
    subprocess.run([uv, "pip", "install", "-q", "--python", path / "bin/python", "django"], check=True)
    return path / "bin" / "python"


class Project:
    def __init__(self, path: Path, python: Path) -> None:
        self.path, self.python = path, python
        subprocess.run([python.with_name("django-admin"), "startproject", "shop", path], check=True)
        self.settings = path / "shop/settings.py"
        self.plain = self.settings.read_text()

    def say(self, text: str) -> None:
        self.settings.write_text(f"{self.plain}\n{text}\n")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": os.environ["PATH"], "SECRET_KEY": "x" * 44, "ALLOWED_HOSTS": "shop.test"}
        return subprocess.run(
            [self.python, *arguments],
            cwd=self.path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def collect(self) -> subprocess.CompletedProcess[str]:
        return self.run("-c", COLLECT, json.dumps(STATIC))


@pytest.fixture
def shop(tmp_path: Path, python: Path) -> Project:
    project = Project(tmp_path, python)
    found = re.search(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    project.say(found.group(1))
    return project


def test_static_files_are_where_the_web_server_reads_them(shop: Project) -> None:
    done = shop.collect()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    style = shop.path / "staticfiles/admin/css/base.css"
    assert style.stat().st_mode & 0o004
    assert style.parent.stat().st_mode & 0o005 == 0o005


def test_without_static_root_it_is_said_how_to_set_it(shop: Project) -> None:
    shop.say("")
    done = shop.collect()
    assert done.returncode == 0
    assert "STATIC_ROOT is not set. Set STATIC_ROOT = BASE_DIR / 'staticfiles'" in done.stdout


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("STATIC_ROOT = BASE_DIR / 'public'", "masonite_app_static: [{location: /static/, path: public}]"),
        (
            "STATIC_ROOT = BASE_DIR / 'staticfiles'\nSTATIC_URL = '/files/'",
            "masonite_app_static: [{location: /files/, path: staticfiles}]",
        ),
        (
            "STATIC_ROOT = '/var/www/shop'",
            "STATIC_ROOT is /var/www/shop; wanted is a directory of the release.",
        ),
    ],
)
def test_what_the_web_server_would_not_serve_is_refused_with_the_setting(
    settings: str, words: str, shop: Project
) -> None:
    shop.say(settings)
    done = shop.collect()
    assert done.returncode == 1
    assert words in done.stderr


def test_a_project_without_static_files_is_no_error(shop: Project) -> None:
    shop.say("INSTALLED_APPS.remove('django.contrib.staticfiles')")
    assert shop.collect().returncode == 0


def test_the_database_to_back_up_is_that_of_the_settings(shop: Project) -> None:
    def inspect() -> dict[str, object]:
        done = shop.run("-B", "-c", join_sources(*PROGRAM), "inspect")
        assert done.returncode == 0, done.stderr
        answer: dict[str, object] = json.loads(done.stdout)
        return answer

    path = str(shop.path / "db.sqlite3")
    assert inspect() == {"kind": "sqlite", "database": path, "exists": False}
    assert shop.run("manage.py", "migrate", "--noinput").returncode == 0
    assert inspect() == {"kind": "sqlite", "database": path, "exists": True}
    shop.say("DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'NAME': 'shop'}}")
    assert inspect() == {"kind": "postgres", "database": "shop", "exists": True}
