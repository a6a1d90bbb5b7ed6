# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup that is not whole changes nothing; code of an app can spoil its own backup and no more."""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Callable

import pytest
from backup_world import ROOT, App

NAME = "20200102T030405Z-wrong.sqlite3"
HEADER = '{"kind": "sqlite", "database": "/srv/a", "exists": true}'


def no_tables(directory: Path) -> bytes:
    path = directory / "bare"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma user_version = 1")
    return path.read_bytes()


def broken(content: bytes) -> bytes:
    """A page in the middle is garbage; the header and the size are right."""
    return content[:4096] + os.urandom(4096) + content[8192:]


CONTENTS: dict[str, tuple[Callable[[bytes, Path], bytes], str]] = {
    "empty": (lambda _good, _path: b"", "empty"),
    "text": (lambda _good, _path: b"create table guests;", "does not begin"),
    "only a header": (lambda _good, _path: b"SQLite format 3\0", "does not begin"),
    "cut short": (lambda good, _path: good[:-1000], "by its header"),
    "too long": (lambda good, _path: good + b"\0" * 100, "by its header"),
    "zeros after the header": (lambda good, _path: good[:100].ljust(len(good), b"\0"), "damaged"),
    "a broken page": (lambda good, _path: broken(good), "damaged"),
    "no tables": (lambda _good, path: no_tables(path), "no tables"),
    "a dump of PostgreSQL": (lambda _good, _path: b"PGDMP" + b"\0" * 5000, "does not begin"),
}


@pytest.mark.parametrize("content", CONTENTS)
def test_a_backup_that_is_not_whole_changes_nothing(app: App, content: str, tmp_path: Path) -> None:
    make, why = CONTENTS[content]
    app.create("Ada")
    other = app.back_up()
    app.put(NAME, make(app.database.read_bytes(), tmp_path))
    app.add("Grace")
    error = app.refuse("restored", backup=NAME)
    assert (error.reason, why in error.text()) == ("invalid", True), error.text()
    assert NAME in error.text()
    assert error.facts["available"] == [other]
    assert app.rows() == ["Ada", "Grace"]
    assert app.names() == sorted([NAME, other]), "not even a backup of what is there now was made"


@pytest.mark.parametrize("case", ["other content", "cut short", "emptied"])
def test_a_backup_that_is_not_what_it_was_when_it_was_made_is_refused(app: App, case: str) -> None:
    app.create("Ada")
    name = app.back_up()
    app.add("Grace")
    path = app.backups / name
    content = {
        "other content": app.database.read_bytes(),
        "cut short": path.read_bytes()[:-1],
        "emptied": b"",
    }
    path.write_bytes(content[case])
    assert app.refuse("restored", backup=name).reason == "invalid"
    assert app.rows() == ["Ada", "Grace"]


@pytest.mark.parametrize("case", ["link", "fifo", "hard link", "directory"])
def test_what_is_no_file_of_its_own_is_not_restored(app: App, case: str) -> None:
    app.create("Ada")
    path, elsewhere = app.backups / NAME, app.top / "elsewhere"
    elsewhere.write_bytes(app.database.read_bytes())
    {
        "link": lambda: path.symlink_to(elsewhere),
        "fifo": lambda: os.mkfifo(path),
        "hard link": lambda: os.link(elsewhere, path),
        "directory": lambda: path.mkdir(),
    }[case]()
    started = time.monotonic()
    assert app.refuse("restored", backup=NAME).reason in ("not_a_file", "not_found")
    assert app.refuse("restored").reason in ("not_a_file", "not_found")
    assert time.monotonic() - started < 5


# What the Python of an app's virtualenv can be: its build put it there.
HOSTILE = {
    "no answer": ("exit 0", "malformed"),
    "garbage": ("head -c 100000 /dev/urandom", "malformed"),
    "endless line": ("exec tr '\\0' x </dev/zero", "malformed"),
    "a module's answer": ('echo \'{"changed": true, "ansible_facts": {"a": 1}}\'', "malformed"),
    "a list": ("echo '[1]'", "malformed"),
    "endless": (f"echo '{HEADER}'; exec cat /dev/zero", "too_large"),
    "endless, ignoring signals": (
        f"echo '{HEADER}'; trap '' PIPE TERM; timeout -s KILL 3 cat /dev/zero",
        "too_large",
    ),
    "empty": (f"echo '{HEADER}'", "invalid"),
    "not a database": (f"echo '{HEADER}'; head -c 8192 /dev/urandom", "invalid"),
    "garbage behind a header": (
        f"echo '{HEADER}'; printf 'SQLite format 3\\000'; head -c 8176 /dev/urandom",
        "invalid",
    ),
    "fails after all of it": (f"echo '{HEADER}'; cat DATABASE; echo 'it broke' >&2; exit 1", "failed"),
    "killed": (f"echo '{HEADER}'; cat DATABASE; kill -9 $$", "failed"),
    "escapes in its answer": ('printf \'{"kind": "sqlite", "database": "/a\\\\u001b[31m"}\\n\'', "malformed"),
    "another kind": ('echo \'{"kind": "oracle", "database": "", "exists": true}\'; echo x', "malformed"),
    "never ends": ("sleep 1000", "timeout"),
    "no program": ("exec /nowhere", "failed"),
}


