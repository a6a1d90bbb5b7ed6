# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Works on the database of an app, as the app's user and in the app's sandbox.

Not imported to run: the module joins the files of this package to one text and gives it to a Python as an
argument, because standard input is the backup to check or to restore. The first line of standard output is
JSON; after it, the command `backup` writes the backup. The release is the working directory, so that
passwords come from its .env and never pass through Ansible, a log or a process list.

    inspect         which database the app has
    backup          the same, and a copy of the database, made while the app uses it
    check KIND      whether the backup on standard input is whole (needs no release)
    restore KIND    replace the content of the database by the backup on standard input
    remove          remove the SQLite database
    migrations      which migrations are applied and which are pending

Exit codes: 1 error, 3 a kind of database that cannot be backed up, 4 a program is missing, 5 damaged.
"""

from __future__ import annotations

import os
import sqlite3
import sys

from .app_settings import database_path, find_kind, read_app_settings
from .channel import DAMAGED, ProgramError, send_answer
from .migrations import send_migrations
from .postgres import backup_postgres, check_postgres, restore_postgres
from .sqlite import backup_sqlite, has_tables, received_backup, remove_sqlite, restore_sqlite


def inspect(channel: int) -> None:
    env = read_app_settings()
    if find_kind(env) == "postgres":
        send_answer(channel, {"kind": "postgres", "database": env.get("DB_DATABASE", ""), "exists": True})
        return
    path = database_path(env)
    send_answer(channel, {"kind": "sqlite", "database": path, "exists": has_tables(path)})


def backup(channel: int) -> None:
    env = read_app_settings()
    if find_kind(env) == "postgres":
        backup_postgres(env, channel)
    else:
        backup_sqlite(database_path(env), channel)


def check(kind: str, channel: int) -> None:
    if kind == "postgres":
        check_postgres(channel)
        return
    with received_backup():
        send_answer(channel, {"kind": "sqlite"})


def restore(kind: str, channel: int) -> None:
    env = read_app_settings()
    if find_kind(env) != kind:
        raise ProgramError(
            f"the backup is of {kind}, but the app's .env has DB_CONNECTION={env.get('DB_CONNECTION')}"
        )
    if kind == "postgres":
        restore_postgres(env, channel)
    else:
        restore_sqlite(database_path(env), channel)


def remove(channel: int) -> None:
    env = read_app_settings()
    if find_kind(env) != "sqlite":
        raise ProgramError("only an SQLite database can be removed")
    remove_sqlite(database_path(env), channel)


def main(arguments: list[str]) -> int:
    os.umask(0o077)
    # What a library prints goes to standard error: the channel is for this program alone.
    channel = os.dup(1)
    os.dup2(2, 1)
    command, *rest = arguments
    simple = {"inspect": inspect, "backup": backup, "remove": remove, "migrations": send_migrations}
    try:
        if command in simple:
            simple[command](channel)
        elif command == "check":
            check(rest[0], channel)
        else:
            restore(rest[0], channel)
    except ProgramError as error:
        sys.stderr.write(f"{error}\n")
        return error.code
    except sqlite3.DatabaseError as error:
        sys.stderr.write(f"SQLite: {error}\n")
        return 1 if isinstance(error, sqlite3.OperationalError) else DAMAGED
    except Exception as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
