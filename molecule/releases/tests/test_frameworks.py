"""The apps of docs/django.md and docs/flask.md, with the packages of PyPI: live at the first try."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from world import Playbook, Server, sh

ROOT = Path(__file__).parents[3]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
MODEL = """
import time

from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///app.db"
db = SQLAlchemy(app)
Migrate(app, db)


class Note(db.Model):
    id = db.Column(db.Integer, primary_key=True)


@app.route("/notes")
def notes():
    db.session.add(Note())
    db.session.commit()
    return f"{Note.query.count()} notes, {time.strftime('%Z')}, {len(app.config['SECRET_KEY'])}"
"""


def blocks(page: str, language: str) -> list[str]:
    """The examples of a page."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    return [block for found, block in BLOCK.findall(text) if found == language]


def inventory(page: str, name: str) -> dict[str, Any]:
    """The settings of an app, as the first example of a page has them."""
    settings: dict[str, Any] = yaml.safe_load(blocks(page, "yaml")[0])["masonite_apps"][name]
    return {**settings, "repository": f"/srv/git/{name}.git"}


class Project:
    """A project on this machine, and its bare repository, from which the server fetches."""

    def __init__(self, directory: Path, name: str) -> None:
        self.path = directory / name
        self.path.mkdir()
        self.bare = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "git" / f"{name}.git"
        sh("git", "init", "-q", "--bare", "--initial-branch=main", str(self.bare))
        sh("git", "init", "-q", "--initial-branch=main", cwd=self.path)

    def push(self, files: Mapping[str, str] | None = None) -> None:
        for name, text in (files or {}).items():
            file = self.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        sh("git", "add", "-A", cwd=self.path)
        author = ("-c", "user.name=Tests", "-c", "user.email=tests@localhost", "-c", "commit.gpgsign=false")
        sh("git", *author, "commit", "-q", "-m", "change", cwd=self.path)
        sh("git", "push", "-q", str(self.bare), "HEAD:main", cwd=self.path)


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtualenv as a developer has it."""
    path = tmp_path_factory.mktemp("tools") / "venv"
    uv = str(Path(sys.executable).with_name("uv"))
    sh(uv, "venv", "-q", "--python", sys.executable, str(path))
    packages = ("django", "flask", "flask-sqlalchemy", "flask-migrate")
    sh(uv, "pip", "install", "-q", "--python", str(path / "bin/python"), *packages)
    return path / "bin"


@pytest.fixture(scope="module")
def shop(tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A new Django project, with what the page says."""
    project = Project(tmp_path_factory.mktemp("shop"), "shop2")
    sh(str(tools / "django-admin"), "startproject", "shop", ".", cwd=project.path)
    settings = project.path / "shop/settings.py"
    settings.write_text(settings.read_text() + "\n" + blocks("django.md", "python")[0])
    project.push({"requirements.txt": "django\n"})
    return project


