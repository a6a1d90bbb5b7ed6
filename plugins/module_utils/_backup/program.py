# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done with the database of an app as the app's user, in the app's sandbox.

Not imported to run: the module gives this source to a Python as an argument, because standard input is the
backup to check or to restore. The first line of standard output is JSON; after it, the command `backup`
writes the backup. The release is the working directory, so that passwords come from its .env and never pass
through Ansible, a log or a process list.

    inspect         which database the app has
    backup          the same, and a copy of the database, made while it is in use
    check KIND      whether the backup on standard input is whole (needs no release)
    restore KIND    put the backup on standard input in the place of the database
    remove          remove the SQLite database
    migrations      which migrations are applied and which are pending

Exit codes: 1 error, 3 a kind of database that cannot be backed up, 4 a program is missing, 5 damaged.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import IO, Any
from urllib.parse import quote

UNSUPPORTED, MISSING, DAMAGED = 3, 4, 5
BLOCK = 1 << 20
POSTGRES = ("postgres", "postgresql", "pgsql")
PG_NAMES = {
    "PGHOST": "DB_HOST",
    "PGPORT": "DB_PORT",
    "PGUSER": "DB_USERNAME",
    "PGPASSWORD": "DB_PASSWORD",
    "PGDATABASE": "DB_DATABASE",
}


# Also what the backup does not have: a newer table would be in the way of the migration that creates it.
DROP_ALL = b"""
do $$ declare found record; begin
  for found in
    select format('%I.%I', n.nspname, c.relname) as name,
      case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table'
        else 'table' end as kind
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and pg_get_userbyid(c.relowner) = current_user
      and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
      and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e'
        and d.classid = 'pg_class'::regclass)
  loop execute format('drop %s if exists %s cascade', found.kind, found.name); end loop;
end $$;
"""


class Problem(Exception):
    """An error with the exit code that tells the module its kind."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def settings() -> dict[str, str]:
    """The app's settings, read as the app reads them."""
    from dotenv import dotenv_values

    found = {name: value or "" for name, value in dotenv_values(".env").items()}
    special = f".env.{found.get('APP_ENV', '')}"
    if os.path.isfile(special):
        found.update({name: value or "" for name, value in dotenv_values(special).items()})
    return found


def kind_of(env: dict[str, str]) -> str:
    connection = env.get("DB_CONNECTION") or "sqlite"
    if connection in POSTGRES:
        return "postgres"
    if connection != "sqlite":
        raise Problem(
            f"no backup is made of DB_CONNECTION={connection}: only sqlite and postgres are supported",
            UNSUPPORTED,
        )
    return "sqlite"


def database_path(env: dict[str, str]) -> str:
    path = env.get("SQLITE_DB_DATABASE", "")
    if not path:
        raise Problem("SQLITE_DB_DATABASE is not set in .env")
    return os.path.abspath(path)


def say(channel: int, facts: dict[str, Any]) -> None:
    send(channel, json.dumps(facts).encode() + b"\n")


def send(channel: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(channel, view) :]


def send_file(channel: int, path: str) -> None:
    with open(path, "rb") as stream:
        while block := stream.read(BLOCK):
            send(channel, block)


@contextmanager
def scratch(size: int = 0) -> Iterator[str]:
    """A private directory on a disk (/tmp may be memory), with room for a copy of the database."""
    parent = "/var/tmp" if os.access("/var/tmp", os.W_OK) else tempfile.gettempdir()
    free = os.statvfs(parent)
    if size > free.f_bavail * free.f_frsize:
        raise Problem(
            f"{parent} has no room for a copy of {size} bytes; free {free.f_bavail * free.f_frsize}"
        )
    with tempfile.TemporaryDirectory(prefix="app-backup-", dir=parent) as directory:
        yield directory


# SQLite


def connect(path: str, create: bool = False) -> sqlite3.Connection:
    mode = "rwc" if create else "rw"
    return sqlite3.connect(f"file:{quote(path)}?mode={mode}", uri=True, timeout=30, isolation_level=None)


