# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SQLite databases in a repository: never passed over in silence, and taken over by one option."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from release_world import App, Repository, Server, refused, server

MASONITE = {"craft": "", "Kernel.py": ""}


def fill(path: Path, *posts: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("create table if not exists migrations (name text)")
        database.execute("insert into migrations values ('2025_a')")
        database.execute("create table if not exists posts (title text)")
        database.executemany("insert into posts values (?)", [(post,) for post in posts])


def posts(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        return [row[0] for row in database.execute("select title from posts")]


@pytest.fixture
def blog(app: App, repository: Repository) -> App:
    fill(repository.path / "masonite.sqlite3", "one", "two", "three")
    repository.commit(MASONITE)
    app.options["database"] = str(app.path / "shared/database.sqlite3")
    return app


def test_the_first_release_tells_of_a_database_and_its_rows(blog: App, repository: Repository) -> None:
    (warning,) = blog.present()["warnings"]
    assert "The repository has the SQLite database masonite.sqlite3 (rows: posts 3)." in warning
    assert "It is not used: the app's database is" in warning
    assert "set database_from_repository: masonite.sqlite3" in warning
    blog.deploy()
    repository.commit({"x": ""})
    assert blog.present()["warnings"] == [], "it is told once"


def test_its_content_becomes_that_of_the_apps_database_once(blog: App, repository: Repository) -> None:
    database = Path(blog.options["database"])
    wanted = {"database_from_repository": "masonite.sqlite3"}
    found = blog.present(**wanted)
    assert (found["database_taken"], found["warnings"], posts(database)) == (
        True,
        [],
        ["one", "two", "three"],
    )
    blog.deploy(**wanted)
    fill(database, "four")
    repository.commit({"x": ""})
    found = blog.present(**wanted)
    assert (found["database_taken"], found["warnings"]) == (False, [])
    assert posts(database) == ["one", "two", "three", "four"]


def test_it_can_be_asked_for_after_the_first_deploy(blog: App) -> None:
    database = Path(blog.options["database"])
    blog.deploy()
    fill(database)
    found = blog.present(database_from_repository="masonite.sqlite3")
    assert (found["is_live"], found["database_taken"]) == (True, True)
    assert posts(database) == ["one", "two", "three"]


def test_rows_that_are_there_are_never_overwritten(blog: App) -> None:
    database = Path(blog.options["database"])
    fill(database, "of a visitor")
    found = blog.present(database_from_repository="masonite.sqlite3")
    assert (found["database_taken"], posts(database)) == (False, ["of a visitor"])
    assert "was not taken over, because the app's database" in found["warnings"][0]
    assert "has rows: posts 1" in found["warnings"][0]


@pytest.mark.parametrize("name", ["missing.sqlite3", "wsgi.py"])
def test_what_is_no_database_is_refused(blog: App, name: str) -> None:
    with refused("committed_database", name, "is no SQLite database of the revision"):
        blog.present(database_from_repository=name)


def test_check_mode_takes_nothing_over(blog: App) -> None:
    assert not blog.call(True, database_from_repository="masonite.sqlite3")["database_taken"]
    assert not Path(blog.options["database"]).exists()


def test_a_database_at_a_shared_path_is_the_apps_own(app: App, repository: Repository) -> None:
    fill(repository.path / "db.sqlite3", "one")
    repository.commit({"manage.py": "DJANGO_SETTINGS_MODULE"})
    (warning,) = app.present(shared=["auto"])["warnings"]
    assert "db.sqlite3 (rows: posts 1). It is the app's own from now on" in warning
    assert posts(app.path / "shared/db.sqlite3") == ["one"]


def test_other_files_are_no_databases(app: App, repository: Repository) -> None:
    repository.commit({"a.db": "x" * 1000, "b.sqlite3": "SQLite format 3\0" + "x" * 1000, "c.sqlite": ""})
    assert app.present()["warnings"] == []


@pytest.fixture
def site() -> Iterator[Server]:
    with server() as found:
        yield found


def test_root_opens_no_database(site: Server) -> None:
    """The app puts a link to a file of root's where its database is."""
    fill(site.repository.path / "masonite.sqlite3", "one")
    site.repository.commit(MASONITE)
    options: dict[str, Any] = {"shared": ["storage/"], "database": str(site.site / "shared/database.sqlite3")}
    site.app.deploy(**options)
    secret = site.secret / "key"
    before = secret.read_bytes()
    site.as_app("ln", "-s", secret, site.site / "shared/database.sqlite3")
    with refused("committed_database", "could not be taken over"):
        site.app.present(**options, database_from_repository="masonite.sqlite3")
    assert secret.read_bytes() == before
    site.as_app("rm", site.site / "shared/database.sqlite3")
    assert site.app.present(**options, database_from_repository="masonite.sqlite3")["database_taken"]
    assert (site.site / "shared/database.sqlite3").owner() == site.owner.name
