# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An app set up by hand is brought along: key, database and uploads, once, while its process serves."""

from __future__ import annotations

import os
import signal
import sqlite3
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from home_world import KEY, World

from ansible_collections.masonite.deploy.plugins.module_utils._app_home import database_move
from ansible_collections.masonite.deploy.plugins.module_utils._app_home.database_move import DatabaseMove
from ansible_collections.masonite.deploy.plugins.module_utils._app_home.database_writer import (
    find_database_writer,
)
from ansible_collections.masonite.deploy.plugins.module_utils._app_home.errors import HomeError
from ansible_collections.masonite.deploy.plugins.module_utils._app_home.options import Options
from ansible_collections.masonite.deploy.plugins.module_utils._app_home.removal import Removal
from ansible_collections.masonite.deploy.plugins.module_utils._system.account import Account

PUBLISHED = "-RkDOqXojJIlsF_I8wWiUq_KRZ0PtGWTOZ676u5HtLg="
VISITOR = 61050
SHARED = {"shared": ["storage/uploads/"]}
# The format of SQLite's journals; the page that holds the lock is never part of one.
PAGE, SECTOR = 4096, 512
LOCK_PAGE = 0x40000000 // PAGE + 1
JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")

# A process such as Masonite's: a connection a query, by the path that is given; it says each row it has
# committed.
WRITER = """
import os, sqlite3, sys
path, uid, gid, pause = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
os.setgroups([]); os.setgid(gid); os.setuid(uid)
import time
for number in range(1, 1000000):
    connection = sqlite3.connect(path, timeout=10)
    connection.execute("insert into users values (?)", (f"{os.getpid()}-{number}",))
    connection.commit()
    connection.close()
    print(f"{os.getpid()}-{number}", flush=True)
    time.sleep(pause)
"""
# Changes pages on disk in a transaction that it never ends.
UNFINISHED = """
import os, sqlite3, sys, time
path, uid, gid = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
os.setgroups([]); os.setgid(gid); os.setuid(uid)
connection = sqlite3.connect(path, isolation_level=None)
connection.execute("pragma cache_size=1")
connection.execute("begin immediate")
connection.execute("update users set name = 'lost' || hex(zeroblob(2000))")
print("ready", flush=True)
time.sleep(60)
"""


class ByHand:
    """The directory of an app set up by hand."""

    def __init__(self, world: World, journal_mode: str = "delete") -> None:
        self.world = world
        self.path = world.root / "sites" / "example"
        (self.path / "storage/uploads/deep").mkdir(parents=True)
        self.database = self.path / "masonite.sqlite3"
        with closing(sqlite3.connect(self.database)) as connection:
            connection.execute(f"pragma journal_mode={journal_mode}")
            connection.execute("create table users (name text)")
            connection.executemany("insert into users values (?)", [(f"before-{n}",) for n in range(500)])
            connection.commit()
        self.write(".env", f"APP_KEY={KEY}\nDB_CONNECTION=sqlite\nSQLITE_DB_DATABASE=masonite.sqlite3\n")
        self.write("wsgi.py", "code")
        self.write("storage/uploads/cat.txt", "a cat")
        self.write("storage/uploads/deep/dog.txt", "a dog")

    def write(self, name: str, content: str) -> None:
        (self.path / name).write_text(content)

    def adopt(self, **changes: Any) -> dict[str, Any]:
        return self.world.run(**self.options(**changes))

    def options(self, **changes: Any) -> dict[str, Any]:
        shared = [".env", "storage/logs/", "storage/uploads/"]
        return {"adopt": self.path, "shared": shared, "refused_values": [PUBLISHED], **changes}


@pytest.fixture
def by_hand(world: World) -> ByHand:
    return ByHand(world)