def size_of(path: str) -> int | None:
    """Size of the database; None if there is none. Anything but a file is an error."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        raise Problem(f"{path} is not a regular file")
    return found.st_size


def tables(connection: sqlite3.Connection) -> int:
    count = connection.execute("select count(*) from sqlite_master where type = 'table'").fetchone()[0]
    return int(count)


def copy_database(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """All pages in one step: a reader of the target sees the old content or the new one."""
    deadline = time.monotonic() + 60

    def give_up(code: int, _remaining: int, _total: int) -> None:
        # Python tries again for ever while another process holds the lock (5 busy, 6 locked).
        if code in (5, 6) and time.monotonic() > deadline:
            raise Problem("the database is locked: another process has held it for 60 seconds")

    source.backup(target, pages=-1, progress=give_up)


def backup_sqlite(path: str, channel: int) -> None:
    size = size_of(path)
    absent = {"kind": "sqlite", "database": path, "exists": False}
    if not size:
        say(channel, absent)
        return
    wal = size_of(path + "-wal") or 0
    with scratch(size + wal) as directory:
        copy = os.path.join(directory, "copy")
        with closing(connect(path)) as source, closing(connect(copy, create=True)) as target:
            copy_database(source, target)
            empty = not tables(target)
        if empty:
            say(channel, absent)
            return
        say(channel, {**absent, "exists": True})
        send_file(channel, copy)


def has_tables(path: str) -> bool:
    if not size_of(path):
        return False
    with closing(connect(path)) as connection:
        return tables(connection) > 0


@contextmanager
def received() -> Iterator[str]:
    """The backup on standard input as a file of this user's own, checked."""
    with scratch() as directory:
        path = os.path.join(directory, "backup")
        with open(path, "wb") as stream:
            while block := os.read(0, BLOCK):
                stream.write(block)
        try:
            with closing(connect(path)) as connection:
                verdict = connection.execute("pragma integrity_check").fetchone()[0]
                count = tables(connection)
        except sqlite3.DatabaseError as error:
            raise Problem(f"the backup is damaged: {error}", DAMAGED) from None
        if verdict != "ok":
            raise Problem(f"the backup is damaged: {str(verdict)[:500]}", DAMAGED)
        if not count:
            raise Problem("the backup has no tables", DAMAGED)
        yield path


def companions(path: str) -> list[str]:
    return [path + ending for ending in ("-wal", "-shm", "-journal")]


def unlink(path: str) -> bool:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    return True


def is_readable(path: str) -> bool:
    try:
        has_tables(path)
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        return False
    return True


def replace_damaged(path: str, backup: str) -> str:
    """SQLite cannot write into a file that is no database: that file is kept beside the new one."""
    fresh = path + ".restoring"
    unlink(fresh)
    with open(fresh, "xb") as target, open(backup, "rb") as source:
        shutil.copyfileobj(source, target, BLOCK)
        target.flush()
        os.fsync(target.fileno())
    kept = f"{path}.damaged-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
    os.rename(path, kept)
    for companion in companions(path):
        unlink(companion)
    os.rename(fresh, path)
    return kept


def restore_sqlite(path: str, channel: int) -> None:
    with received() as backup:
        facts: dict[str, Any] = {"kind": "sqlite", "database": path, "kept": None}
        size = size_of(path)
        if size and not is_readable(path):
            facts["kept"] = replace_damaged(path, backup)
        else:
            if not size:
                for companion in companions(path):
                    unlink(companion)
            with closing(connect(backup)) as source, closing(connect(path, create=True)) as target:
                allow_page_size(source, target)
                copy_database(source, target)
        say(channel, facts)


