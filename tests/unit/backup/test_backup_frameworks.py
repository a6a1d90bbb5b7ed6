# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The databases of apps that are not Masonite's."""

from __future__ import annotations

from pathlib import Path

import pytest
from backup_world import App

from ansible_collections.masonite.deploy.plugins.module_utils._backup.program.database_url import (
    find_instance_database,
    read_database_url,
)


def test_the_database_of_an_address_is_backed_up_and_restored(app: App) -> None:
    app.create("ann")
    app.configure()
    environment = {"DATABASE_URL": f"sqlite:///{app.database}"}
    name = app.back_up(environment=environment)
    app.add("bob")
    app.run("restored", backup=name, environment=environment)
    assert app.rows() == ["ann"]


def test_an_app_that_does_not_say_what_it_has_is_told_so_and_goes_on(app: App) -> None:
    app.configure(APP="x")
    result = app.run()
    assert result["supported"] is False
    assert "does not say which database it has (DATABASE_URL)" in result["message"]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("sqlite:////srv/a%20b/app.db", {"DB_CONNECTION": "sqlite", "SQLITE_DB_DATABASE": "/srv/a b/app.db"}),
        ("sqlite:///app.db", {"DB_CONNECTION": "sqlite", "SQLITE_DB_DATABASE": "app.db"}),
        (
            "postgresql+psycopg2://ann:p%40ss@db:5433/blog?sslmode=require",
            {
                "DB_CONNECTION": "postgresql",
                "DB_HOST": "db",
                "DB_PORT": "5433",
                "DB_USERNAME": "ann",
                "DB_PASSWORD": "p@ss",
                "DB_DATABASE": "blog",
            },
        ),
        *(
            (
                f"postgresql://ann:{password}@[::1]:5433/blog?application_name=a@b",
                {
                    "DB_CONNECTION": "postgresql",
                    "DB_HOST": "::1",
                    "DB_PORT": "5433",
                    "DB_USERNAME": "ann",
                    "DB_PASSWORD": password,
                    "DB_DATABASE": "blog",
                },
            )
            for password in ("p[ss", "p/ss", "12#ss", "p?ss", "p@ss", "p:ss")
        ),
        ("sqlite:////data/a@b.db", {"DB_CONNECTION": "sqlite", "SQLITE_DB_DATABASE": "/data/a@b.db"}),
        ("postgresql:///blog", {"DB_CONNECTION": "postgresql", "DB_DATABASE": "blog"}),
        ("mysql://db/blog", {"DB_CONNECTION": "mysql", "DB_HOST": "db", "DB_DATABASE": "blog"}),
    ],
)
def test_the_parts_of_an_address(address: str, expected: dict[str, str]) -> None:
    assert read_database_url(address) == expected


def test_a_relative_path_is_in_flasks_directory_if_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_instance_database() == ""
    (tmp_path / "instance").mkdir()
    (tmp_path / "instance/app.db").touch()
    assert read_database_url("sqlite:///app.db")["SQLITE_DB_DATABASE"] == "instance/app.db"
    assert find_instance_database() == "instance/app.db"
    (tmp_path / "instance/second.sqlite3").touch()
    assert find_instance_database() == ""