def names_in(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("pragma integrity_check").fetchone()[0] == "ok"
        return [name for (name,) in connection.execute("select name from users")]


@contextmanager
def process(code: str, *arguments: object, cwd: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", code, *map(str, arguments)]
    started = subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield started
    finally:
        started.kill()
        started.wait()
        for stream in (started.stdout, started.stderr):
            assert stream is not None
            stream.close()


def test_key_database_and_uploads_come_along_and_the_rest_stays(by_hand: ByHand) -> None:
    world = by_hand.world
    expected = by_hand.adopt(check_mode=True)
    assert not world.path.exists()
    result = by_hand.adopt()
    assert result["adopted"] == expected["adopted"] == ["APP_KEY", str(by_hand.database), "storage/uploads"]
    assert KEY not in str(result)
    assert (world.path / ".env").read_text() == f"APP_KEY='{KEY}'\n"
    assert world.rights(".env") == "root:root 0600"
    assert len(names_in(world.database)) == 500
    assert world.rights("shared/database.sqlite3") == "blog:blog 0660"
    assert (world.path / "shared/storage/uploads/cat.txt").read_text() == "a cat"
    assert world.rights("shared/storage/uploads/deep/dog.txt").startswith("blog:blog")
    assert (by_hand.path / "storage/uploads/cat.txt").read_text() == "a cat"
    assert os.readlink(by_hand.database) == str(world.database)
    assert sorted(os.listdir(by_hand.path)) == [".env", "masonite.sqlite3", "storage", "wsgi.py"]


@pytest.mark.parametrize(("mode", "writer"), [(0o666, "directory"), (0o644, "root")])
def test_a_database_and_a_directory_of_different_owners(by_hand: ByHand, mode: int, writer: str) -> None:
    """The one who owns the directory can write a database that all can write; root, where only root can."""
    os.chown(by_hand.database, VISITOR + 1, VISITOR + 1)
    by_hand.database.chmod(mode)
    if writer == "directory":
        os.chown(by_hand.path, VISITOR, VISITOR)
    found = find_database_writer(str(by_hand.database), by_hand.world.accounts)
    assert (found.uid if found else 0) == (VISITOR if writer == "directory" else 0)
    by_hand.adopt()
    assert len(names_in(by_hand.world.database)) == 500


def test_an_app_of_this_collection_comes_along_under_another_name(world: World) -> None:
    by_hand = ByHand(world)
    world.run(
        name="old", adopt=by_hand.path, **SHARED, database=world.root / "sites/old/shared/database.sqlite3"
    )
    old = world.root / "sites/old"
    key = (old / ".env").read_text().strip()
    (old / ".env").write_text(f"{key}\nSQLITE_DB_DATABASE='{old}/shared/database.sqlite3'\n")
    result = world.run(adopt=old, **SHARED)
    assert result["adopted"] == ["APP_KEY", f"{old}/shared/database.sqlite3", "storage/uploads"]
    assert len(names_in(world.database)) == 500
    assert os.readlink(old / "shared/database.sqlite3") == str(world.database)
    assert (world.path / "shared/storage/uploads/deep/dog.txt").read_text() == "a dog"


def test_an_app_that_was_removed_comes_back(world: World) -> None:
    by_hand = ByHand(world)
    world.run(adopt=by_hand.path, **SHARED)
    key = world.path.joinpath(".env").read_text().strip()
    world.write(".env", f"{key}\nSQLITE_DB_DATABASE='{world.database}'\n", 0, 0)
    names = dict.fromkeys(("path", "venvs", "runtime_dir", "socket", "live_link", "user"))
    options = {**names, "name": "blog", "state": "absent", "record_dir": world.record_dir}
    kept = Removal(Options.read(options, False), world.accounts).run()["kept"]
    assert not world.path.exists()
    world.run(adopt=kept, **SHARED)
    assert len(names_in(world.database)) == 500
    assert KEY in world.path.joinpath(".env").read_text()
    assert (world.path / "shared/storage/uploads/cat.txt").read_text() == "a cat"


def test_nothing_is_brought_along_twice(by_hand: ByHand) -> None:
    by_hand.adopt()
    by_hand.write("storage/uploads/late.txt", "late")
    (by_hand.world.path / ".env").unlink()
    result = by_hand.adopt()
    assert (result["adopted"], result["changed"]) == ([], False)
    assert not (by_hand.world.path / ".env").exists()


def test_nothing_is_brought_along_to_an_app_that_is_live(by_hand: ByHand) -> None:
    by_hand.world.run()
    (by_hand.world.root / "sockets/blog.root").symlink_to(by_hand.world.path / "releases/x")
    result = by_hand.adopt()
    assert (result["adopted"], result["changed"]) == ([], False)
    assert "has a live release already" in result["warnings"][0]
    assert not by_hand.database.is_symlink()


def test_a_published_key_is_not_brought_along(by_hand: ByHand) -> None:
    by_hand.write(".env", f"APP_KEY='{PUBLISHED}'\n")
    result = by_hand.adopt()
    assert "APP_KEY" not in result["adopted"]
    assert not (by_hand.world.path / ".env").exists()
    assert "is published" in result["warnings"][0]


@pytest.mark.parametrize(
    "line", [f'APP_KEY="{KEY}"', f"export APP_KEY = {KEY}", f"APP_KEY={KEY}  # a key", f"APP_KEY='{KEY}'"]
)
def test_the_key_is_read_as_people_write_it(by_hand: ByHand, line: str) -> None:
    by_hand.write(".env", f"# settings\n{line}\nDB_CONNECTION='sqlite'\n")
    by_hand.adopt()
    assert (by_hand.world.path / ".env").read_text() == f"APP_KEY='{KEY}'\n"


def test_the_only_database_is_found_without_a_setting(by_hand: ByHand) -> None:
    (by_hand.path / ".env").unlink()
    assert by_hand.adopt()["adopted"][0] == str(by_hand.database)


def test_a_database_of_another_kind_is_left_to_the_person(by_hand: ByHand) -> None:
    by_hand.write(".env", f"APP_KEY={KEY}\nDB_CONNECTION=postgres\n")
    assert by_hand.adopt()["adopted"] == ["APP_KEY", "storage/uploads"]


def _of_two_owners(by_hand: ByHand) -> None:
    os.chown(by_hand.path, VISITOR, VISITOR)
    os.chown(by_hand.database, VISITOR + 1, VISITOR + 1)
    by_hand.database.chmod(0o644)


def _beside_what_others_write(by_hand: ByHand) -> None:
    by_hand.path.chmod(0o777)


def _two(by_hand: ByHand) -> None:
    (by_hand.path / ".env").unlink()
    by_hand.write("other.sqlite3", "")


def _outside(by_hand: ByHand) -> None:
    by_hand.write(".env", "SQLITE_DB_DATABASE=/srv/sites/alice/shared/database.sqlite3\n")


def _above(by_hand: ByHand) -> None:
    by_hand.write(".env", "SQLITE_DB_DATABASE=../alice.sqlite3\n")


def _linked(by_hand: ByHand) -> None:
    by_hand.database.rename(by_hand.world.root / "real.sqlite3")
    by_hand.database.symlink_to(by_hand.world.root / "real.sqlite3")


def _named_twice(by_hand: ByHand) -> None:
    os.link(by_hand.database, by_hand.world.root / "second.sqlite3")


def _env_is_a_link(by_hand: ByHand) -> None:
    (by_hand.path / ".env").unlink()
    (by_hand.path / ".env").symlink_to("/etc/shadow")


def _there_already(by_hand: ByHand) -> None:
    by_hand.world.run()
    by_hand.world.database.write_text("rows of a first try")


def _gone(by_hand: ByHand) -> None:
    by_hand.path.rename(by_hand.world.root / "gone")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_two, "more than one database"),
        (_outside, "outside of it"),
        (_above, "outside of it"),
        (_linked, "a symbolic link"),
        (_named_twice, "2 names"),
        (_of_two_owners, "SQLite writes the file and beside it"),
        (_beside_what_others_write, "SQLite writes the file and beside it"),
        (_env_is_a_link, "No link is followed"),
        (_there_already, "exists"),
        (_gone, "missing"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_cannot_be_brought_along_is_refused_before_any_change(
    by_hand: ByHand, change: Any, says: str
) -> None:
    change(by_hand)
    error = by_hand.world.refused(**by_hand.options())
    assert error.reason == "adopt"
    assert says in error.message
    assert "masonite_app_adopt" in error.message


@pytest.mark.parametrize("path", ["/etc", "../other", "storage/../../x", "."])
def test_a_shared_path_outside_is_refused(by_hand: ByHand, path: str) -> None:
    assert by_hand.world.refused(**by_hand.options(shared=[path])).reason == "adopt"


def test_a_database_on_another_file_system_is_refused_with_the_command(by_hand: ByHand) -> None:
    if os.stat("/dev/shm").st_dev == os.stat("/tmp").st_dev:
        pytest.skip("/dev/shm and /tmp are one file system here")
    other = Path("/dev/shm") / by_hand.world.root.name
    by_hand.path.rename(by_hand.world.root / "example")
    subprocess.run(["cp", "-r", by_hand.world.root / "example", other], check=True)
    try:
        error = by_hand.world.refused(**by_hand.options(adopt=other))
        assert "different file systems" in error.message
        assert "VACUUM INTO" in error.message
    finally:
        subprocess.run(["rm", "-r", other], check=True)


def test_a_file_that_is_no_database_is_left_where_it_is(by_hand: ByHand) -> None:
    by_hand.database.write_text("not a database, but long enough to be read as a header of one" * 20)
    with pytest.raises(HomeError, match="cannot be moved"):
        by_hand.adopt()
    assert not by_hand.database.is_symlink()


def test_uploads_are_not_copied_through_links(by_hand: ByHand) -> None:
    (by_hand.path / "storage/uploads/evil").symlink_to("/etc/shadow")
    os.mkfifo(by_hand.path / "storage/uploads/fifo")
    result = by_hand.adopt()
    assert sorted(os.listdir(by_hand.world.path / "shared/storage/uploads")) == ["cat.txt", "deep"]
    assert "uploads/evil" in " ".join(result["warnings"])


@pytest.mark.parametrize("journal_mode", ["delete", "wal"])
@pytest.mark.parametrize("uid", [0, VISITOR])
def test_no_row_is_lost_while_the_old_process_and_the_app_write(
    world: World, uid: int, journal_mode: str
) -> None:
    by_hand = ByHand(world, journal_mode)
    if uid:
        for place in (by_hand.path, *by_hand.path.rglob("*")):
            os.chown(place, uid, uid)
    with process(WRITER, "masonite.sqlite3", uid, uid, 0.002, cwd=by_hand.path) as old:
        time.sleep(0.3)
        by_hand.adopt()
        app = world.accounts.user("blog")
        assert app is not None
        with process(WRITER, world.database, app.uid, app.gid, 0.002, cwd=Path("/")) as new:
            assert new.stdout is not None
            assert old.stdout is not None
            # While they write at once, one may wait for its lock for seconds: rows are counted, not time.
            said_new = [new.stdout.readline().strip() for _ in range(20)]
            said_old = [old.stdout.readline().strip() for _ in range(20)]
            for writer in (old, new):
                assert writer.poll() is None, writer.stderr and writer.stderr.read()
            new.send_signal(signal.SIGKILL)
            old.send_signal(signal.SIGKILL)
            said_new += new.stdout.read().split()
            said_old += old.stdout.read().split()
    assert all(said_old)
    assert all(said_new)
    assert {*said_old, *said_new, "before-0"} <= set(names_in(world.database))
    assert set(names_in(world.database)) == set(names_in(by_hand.database))


@pytest.mark.parametrize("uid", [0, VISITOR])
@pytest.mark.parametrize("killed", ["old", "app"])
def test_a_process_killed_in_a_transaction_leaves_nothing_half_done_for_the_other(
    by_hand: ByHand, uid: int, killed: str
) -> None:
    world = by_hand.world
    if uid:
        for place in (by_hand.path, *by_hand.path.rglob("*")):
            os.chown(place, uid, uid)
    by_hand.adopt()
    app = world.accounts.user("blog")
    assert app is not None
    paths = {"old": (by_hand.database, uid, uid), "app": (world.database, app.uid, app.gid)}
    with process(UNFINISHED, *paths[killed], cwd=by_hand.path) as victim:
        assert victim.stdout is not None
        assert victim.stdout.readline() == "ready\n"
        victim.kill()
        victim.wait()
    assert [path.name for path in world.database.parent.glob("*-journal")] == ["database.sqlite3-journal"]
    other = paths["app" if killed == "old" else "old"]
    with process(WRITER, *other, 0, cwd=by_hand.path) as survivor:
        assert survivor.stdout is not None
        row = survivor.stdout.readline().strip()
        assert row, survivor.stderr.read() if survivor.stderr else ""
    assert {f"before-{n}" for n in range(500)} | {row} <= set(names_in(world.database))


def test_a_process_that_keeps_the_database_open_is_named(by_hand: ByHand) -> None:
    with (
        closing(sqlite3.connect(by_hand.database)),
        process(
            "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1]); print(c.execute('select 1 from "
            "users').fetchone(),"
            " flush=True); time.sleep(60)",
            by_hand.database,
            cwd=by_hand.path,
        ) as holder,
    ):
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(HomeError, match=str(holder.pid)) as caught:
            DatabaseMove(str(by_hand.database), str(by_hand.path / "new"), timeout=0.2).run()
    assert caught.value.reason == "database_busy"
    assert not by_hand.database.is_symlink()
    assert not (by_hand.path / "new").exists()


def test_a_move_is_undone_if_a_process_opened_the_database_meanwhile(
    by_hand: ByHand, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def find_processes_with(_path: str, opened_as: str = "") -> list[int]:
        seen.append((by_hand.database.is_symlink(), opened_as))
        return [] if len(seen) > 1 else [4711]

    monkeypatch.setattr(database_move, "find_processes_with", find_processes_with)
    new = str(by_hand.path / "new")
    DatabaseMove(str(by_hand.database), new).run()
    assert seen == [(True, new), (False, ""), (True, new)]
    assert os.readlink(by_hand.database) == new


def test_a_move_that_was_killed_after_the_second_name_is_continued(by_hand: ByHand) -> None:
    world = by_hand.world
    world.run()
    os.link(by_hand.database, world.database)
    by_hand.adopt()
    assert len(names_in(world.database)) == 500
    assert os.readlink(by_hand.database) == str(world.database)


def test_a_transaction_that_was_interrupted_before_is_rolled_back_first(by_hand: ByHand) -> None:
    with process(UNFINISHED, by_hand.database, 0, 0, cwd=by_hand.path) as victim:
        assert victim.stdout is not None
        victim.stdout.readline()
    by_hand.adopt()
    assert set(names_in(by_hand.world.database)) == {f"before-{n}" for n in range(500)}


def plant_journal(database: Path, named: Path) -> None:
    """An interrupted journal, as SQLite leaves it, that names a super-journal of the user's choice."""
    name = os.fsencode(named)
    pages = database.stat().st_size // PAGE
    header = JOURNAL_MAGIC + struct.pack(">5I", 0, 0, pages, SECTOR, PAGE)
    trailer = struct.pack(">I", LOCK_PAGE) + name + struct.pack(">2I", len(name), sum(name)) + JOURNAL_MAGIC
    journal = Path(f"{database}-journal")
    journal.write_bytes(header.ljust(SECTOR, b"\0") + trailer)
    os.chown(journal, VISITOR, VISITOR)


@pytest.mark.parametrize("planted", ["before the move", "before root looks"])
def test_a_planted_journal_does_not_make_root_remove_the_file_that_it_names(
    by_hand: ByHand, planted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    precious = by_hand.world.root / "precious"
    precious.write_text("of root")
    precious.chmod(0o644)
    for place in (by_hand.path, *by_hand.path.rglob("*")):
        os.chown(place, VISITOR, VISITOR)
    if planted == "before the move":
        plant_journal(by_hand.database, precious)
    else:
        monkeypatch.setattr(database_move, "roll_back", lambda *_: plant_journal(by_hand.database, precious))
    move = DatabaseMove(
        str(by_hand.database),
        str(by_hand.path / "new"),
        owner=Account("visitor", VISITOR, VISITOR),
        timeout=0.5,
    )
    with pytest.raises(HomeError):
        move.run()
    assert precious.read_text() == "of root"
    assert not by_hand.database.is_symlink()


def test_a_journal_such_as_the_planted_one_is_one_that_sqlite_obeys(by_hand: ByHand) -> None:
    """Without this, the test above would not notice that its journal has become harmless."""
    precious = by_hand.world.root / "precious"
    precious.write_text("of root")
    plant_journal(by_hand.database, precious)
    names_in(by_hand.database)
    assert not precious.exists()


def test_the_former_user_has_no_access_after_the_handover(world: World) -> None:
    by_hand = ByHand(world, "wal")
    os.chown(by_hand.database, VISITOR, VISITOR)
    by_hand.adopt()
    entry = f"user:{VISITOR}:"
    places = (world.path, world.path / "shared", world.database)
    assert all(any(line.startswith(entry) for line in world.lists(place)) for place in places)
    (world.path / ".env").unlink()
    assert not by_hand.adopt()["changed"]
    (world.root / "sockets/blog.root").symlink_to(world.path / "releases/x")
    assert by_hand.adopt(check_mode=True)["changed"]
    assert by_hand.adopt()["changed"]
    with closing(sqlite3.connect(world.database)) as connection:
        assert connection.execute("pragma journal_mode").fetchone() == ("wal",)
    assert not any(entry in line for place in places for line in world.lists(place))
    assert not by_hand.adopt()["changed"]