def allow_page_size(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """A database with a write-ahead log cannot change its page size."""
    sizes = [connection.execute("pragma page_size").fetchone()[0] for connection in (source, target)]
    if sizes[0] != sizes[1] and target.execute("pragma journal_mode").fetchone()[0] == "wal":
        target.execute("pragma journal_mode = delete")


def remove_sqlite(path: str, channel: int) -> None:
    removed = size_of(path) is not None and unlink(path)
    for companion in companions(path):
        unlink(companion)
    say(channel, {"kind": "sqlite", "database": path, "removed": removed})


# PostgreSQL


def postgres_environment(env: dict[str, str]) -> dict[str, str]:
    return {**os.environ, **{pg: env[name] for pg, name in PG_NAMES.items() if env.get(name)}}


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise Problem(
            f"the program {name} is missing on this server; install the package postgresql-client "
            "(base_packages_extra: [postgresql-client])",
            MISSING,
        )
    return found


def run(argv: list[str], stdout: int, env: dict[str, str] | None = None, code: int = 1) -> None:
    finished = subprocess.run(argv, stdin=0, stdout=stdout, stderr=subprocess.PIPE, env=env, check=False)
    text = finished.stderr.decode("utf-8", "replace").strip()
    if finished.returncode != 0:
        raise Problem(text or f"{os.path.basename(argv[0])} ended with {finished.returncode}", code)
    if text:
        sys.stderr.write(f"{text}\n")


def backup_postgres(env: dict[str, str], channel: int) -> None:
    dump = program("pg_dump")
    say(channel, {"kind": "postgres", "database": env.get("DB_DATABASE", ""), "exists": True})
    run([dump, "--format=custom", "--no-owner", "--no-password"], channel, postgres_environment(env))


def check_postgres(channel: int) -> None:
    """All of the archive is read: the list alone says nothing of its data."""
    run([program("pg_restore"), "--file=/dev/null"], 2, code=DAMAGED)
    say(channel, {"kind": "postgres"})


def drop(pipe: IO[bytes]) -> None:
    """Close a pipe whose reader has ended, without what is still to be written."""
    try:
        pipe.close()
    except BrokenPipeError:
        pass


def restore_postgres(env: dict[str, str], channel: int) -> None:
    """All in one transaction, which is committed once the whole archive has been read."""
    quiet = {"PGOPTIONS": "-c client_min_messages=warning -c lock_timeout=60s"}
    read = [program("pg_restore"), "--clean", "--if-exists", "--no-owner", "--file=-"]
    write = [program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "--no-password", "--file=-"]
    with (
        subprocess.Popen(read, stdin=0, stdout=subprocess.PIPE) as reader,
        subprocess.Popen(
            write, stdin=subprocess.PIPE, stdout=2, env={**postgres_environment(env), **quiet}
        ) as writer,
    ):
        if reader.stdout is None or writer.stdin is None:
            raise AssertionError("both were started with pipes")
        try:
            writer.stdin.write(b"begin;\n" + DROP_ALL)
            shutil.copyfileobj(reader.stdout, writer.stdin, BLOCK)
            if reader.wait() == 0:
                writer.stdin.write(b"\ncommit;\n")
            writer.stdin.close()
        except BrokenPipeError:
            reader.kill()
            drop(writer.stdin)
    if reader.returncode or writer.returncode:
        raise Problem("The backup could not be restored. The database was not changed.")
    say(channel, {"kind": "postgres", "database": env.get("DB_DATABASE", ""), "kept": None})


# Commands


def inspect(channel: int) -> None:
    env = settings()
    if kind_of(env) == "postgres":
        say(channel, {"kind": "postgres", "database": env.get("DB_DATABASE", ""), "exists": True})
        return
    path = database_path(env)
    say(channel, {"kind": "sqlite", "database": path, "exists": has_tables(path)})


def backup(channel: int) -> None:
    env = settings()
    if kind_of(env) == "postgres":
        backup_postgres(env, channel)
    else:
        backup_sqlite(database_path(env), channel)


def check(kind: str, channel: int) -> None:
    if kind == "postgres":
        check_postgres(channel)
        return
    with received():
        say(channel, {"kind": "sqlite"})


def restore(kind: str, channel: int) -> None:
    env = settings()
    if kind_of(env) != kind:
        raise Problem(
            f"the backup is of {kind}, but the app's .env has DB_CONNECTION={env.get('DB_CONNECTION')}"
        )
    if kind == "postgres":
        restore_postgres(env, channel)
    else:
        restore_sqlite(database_path(env), channel)


def remove(channel: int) -> None:
    env = settings()
    if kind_of(env) != "sqlite":
        raise Problem("only an SQLite database can be removed")
    remove_sqlite(database_path(env), channel)


def migrations(channel: int) -> None:
    """The ORM is asked: with current libraries `craft migrate:status` cannot print its table."""
    sys.path.insert(0, os.getcwd())
    __import__("wsgi")
    from masoniteorm.migrations import Migration

    migration = Migration(config_path="config.database")
    recorded = migration.schema.has_table("migrations")
    applied = [ran["migration_file"] for ran in migration.get_ran_migrations()] if recorded else []
    files = sorted(name for name in os.listdir(migration.migration_directory) if name.endswith(".py"))
    known = {*applied, "__init__"}
    pending = [name for name in (file[: -len(".py")] for file in files) if name not in known]
    say(channel, {"applied": applied, "pending": pending})


def main(arguments: list[str]) -> int:
    os.umask(0o077)
    # What a library prints goes to standard error: the channel is for this program alone.
    channel = os.dup(1)
    os.dup2(2, 1)
    command, *rest = arguments
    simple = {"inspect": inspect, "backup": backup, "remove": remove, "migrations": migrations}
    try:
        if command in simple:
            simple[command](channel)
        elif command == "check":
            check(rest[0], channel)
        else:
            restore(rest[0], channel)
    except Problem as problem:
        sys.stderr.write(f"{problem}\n")
        return problem.code
    except sqlite3.DatabaseError as error:
        sys.stderr.write(f"SQLite: {error}\n")
        return 1 if isinstance(error, sqlite3.OperationalError) else DAMAGED
    except Exception as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
