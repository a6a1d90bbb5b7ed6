# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups of a real PostgreSQL server that wants a password."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from backup_world import ROOT, App

PROGRAMS = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
PASSWORD = "a secret with 'quotes'"
pytestmark = pytest.mark.skipif(
    PROGRAMS is None or shutil.which("pg_dump") is None, reason="PostgreSQL is not installed"
)


@dataclass(frozen=True)
class Server:
    directory: Path

    def query(self, sql: str, database: str = "postgres", user: str = "blog") -> list[str]:
        argv = [
            "psql",
            "-qtA",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            str(self.directory),
            "-U",
            user,
            "-c",
            sql,
            database,
        ]
        env = {**os.environ, "PGPASSWORD": PASSWORD}
        return subprocess.run(argv, env=env, check=True, capture_output=True, text=True).stdout.split()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    assert PROGRAMS is not None
    directory = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    directory.chmod(0o755)
    (directory / "password").write_text(PASSWORD)
    identity: dict[str, Any] = {"cwd": directory}
    if ROOT:  # PostgreSQL does not run as root, and wants a user with an account
        entry = pwd.getpwnam("nobody")
        os.chown(directory, entry.pw_uid, entry.pw_gid)
        identity.update(user=entry.pw_uid, group=entry.pw_gid, extra_groups=[])
    data = directory / "data"
    make = [f"{PROGRAMS}/initdb", "-D", str(data), "-U", "admin", "-A", "scram-sha-256", "--no-sync"]
    subprocess.run([*make, f"--pwfile={directory}/password"], check=True, capture_output=True, **identity)
    options = f"-k {directory} -c listen_addresses='' -c fsync=off"
    control = [f"{PROGRAMS}/pg_ctl", "-D", str(data), "-w", "-s"]
    start = [*control, "-l", f"{directory}/log", "-o", options, "start"]
    subprocess.run(start, check=True, **identity)
    try:
        server = Server(directory)
        quoted = PASSWORD.replace("'", "''")
        server.query(f"create role blog login password '{quoted}'", user="admin")
        yield server
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], check=True, **identity)
        shutil.rmtree(directory)


@pytest.fixture
def shop(app: App, server: Server) -> App:
    database = app.top.name.replace("-", "_")
    server.query(f"create database {database} owner blog", user="admin")
    server.query("create table guests (name text); insert into guests values ('Ada')", database)
    settings = {"DB_CONNECTION": "postgres", "DB_HOST": str(server.directory), "DB_USERNAME": "blog"}
    app.write(
        app.release / ".env",
        "".join(f"{name}={value}\n" for name, value in settings.items())
        + f'DB_PASSWORD="{PASSWORD}"\nDB_DATABASE={database}\n',
    )
    return app


def database(app: App) -> str:
    return app.top.name.replace("-", "_")


def test_a_backup_and_the_way_back(shop: App, server: Server) -> None:
    result = shop.run()
    name = result["backup"]["name"]
    assert (result["kind"], result["database"], name[-7:]) == ("postgres", database(shop), ".pgdump")
    server.query("insert into guests values ('Grace')", database(shop))
    restored = shop.run("restored", backup=name)
    assert server.query("select name from guests", database(shop)) == ["Ada"]
    shop.run("restored", backup=restored["saved"]["name"])
    assert server.query("select name from guests", database(shop)) == ["Ada", "Grace"]


@pytest.mark.parametrize("case", ["cut short", "garbage", "emptied"])
def test_a_dump_that_is_not_whole_changes_nothing(shop: App, server: Server, case: str) -> None:
    server.query(
        "insert into guests select md5(random()::text) from generate_series(1, 3000)", database(shop)
    )
    content = (shop.backups / shop.back_up()).read_bytes()
    contents = {"cut short": content[:-10000], "garbage": b"PGDMP" + os.urandom(5000), "emptied": b""}
    wrong = shop.put("20200102T030405Z-wrong.pgdump", contents[case])
    error = shop.refuse("restored", backup=wrong.name)
    assert (error.reason, wrong.name in error.text()) == ("invalid", True)
    assert server.query("select count(*) from guests", database(shop)) == ["3001"]


def test_a_table_and_a_view_that_are_newer_than_the_backup_do_not_stay(shop: App, server: Server) -> None:
    name = shop.back_up()
    server.query("create table posts (id int); create view summary as select * from guests", database(shop))
    restored = shop.run("restored", backup=name)
    tables = "select table_name from information_schema.tables where table_schema = 'public' order by 1"
    assert server.query(tables, database(shop)) == ["guests"]
    shop.run("restored", backup=restored["saved"]["name"])
    assert server.query(tables, database(shop)) == ["guests", "posts", "summary"]


def test_a_restore_that_fails_half_way_changes_nothing(shop: App, server: Server) -> None:
    name = shop.back_up()
    server.query("create table posts (id int)", database(shop))
    body = "language plpgsql as $$ begin raise 'refused by a trigger'; end $$"
    server.query(f"create function refuse() returns event_trigger {body}", database(shop), user="admin")
    when = "on ddl_command_start when tag in ('CREATE TABLE') execute function refuse()"
    server.query(f"create event trigger refuse {when}", database(shop), user="admin")
    error = shop.refuse("restored", backup=name)
    assert (error.reason, "refused by a trigger" in error.text(), "not changed" in error.text()) == (
        "failed",
        True,
        True,
    )
    assert server.query("select name from guests", database(shop), user="admin") == ["Ada"]
    assert server.query("select count(*) from posts", database(shop)) == ["0"]


def test_the_password_is_neither_in_an_error_nor_in_a_result(shop: App) -> None:
    text = str(shop.run())
    environment = (shop.release / ".env").read_text()
    shop.write(shop.release / ".env", environment.replace(PASSWORD, "wrong secret"))
    error = shop.refuse()
    assert "password authentication failed" in error.text()
    assert "secret" not in text + error.text()


def test_a_backup_of_the_other_kind_is_refused(shop: App) -> None:
    shop.create("Ada")
    shop.put("20200102T030405Z-other.sqlite3", shop.database.read_bytes())
    error = shop.refuse("restored", backup="20200102T030405Z-other.sqlite3")
    assert "the backup is of sqlite, but the app's .env has DB_CONNECTION=postgres" in error.text()


def test_after_a_failed_migration_the_database_is_left_and_the_command_is_named(
    shop: App, server: Server
) -> None:
    name = shop.back_up(release="one")
    server.query("delete from guests", database(shop))
    result = shop.run("reverted", release="one")
    assert (result["reverted"], result["changed"]) == (False, False)
    assert f"restore {name}" in result["message"]