@pytest.fixture(scope="module")
def notes(tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The Flask app of the page, with a database and its migrations."""
    project = Project(tmp_path_factory.mktemp("notes"), "notes")
    (project.path / "app.py").write_text(blocks("flask.md", "python")[0] + MODEL)
    for command in (("init",), ("migrate", "-m", "first")):
        done = subprocess.run(
            [tools / "flask", "--app", "app:app", "db", *command],
            cwd=project.path,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
    project.push(
        {"requirements.txt": "Flask\nFlask-SQLAlchemy\nFlask-Migrate\n", ".gitignore": "instance/\n"}
    )
    return project


@pytest.fixture(scope="module")
def settings(shop: Project, notes: Project) -> dict[str, Any]:
    flask = {**inventory("flask.md", "notes"), "environment": {"TZ": "Asia/Tokyo"}}
    flask["domains"] = ["notes.test"]
    django = {**inventory("django.md", "shop"), "domains": ["shop2.test"], "repository": "/srv/git/shop2.git"}
    static = [("/static/", "staticfiles"), ("/media/", "media")]
    django["static"] = [{"location": location, "path": path} for location, path in static]
    return {"masonite_apps": {"shop2": django, "notes": flask}}


def run(playbook: str, server: Server, settings: dict[str, Any], *arguments: str) -> str:
    extra = ["--limit", server.name, "-e", json.dumps(settings), *arguments]
    return Playbook(playbook, *extra).end().succeeded().output


def get(server: Server, host: str, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection(server.address, timeout=30)
    try:
        connection.request("GET", path, headers={"Host": host})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    finally:
        connection.close()


@pytest.fixture(scope="module")
def live(main_server: Server, settings: dict[str, Any]) -> Server:
    """Both apps, by one run of site.yml."""
    run("site.yml", main_server, settings)
    return main_server


def test_a_new_django_project_is_live_with_its_static_files_and_database(live: Server) -> None:
    status, page = get(live, "shop2.test", "/admin/login/")
    assert (status, "Django administration" in page) == (200, True)
    found = re.search(r'href="(/static/admin/css/base[^"]*)"', page)
    assert found is not None, page
    status, text = get(live, "shop2.test", found.group(1))
    assert (status, "font" in text) == (200, True), "the app does not serve it with DEBUG off"
    database = "file:/srv/sites/shop2/shared/db.sqlite3?mode=ro"
    query = "select count(*) from django_migrations"
    program = f"import sqlite3; print(*sqlite3.connect('{database}', uri=True).execute('{query}').fetchone())"
    tables = live.sh(f'python3 -c "{program}"')
    assert int(tables) > 10


def test_uploads_are_served_by_nginx_and_nothing_beside_them(live: Server) -> None:
    media = "/srv/sites/shop2/shared/media"
    live.sh(f"umask 027; mkdir -p {media}/new; echo picture > {media}/new/pic.txt", user="shop2")
    assert get(live, "shop2.test", "/media/new/pic.txt") == (200, "picture\n")
    live.sh("! runuser -u www-data -- cat /srv/sites/shop2/shared/db.sqlite3 >/dev/null 2>&1")
    live.sh("! runuser -u www-data -- ls /srv/sites/shop2/shared 2>&1")


def test_a_flask_app_is_live_with_its_database_and_its_environment(live: Server) -> None:
    assert get(live, "notes.test", "/") == (200, "It works")
    assert get(live, "notes.test", "/notes") == (200, "1 notes, JST, 44")
    live.sh("test -s /srv/sites/notes/shared/instance/app.db")


def test_the_environment_is_seen_by_no_other_user(live: Server) -> None:
    key = live.sh("grep ^SECRET_KEY= /srv/sites/notes/.env").partition("=")[2].strip("'")
    assert len(key) == 44
    seen = live.sh("ps -eww -o args=; cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'", user="nobody")
    files = "/etc/systemd/system/uwsgi-notes-* /etc/uwsgi-instances/notes/*"
    seen += live.sh(f"systemctl show 'uwsgi-notes-*'; cat {files} 2>/dev/null || true", user="nobody")
    assert "uwsgi" in seen
    assert key not in seen


def test_a_second_run_changes_nothing_and_a_new_version_keeps_the_data(
    live: Server, settings: dict[str, Any], shop: Project, notes: Project
) -> None:
    output = run("deploy.yml", live, settings)
    assert re.findall(r"changed=(\d+)", output) == ["0"]
    before = get(live, "notes.test", "/notes")[1]
    notes.push({"VERSION": "2"})
    shop.push({"VERSION": "2"})
    run("deploy.yml", live, settings)
    assert get(live, "notes.test", "/notes")[1] == before.replace("2 notes", "3 notes")
    assert get(live, "shop2.test", "/media/new/pic.txt")[0] == 200
    assert "sqlite3" in live.sh("ls /srv/sites/shop2/backups /srv/sites/notes/backups")
    status = run("status.yml", live, settings, "-e", "masonite_status_format=json")
    assert '"framework": "django"' in status.replace("\\", "")
    assert '"framework": "flask"' in status.replace("\\", "")
