# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups of an SQLite database, and the way back."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from backup_world import OTHER, ROOT, App, mode, rows

WRITER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)
connection.execute(f"pragma journal_mode = {sys.argv[2]}")
connection.execute("create table if not exists one (number)")
connection.execute("create table if not exists two (number, filling)")
number = 0
while True:
    number += 1
    connection.execute("begin immediate")
    connection.execute("insert into one values (?)", (number,))
    connection.execute("insert into two values (?, ?)", (number, "x" * 2000))
    connection.execute("commit")
    if number == 200:
        print("ready", flush=True)
"""


def test_a_backup_holds_the_rows_and_is_roots_alone(app: App) -> None:
    app.create("Ada")
    result = app.run(label="20260102T030400Z-1a2b3c4", release="one", revision="1a2b3c4")
    backup = result["backup"]
    path = Path(backup["path"])
    assert rows(path) == ["Ada"]
    assert (mode(path), path.stat().st_uid, path.stat().st_nlink) == ("0600", os.geteuid(), 1)
    assert path.name.endswith("Z-20260102T030400Z-1a2b3c4.sqlite3")
    assert (result["changed"], result["database_existed"], result["kind"]) == (True, True, "sqlite")
    assert (backup["database"], backup["release"], backup["revision"]) == (
        str(app.database),
        "one",
        "1a2b3c4",
    )
    assert backup["size"] == path.stat().st_size
    assert [entry["name"] for entry in result["backups"]] == [path.name] == app.names()


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_a_backup_is_consistent_while_the_app_writes(app: App, journal: str) -> None:
    identity = {"user": app.account.uid, "group": app.account.gid, "extra_groups": []} if ROOT else {}
    argv = [sys.executable, "-c", WRITER, str(app.database), journal]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, **identity) as writer:  # type: ignore[call-overload]
        try:
            assert writer.stdout.readline() == b"ready\n"
            names = [app.back_up() for _ in range(3)]
            assert writer.poll() is None, "the app can write on during and after a backup"
        finally:
            writer.kill()
    counts = []
    for name in names:
        with closing(sqlite3.connect(app.backups / name)) as copy:
            one, two = (
                copy.execute(f"select count(*) from {table}").fetchone()[0] for table in ("one", "two")
            )
            assert copy.execute("pragma integrity_check").fetchone()[0] == "ok"
        assert one == two
        counts.append(one)
    assert 200 <= counts[0] < counts[-1]


@pytest.mark.parametrize("case", ["missing", "empty file", "no tables"])
def test_a_database_that_is_not_there_yet_is_no_error(app: App, case: str) -> None:
    if case == "empty file":
        app.database.touch()
    if case == "no tables":
        app.execute("create table one (number)", "drop table one")
    result = app.run()
    assert (result["changed"], result["backup"], result["database_existed"]) == (False, None, False)
    assert "no database yet" in result["message"]
    assert app.names() == []
    assert app.database.exists() == (case != "missing"), "asking does not create it"


def test_a_restore_brings_the_rows_back_and_saves_what_was_there(app: App) -> None:
    app.create("Ada")
    name = app.back_up()
    app.add("Grace")
    result = app.run("restored", backup=name)
    assert app.rows() == ["Ada"]
    assert rows(Path(result["saved"]["path"])) == ["Ada", "Grace"]
    assert result["restored"] == name
    assert result["saved"]["label"] == "before-restore"
    app.run("restored")
    assert app.rows() == ["Ada", "Grace"], "without a name it is the newest, which is what was there before"


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_a_process_that_has_the_database_open_sees_what_was_restored(app: App, journal: str) -> None:
    app.create("Ada")
    app.execute(f"pragma journal_mode = {journal}")
    name = app.back_up()
    with closing(sqlite3.connect(app.database)) as process:
        process.execute("delete from guests")
        process.commit()
        for part in app.shared.iterdir():
            app.give(part)
        app.run("restored", backup=name)
        assert process.execute("select name from guests").fetchall() == [("Ada",)]
        process.execute("insert into guests values ('Grace')")
        process.commit()
    assert app.rows() == ["Ada", "Grace"]


def test_a_restore_brings_back_a_database_that_was_removed(app: App) -> None:
    app.create("Ada")
    app.execute("pragma journal_mode = wal")
    app.back_up()
    app.database.unlink()
    app.shared.joinpath("database.sqlite3-wal").write_bytes(b"what a crash left")
    app.give(app.shared / "database.sqlite3-wal")
    result = app.run("restored")
    assert (app.rows(), result["saved"]) == (["Ada"], None)
    assert app.database.stat().st_uid == app.account.uid


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\0" + b"\xff" * 4096])
def test_a_damaged_database_is_replaced_only_when_that_is_asked_for_and_is_kept(
    app: App, content: bytes
) -> None:
    app.create("Ada")
    name = app.back_up()
    app.database.write_bytes(content)
    error = app.refuse("restored", backup=name)
    assert (error.reason, "save_present" in error.text()) == ("damaged", True)
    assert app.database.read_bytes() == content
    result = app.run("restored", backup=name, save_present=False)
    assert app.rows() == ["Ada"]
    (kept,) = app.shared.glob("database.sqlite3.damaged-*")
    assert kept.read_bytes() == content
    assert str(kept) in result["warnings"][0]


def test_a_backup_with_another_page_size_is_restored_into_a_write_ahead_log(app: App) -> None:
    app.create("Ada")
    name = app.back_up()
    app.database.unlink()
    app.execute("pragma page_size = 8192", "pragma journal_mode = wal", "create table other (number)")
    app.run("restored", backup=name)
    assert app.rows() == ["Ada"]


def test_a_locked_database_is_waited_for(app: App) -> None:
    app.create("Ada")
    name = app.back_up()
    holder = (
        "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute('begin exclusive'); print('held', flush=True); time.sleep(1.5)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(app.database)], stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        started = time.monotonic()
        for part in app.shared.iterdir():
            app.give(part)
        app.run("restored", backup=name)
    assert time.monotonic() - started > 1
    assert app.rows() == ["Ada"]


def test_another_kind_of_database_gets_a_warning_and_no_backup(app: App) -> None:
    app.configure(DB_CONNECTION="mysql")
    result = app.run()
    assert (result["changed"], result["supported"]) == (False, False)
    assert "DB_CONNECTION=mysql" in result["warnings"][0]
    assert "masonite_app_backup" in result["warnings"][0]


def test_settings_of_the_app_environment_are_read_as_the_app_reads_them(app: App) -> None:
    app.create("Ada")
    app.configure(APP_ENV="production", DB_CONNECTION="sqlite", SQLITE_DB_DATABASE="/nowhere")
    app.write(app.release / ".env.production", f"SQLITE_DB_DATABASE={app.database}\n")
    assert app.run()["database"] == str(app.database)


def test_check_mode_says_what_would_happen_and_changes_nothing(app: App) -> None:
    assert app.run(check_mode=True)["changed"] is False, "there is no database yet"
    app.create("Ada")
    assert app.run(check_mode=True)["changed"] is True
    assert app.run(check_mode=True, chdir="/nowhere")["changed"] is True, (
        "the release is not there in check mode"
    )
    assert app.names() == []
    name = app.back_up()
    app.add("Grace")
    assert app.run("restored", check_mode=True)["changed"] is True
    assert (app.rows(), app.names()) == (["Ada", "Grace"], [name])


def test_checked_reads_a_backup_and_changes_nothing(app: App) -> None:
    app.create("Ada")
    name = app.back_up()
    result = app.run("checked", python="", chdir="")
    assert (result["changed"], result["checked"]) == (False, name)


def test_an_unknown_backup_is_refused_with_those_there_are(app: App) -> None:
    app.create("Ada")
    names = [app.back_up(), app.back_up()]
    for wanted in ("nothing.sqlite3", "../shared/database.sqlite3", f"{names[0]}\n", ".lock", "index.jsonl"):
        error = app.refuse("restored", backup=wanted)
        assert (error.reason, error.facts["available"]) == ("not_found", names[::-1])
        assert f"{names[1]}, {names[0]}" in error.text()


def test_without_any_backup_a_restore_says_so(app: App) -> None:
    error = app.refuse("restored")
    assert (error.reason, "There is no backup" in error.text()) == ("not_found", True)


@pytest.mark.parametrize("what", ["release", "python"])
def test_a_missing_release_or_python_is_named(app: App, what: str) -> None:
    changes = {"chdir": "/nowhere"} if what == "release" else {"python": "/nowhere/python"}
    error = app.refuse(**changes)
    assert (error.reason, "/nowhere" in error.text()) == (f"no_{what}", True)


@pytest.mark.skipif(not ROOT, reason="needs a file of another user")
def test_the_database_of_another_app_behind_a_link_is_out_of_reach(app: App) -> None:
    theirs = app.top / "theirs"
    theirs.mkdir()
    theirs.chmod(0o755)
    app.execute("create table secrets (name)", path=theirs / "database")
    app.give(theirs / "database", OTHER)
    (theirs / "database").chmod(0o600)
    before = (theirs / "database").read_bytes()
    app.create("Ada")
    name = app.back_up()
    app.database.unlink()
    app.database.symlink_to(theirs / "database")
    assert app.refuse().reason == "failed"
    for save in (True, False):
        app.refuse("restored", backup=name, save_present=save)
    assert (theirs / "database").read_bytes() == before
    assert app.names() == [name]


@pytest.mark.parametrize("kind", ["fifo", "directory"])
def test_a_database_that_is_no_file_is_refused(app: App, kind: str) -> None:
    os.mkfifo(app.database) if kind == "fifo" else app.database.mkdir()
    app.give(app.database)
    assert "not a regular file" in app.refuse(timeout=10).text()