@pytest.mark.parametrize("behaviour", HOSTILE)
def test_code_of_an_app_can_spoil_its_own_backup_and_no_more(app: App, behaviour: str) -> None:
    script, reason = HOSTILE[behaviour]
    app.create("Ada")
    name = app.back_up()
    index = (app.backups / "index.jsonl").read_bytes()
    app.replace_python(script.replace("DATABASE", str(app.database)))
    error = app.refuse(keep=1, max_size=5_000_000, timeout=8 if behaviour != "never ends" else 2)
    assert error.reason == reason, error.text()
    assert app.names() == [name], "the backups of before stay, and nothing half is left"
    assert (app.backups / "index.jsonl").read_bytes() == index


def test_a_backup_with_a_broken_page_is_found_though_the_app_says_it_is_whole(app: App) -> None:
    app.create("Ada")
    name = app.back_up()
    spoiled = app.write(app.top / "spoiled", "")
    spoiled.write_bytes(broken(app.database.read_bytes()))
    app.replace_python(f"echo '{HEADER}'; exec cat {spoiled}")
    error = app.refuse()
    assert (error.reason, "discarded" in error.text()) == ("invalid", True)
    assert app.names() == [name]


def test_the_output_of_an_app_loses_its_control_characters(app: App) -> None:
    app.replace_python("printf '\\033[31mred\\033[0m\\007 and\\r green' >&2; exit 1")
    assert app.refuse().message == "red and green"


def test_a_full_disk_is_not_filled_to_the_end(app: App) -> None:
    app.create("Ada")
    name = app.back_up(disk_reserve=100)
    app.execute("create table large (content blob)", "insert into large values (zeroblob(20000000))")
    error = app.refuse(disk_reserve=100)
    assert (error.reason, "disk_reserve" in error.text()) == ("disk_full", True)
    assert app.names() == [name], "a small one is made all the same, a large one is given up"


def test_a_process_outside_that_holds_the_output_open_can_neither_add_nor_stop(app: App) -> None:
    """It gets the descriptor of standard output from the program, by a socket of the app."""
    app.create("Ada")
    holder = app.write(
        app.release / "holder.py",
        "import array, os, socket, sys, time\n"
        "server = socket.socket(socket.AF_UNIX); server.bind(sys.argv[1]); server.listen(1)\n"
        "print('ready', flush=True)\n"
        "other, _ = server.accept(); _, [(_, _, data)], _, _ = other.recvmsg(1, 100)\n"
        "held = array.array('i', data)[0]; other.send(b'x'); time.sleep(4)\n"
        "try: os.write(held, b'forged')\nexcept OSError: os._exit(7)\n",
    )
    app.write(
        app.release / "dotenv.py",
        "import array, socket\n"
        "def dotenv_values(path):\n"
        f"    s = socket.socket(socket.AF_UNIX); s.connect({str(app.shared / 'door')!r})\n"
        "    s.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [3]).tobytes())])\n"
        "    s.recv(1)\n"
        f"    return {{'SQLITE_DB_DATABASE': {str(app.database)!r}}}\n",
    )
    import subprocess

    argv = [sys.executable, str(holder), str(app.shared / "door")]
    identity = {"user": app.account.uid, "group": app.account.gid, "extra_groups": []} if ROOT else {}
    with subprocess.Popen(argv, stdout=subprocess.PIPE, **identity) as process:  # type: ignore[call-overload]
        assert process.stdout.readline() == b"ready\n"
        name = app.back_up()
        assert process.poll() is None, "the end of the output is not waited for"
        assert process.wait(10) == 7, "what it holds is closed"
    assert app.run("checked")["checked"] == name


def test_a_missing_client_is_named_with_its_package(app: App) -> None:
    app.configure(DB_CONNECTION="postgres", DB_DATABASE="blog")
    app.replace_python(f'PATH=/nowhere exec {sys.executable} "$@"')
    error = app.refuse()
    assert error.reason == "client_missing"
    assert error.message.startswith("the program pg_dump is missing")
    assert "postgresql-client" in error.message


# What the ORM of an app says is text of foreign code.
LISTS = {
    "names": (["2026_01_01_create_a"], ["b"], ""),
    "nothing": ([], [], ""),
    "a path": (["../../etc/passwd"], [], "malformed"),
    "a template": (["{{ lookup('pipe', 'id') }}"], [], "malformed"),
    "a line end": (["a\n"], [], "malformed"),
    "a number": ([1], [], "malformed"),
    "an option": (["--all"], [], "malformed"),
    "no list": ("abc", [], "malformed"),
    "a long name": (["a" * 300], [], "malformed"),
    "pending": ([], ["a b"], "malformed"),
}


@pytest.mark.parametrize("case", LISTS)
def test_migrations_are_names_or_an_error(app: App, case: str) -> None:
    applied, pending, reason = LISTS[case]
    app.write(app.release / "wsgi.py", "print('noise of a library')\n")
    ran = [{"migration_file": name} for name in applied]
    for name in [*pending, "__init__"]:
        app.write(app.release / "databases" / "migrations" / f"{name}.py", "")
    app.write(app.release / "databases" / "migrations" / "README.md", "no migration")
    app.write(
        app.release / "masoniteorm" / "migrations.py",
        "class Schema:\n"
        "    def has_table(self, name): return True\n"
        "class Migration:\n"
        "    schema, migration_directory = Schema(), 'databases/migrations'\n"
        "    def __init__(self, config_path): pass\n"
        f"    def get_ran_migrations(self): return {ran!r}\n",
    )
    if case == "no list":
        app.write(
            app.release / "masoniteorm" / "migrations.py",
            'import os\nos.write(3, b\'{"applied": "abc", "pending": []}\\n\')\nos._exit(0)\n',
        )
    if reason:
        assert app.refuse("migrations").reason == reason
    else:
        result = app.run("migrations")
        assert (result["applied"], result["pending"]) == (applied, pending)
