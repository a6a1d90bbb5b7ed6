"""Look after the database of a Masonite app, from inside one of its releases.

Read by the virtualenv's Python on its standard input, as the app's user and with the release as working
directory, so that passwords come from .env and never pass through Ansible, a log or a process list.

    backup DIRECTORY KEEP LABEL   copy the database while it is in use; keep the newest KEEP copies
    restore FILE                  put a copy back
    migrations                    which migrations are applied, which are pending

Prints one line of JSON. Exits 1, with the reason on standard error, when something went wrong, and 3 when it
is a kind of database that it cannot back up.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

UNSUPPORTED = 3


def settings() -> dict[str, str]:
    from dotenv import dotenv_values

    return {name: value or "" for name, value in dotenv_values(".env").items()}


def postgres_environment(env: dict[str, str]) -> dict[str, str]:
    names = {
        "PGHOST": "DB_HOST",
        "PGPORT": "DB_PORT",
        "PGUSER": "DB_USERNAME",
        "PGPASSWORD": "DB_PASSWORD",
        "PGDATABASE": "DB_DATABASE",
    }
    return {**os.environ, **{pg: env[name] for pg, name in names.items() if env.get(name)}}


def copy_sqlite(source: Path, target: Path) -> None:
    """SQLite's own backup: consistent while the app reads and writes."""
    with sqlite3.connect(source, timeout=30) as reader, sqlite3.connect(target, timeout=30) as writer:
        reader.backup(writer)
    reader.close()
    writer.close()


def backup(directory: Path, keep: int, label: str) -> dict[str, object]:
    env = settings()
    kind = env.get("DB_CONNECTION", "sqlite")
    started = time.time()
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    os.umask(0o077)
    if kind == "sqlite":
        source = Path(env["SQLITE_DB_DATABASE"])
        if not source.exists() or source.stat().st_size == 0:
            return {"file": None, "kind": kind, "note": "there is no database yet"}
        target = directory / f"{stamp}-{label}.sqlite3"
        unfinished = target.with_suffix(".unfinished")
        copy_sqlite(source, unfinished)
    elif kind in ("postgres", "postgresql", "pgsql"):
        target = directory / f"{stamp}-{label}.pgdump"
        unfinished = target.with_suffix(".unfinished")
        subprocess.run(
            ["pg_dump", "--format=custom", "--no-owner", f"--file={unfinished}"],
            check=True,
            env=postgres_environment(env),
            timeout=3600,
        )
    else:
        print(
            f"no backup is made of DB_CONNECTION={kind}: only sqlite and postgres are known", file=sys.stderr
        )
        raise SystemExit(UNSUPPORTED)
    unfinished.replace(target)
    copies = sorted(path for path in directory.iterdir() if path.suffix in (".sqlite3", ".pgdump"))
    removed = copies[: max(len(copies) - keep, 0)]
    for path in removed:
        path.unlink()
    return {
        "file": str(target),
        "kind": kind,
        "bytes": target.stat().st_size,
        "removed": [str(path) for path in removed],
        "seconds": round(time.time() - started, 2),
    }


def restore(file: Path) -> dict[str, object]:
    env = settings()
    if not file.is_file():
        raise SystemExit(f"there is no backup {file}")
    if file.suffix == ".sqlite3":
        target = Path(env["SQLITE_DB_DATABASE"])
        with sqlite3.connect(file) as check:
            verdict = check.execute("pragma integrity_check").fetchone()[0]
        if verdict != "ok":
            raise SystemExit(f"the backup {file} is damaged: {verdict}")
        copy_sqlite(file, target)
    else:
        # --clean drops and makes again what the copy holds, in one transaction: all of it or nothing.
        subprocess.run(
            [
                "pg_restore",
                "--clean",
                "--if-exists",
                "--no-owner",
                "--single-transaction",
                f"--dbname={env['DB_DATABASE']}",
                str(file),
            ],
            check=True,
            env=postgres_environment(env),
            timeout=3600,
        )
    return {"restored": str(file)}


def migrations() -> dict[str, object]:
    """The ORM is asked: with current libraries `craft migrate:status` cannot print its table."""
    sys.path.insert(0, os.getcwd())
    __import__("wsgi")
    from masoniteorm.migrations import Migration

    migration = Migration(config_path="config.database")
    migration.create_table_if_not_exists()
    return {
        "applied": [ran["migration_file"] for ran in migration.get_ran_migrations()],
        "pending": migration.get_unran_migrations(),
    }


def main(arguments: list[str]) -> None:
    command, *rest = arguments
    if command == "backup":
        result = backup(Path(rest[0]), int(rest[1]), rest[2])
    elif command == "restore":
        result = restore(Path(rest[0]))
    else:
        result = migrations()
    print(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1:])
