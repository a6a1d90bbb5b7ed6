"""Migrations: a copy before, none crossed on the way back, and a way to put the copy back."""

from __future__ import annotations

import os

import pytest
from world import Playbook, Site, created, dropped, extra, migration

# A name of its own for each run of the tests.
GUESTS = f"guests{os.getpid()}"
TABLE = migration(f"2093_01_01_000000_create_{GUESTS}_table", created(GUESTS), dropped(GUESTS))
FORGET = migration(f"2093_01_02_000000_forget_{GUESTS}", dropped(GUESTS), created(GUESTS))
databases = pytest.mark.parametrize("site", ["blog", "shop"], indirect=True)


def query(site: Site, sql: str) -> str:
    if site.name == "shop":
        return site.server.sh(f'psql -qtA shop -c "{sql}"', user="postgres")
    script = (
        "import sqlite3, sys\\n"
        f"with sqlite3.connect('{site.path}/shared/database.sqlite3') as base:\\n"
        "    for row in base.execute(sys.argv[1]): print(*row)\\n"
    )
    return site.server.sh(f'printf "{script}" | python3 - "{sql}"', user=site.name)


def guests(site: Site) -> list[str]:
    """Who is in the table, or "no table"."""
    try:
        return query(site, f"SELECT name FROM {GUESTS} ORDER BY name").splitlines()
    except AssertionError as error:
        if "no such table" not in str(error) and "does not exist" not in str(error):
            raise
        return ["no table"]


def backups(site: Site) -> list[str]:
    names = site.server.sh(f"ls {site.path}/backups").split()
    return sorted(name for name in names if name != "index.jsonl")


@databases
def test_migrations_copies_and_the_way_back(site: Site) -> None:
    first, target = site.deploy(), site.live()
    copies = backups(site)
    with site.visitors():
        second = site.deploy(files=TABLE)
        assert guests(site) == []
        query(site, f"INSERT INTO {GUESTS} VALUES ('Ada')")
        assert len(set(backups(site)) - set(copies)) == 1

        # Code does not go back behind its database unasked.
        refused = site.run("rollback.yml")
        refused.failed(f"create_{GUESTS}_table", "masonite_rollback_migrations=true")
        assert (site.mark(), guests(site), site.locked()) == (second, ["Ada"], False)
        assert site.state_of(target) == "good", "the refusal says nothing against the older release"

        # Asked to, the database goes first, and a copy of it before that.
        copies = backups(site)
        site.run("rollback.yml", *extra(masonite_rollback_migrations=True)).succeeded()
        assert (site.mark(), guests(site)) == (first, ["no table"])
        (copy,) = set(backups(site)) - set(copies)

        # One command puts the copy back.
        site.run("restore.yml", *extra(masonite_app_restore=copy)).succeeded()
        assert guests(site) == ["Ada"]
        assert any("before-restore" in name for name in backups(site))


@databases
def test_what_a_migration_destroyed_comes_back_from_the_copy_made_before_it(site: Site) -> None:
    site.deploy(files=TABLE)
    query(site, f"DELETE FROM {GUESTS}")
    query(site, f"INSERT INTO {GUESTS} VALUES ('Grace')")
    with site.visitors():
        site.deploy(files=FORGET)
        assert guests(site) == ["no table"]
        site.run("restore.yml").succeeded().says(f"forget_{GUESTS}")
    assert guests(site) == ["Grace"]
    # The next deploy applies the migrations that the database does not know any more.
    site.deploy()
    assert guests(site) == ["no table"]


@databases
def test_copies_are_roots_alone_and_bounded(site: Site) -> None:
    names = backups(site)
    assert 0 < len(names) <= 6
    for line in site.server.sh(f"stat -c '%a %U' {site.path}/backups {site.path}/backups/*").splitlines():
        assert line in ("700 root", "600 root")


def test_an_unknown_copy_is_refused_with_those_there_are(blog: Site) -> None:
    run = blog.run("restore.yml", *extra(masonite_app_restore="nothing.sqlite3"))
    run.failed("nothing.sqlite3", *backups(blog))


def test_restoring_several_databases_at_once_is_refused(blog: Site) -> None:
    run = Playbook("restore.yml", "--limit", blog.server.name).end()
    run.failed("masonite_app_only is not set", "blog, plain, shop")
