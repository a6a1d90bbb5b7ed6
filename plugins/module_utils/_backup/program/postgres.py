# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backs up, checks and restores a PostgreSQL database by its own programs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import IO

from .channel import BLOCK, DAMAGED, MISSING, ProgramError, send_answer

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


def postgres_environment(env: dict[str, str]) -> dict[str, str]:
    return {**os.environ, **{pg: env[name] for pg, name in PG_NAMES.items() if env.get(name)}}


def find_program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise ProgramError(
            f"the program {name} is missing on this server; install the package postgresql-client "
            "(base_packages_extra: [postgresql-client])",
            MISSING,
        )
    return found


def run_program(argv: list[str], stdout: int, env: dict[str, str] | None = None, code: int = 1) -> None:
    finished = subprocess.run(argv, stdin=0, stdout=stdout, stderr=subprocess.PIPE, env=env, check=False)
    text = finished.stderr.decode("utf-8", "replace").strip()
    if finished.returncode != 0:
        raise ProgramError(text or f"{os.path.basename(argv[0])} ended with {finished.returncode}", code)
    if text:
        sys.stderr.write(f"{text}\n")


def backup_postgres(env: dict[str, str], channel: int) -> None:
    dump = find_program("pg_dump")
    send_answer(channel, {"kind": "postgres", "database": env.get("DB_DATABASE", ""), "exists": True})
    run_program([dump, "--format=custom", "--no-owner", "--no-password"], channel, postgres_environment(env))


def check_postgres(channel: int) -> None:
    """Read the whole archive: its list of contents says nothing of its data."""
    run_program([find_program("pg_restore"), "--file=/dev/null"], 2, code=DAMAGED)
    send_answer(channel, {"kind": "postgres"})


def close_broken_pipe(pipe: IO[bytes]) -> None:
    """Close a pipe whose reader has ended, without writing the rest."""
    try:
        pipe.close()
    except BrokenPipeError:
        pass


def restore_postgres(env: dict[str, str], channel: int) -> None:
    """Restore in one transaction, which is committed once the whole archive has been read."""
    quiet = {"PGOPTIONS": "-c client_min_messages=warning -c lock_timeout=60s"}
    read = [find_program("pg_restore"), "--clean", "--if-exists", "--no-owner", "--file=-"]
    write = [find_program("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "--no-password", "--file=-"]
    with (
        subprocess.Popen(read, stdin=0, stdout=subprocess.PIPE) as reader,
        subprocess.Popen(
            write, stdin=subprocess.PIPE, stdout=2, env={**postgres_environment(env), **quiet}
        ) as writer,
    ):
        if reader.stdout is None or writer.stdin is None:
            raise ProgramError("the programs of PostgreSQL have no pipes")
        try:
            writer.stdin.write(b"begin;\n" + DROP_ALL)
            shutil.copyfileobj(reader.stdout, writer.stdin, BLOCK)
            if reader.wait() == 0:
                writer.stdin.write(b"\ncommit;\n")
            writer.stdin.close()
        except BrokenPipeError:
            reader.kill()
            close_broken_pipe(writer.stdin)
    if reader.returncode or writer.returncode:
        raise ProgramError("The backup could not be restored. The database was not changed.")
    send_answer(channel, {"kind": "postgres", "database": env.get("DB_DATABASE", ""), "kept": None})
