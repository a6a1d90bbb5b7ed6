# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which web framework a revision uses, and what follows."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from release_world import App, Repository, run_as_account, server

from ansible_collections.masonite.deploy.plugins.module_utils._release.errors import ReleaseError
from ansible_collections.masonite.deploy.plugins.module_utils._system.account import find_account
from ansible_collections.masonite.deploy.plugins.module_utils._system.framework import expand_shared

MANAGE = 'os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")'
MASONITE = {"craft": "", "Kernel.py": "", "databases/migrations/2025_a.py": ""}
CASES: dict[str, tuple[dict[str, str], str]] = {
    "craft and Kernel.py": (MASONITE, "masonite"),
    "craft and app/Kernel.py": ({"craft": "", "app/Kernel.py": ""}, "masonite"),
    "only craft": ({"craft": ""}, "none"),
    "Django's manage.py": ({"manage.py": MANAGE, "requirements.txt": "Flask"}, "django"),
    "another manage.py": ({"manage.py": "print(1)"}, "none"),
    "Flask in requirements.txt": ({"requirements.txt": "# web\nFlask==3.0\n"}, "flask"),
    "Flask with extras": ({"requirements.txt": "flask[async]>=3\n"}, "flask"),
    "an extension of Flask": ({"requirements.txt": "Flask-Login==1\nmy-flask\n"}, "none"),
    "Flask in pyproject.toml": (
        {"requirements.txt": "x\n", "pyproject.toml": '[project]\ndependencies = ["flask>=3"]\n'},
        "flask",
    ),
    "Flask of Poetry": (
        {"requirements.txt": "x\n", "pyproject.toml": '[tool.poetry.dependencies]\nFlask = "^3"\n'},
        "flask",
    ),
    "FLASK_APP in .flaskenv": (
        {".flaskenv": "FLASK_APP=shop\n", "requirements.txt": "flask-admin\n"},
        "flask",
    ),
    "nothing that is known": ({}, "none"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_files_of_a_revision_show_its_framework(case: str, app: App, repository: Repository) -> None:
    files, expected = CASES[case]
    repository.commit(files)
    for check_mode in (True, False):
        assert app.call(check_mode)["framework"]["name"] == expected
    app.live(app.present()["release"]["name"])
    found = app.present()
    assert (found["is_live"], found["framework"]["name"]) == (True, expected)
    assert app.info()["live"]["framework"] == expected, "status.yml shows it"


def test_each_revision_is_decided_by_itself(app: App, repository: Repository) -> None:
    repository.commit({"requirements.txt": "flask\n"})
    assert app.deploy()["framework"] == "flask"
    repository.commit(MASONITE)
    assert app.deploy()["framework"] == "masonite"
    assert app.rollback()["framework"] == "flask"


def test_the_setting_goes_over_the_files(app: App, repository: Repository) -> None:
    repository.commit(MASONITE)
    found = app.present(framework="none")["framework"]
    assert (found["name"], found["migrate"], found["generate"]) == ("none", [], [])


@pytest.mark.parametrize(
    ("files", "linked"),
    [
        (MASONITE, {"storage/framework", "storage/logs", "storage/uploads"}),
        ({"manage.py": MANAGE}, {"media", "db.sqlite3"}),
        ({"requirements.txt": "flask"}, {"instance"}),
        ({}, set()),
    ],
)
def test_what_the_framework_writes_to_outlives_a_release(
    files: dict[str, str], linked: set[str], app: App, repository: Repository
) -> None:
    repository.commit(files)
    release = Path(app.deploy(shared=["auto", "data/"])["path"])
    found = {str(path.relative_to(release)) for path in release.rglob("*") if path.is_symlink()}
    assert found == {*linked, "data"}
    assert app.present(shared=["auto", "data/"])["is_live"], "nothing is to be done a second time"


def test_a_path_that_is_named_is_as_it_is_named() -> None:
    assert expand_shared(["auto", "media"], "django") == ("db.sqlite3", "media")
    assert expand_shared(["x/"], "django") == ("x/",)


def test_flask_is_migrated_where_it_has_migrations_of_alembic(app: App, repository: Repository) -> None:
    repository.commit({"requirements.txt": "flask\n"})
    assert app.present()["framework"]["migrate"] == []
    app.deploy()
    repository.commit({"migrations/env.py": ""})
    found = app.present()["framework"]
    assert (found["migrate"], found["each_release_migrates"]) == (["-m", "flask", "db", "upgrade"], True)


@pytest.mark.parametrize(
    ("text", "committed"),
    [
        ("DB_CONNECTION=mysql\nDB_HOST=x\n", {"DB_CONNECTION": "mysql"}),
        ("DB_CONNECTION=sqlite\n", {}),
        ("APP_NAME=x\n", {}),
        ("DB_CONNECTION='a b'\n", {}),
    ],
)
def test_the_kind_of_database_of_a_committed_env_is_kept(
    text: str, committed: dict[str, Any], app: App, repository: Repository, tmp_path: Path
) -> None:
    repository.commit({**MASONITE, ".env": text})
    app.options["links"] = {".env": str(tmp_path / "env")}
    name = app.present()["release"]["name"]
    app.live(name)
    found = app.present()
    assert found["is_live"]
    assert found["framework"]["committed"] == committed
    assert ("DB_CONNECTION" in found["framework"]["defaults"]) is not bool(committed)


def test_the_app_user_collects_static_files_in_empty_directories_of_its_own() -> None:
    with server() as site:
        site.repository.commit({"manage.py": MANAGE, "staticfiles/old.css": "", "public/x": ""})
        release = Path(
            site.app.present(static=["staticfiles", "assets/all", "media/x"], shared=["auto"])["release"][
                "path"
            ]
        )
        for name in ("staticfiles", "assets/all"):
            assert list((release / name).iterdir()) == []
            site.as_app("touch", release / name / "new.css")
        assert (release / "public").owner() == site.build.name
        assert not (site.site / "shared/media/x").exists(), "what is shared is no directory of a release"


def test_no_other_framework_gets_directories_for_static_files(app: App, repository: Repository) -> None:
    repository.commit({"storage/static/a.css": ""})
    release = Path(app.present(static=["storage/static", "staticfiles"])["release"]["path"])
    assert (release / "storage/static/a.css").exists()
    assert not (release / "staticfiles").exists()


def test_the_web_server_reads_shared_files_that_it_serves_and_no_others() -> None:
    web = find_account("www-data")
    if web is None or shutil.which("setfacl") is None:
        pytest.skip("this machine has no user www-data, or no setfacl")
    with server() as site:
        site.site.chmod(0o755)
        shared = site.site / "shared"
        options = {
            "shared": ["storage/uploads/", "storage/logs/"],
            "static": ["storage/static", "storage/uploads/public"],
            "web_group": "www-data",
        }
        site.app.deploy(shared=["storage/logs/"])
        site.as_app("sh", "-c", f"umask 0; echo x > {shared}/open.db; echo x > {shared}/storage/open.log")
        site.repository.commit({"x": ""})
        release = Path(site.app.deploy(**options)["path"])
        site.as_app("sh", "-c", f"umask 0; echo x > {shared}/later.db; echo x > {shared}/storage/later.log")
        opened = ["open.db", "later.db", "storage/open.log", "storage/later.log"]
        for name in (
            "storage/uploads/public/new/pic.txt",
            "storage/uploads/own.txt",
            "storage/logs/app.log",
            "db",
        ):
            command = f"umask 027; mkdir -p $(dirname {shared / name}); echo text > {shared / name}"
            site.as_app("sh", "-c", command)
        run_as_account(web, ["cat", release / "storage/uploads/public/new/pic.txt"])
        for name in ("storage/uploads/own.txt", "storage/logs/app.log", "db", *opened):
            with pytest.raises(subprocess.CalledProcessError):
                run_as_account(web, ["cat", shared / name])
        for name in ("", "storage", "storage/uploads", "storage/logs"):
            with pytest.raises(subprocess.CalledProcessError):
                run_as_account(web, ["ls", shared / name])


def test_an_app_cannot_open_the_files_of_others_by_a_link() -> None:
    if find_account("www-data") is None or shutil.which("setfacl") is None:
        pytest.skip("this machine has no user www-data, or no setfacl")
    with server() as site:
        site.app.deploy(shared=["uploads/"])
        uploads = site.site / "shared" / "uploads"
        site.as_app("sh", "-c", f"rmdir {uploads}; ln -s {site.secret} {uploads}")
        site.repository.commit({"x": ""})
        site.app.options.update(shared=["uploads/"], static=["uploads", "uploads/x"], web_group="www-data")
        with pytest.raises((ReleaseError, OSError, RuntimeError)):
            site.app.deploy()
        run = subprocess.run(["getfacl", site.secret], check=True, capture_output=True, text=True)
        assert "www-data" not in run.stdout
