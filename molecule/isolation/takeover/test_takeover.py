"""A server set up by version 0.1 is taken over by site.yml: no request, row, upload or key is lost."""

from __future__ import annotations

from pathlib import Path

from world import Playbook, Site

ROWS = (
    "import sqlite3, sys\n"
    "with sqlite3.connect(sys.argv[1]) as base:\n"
    "    for line in sys.argv[2:]: print(*base.execute(line).fetchall())\n"
)


def sql(site: Site, database: str, *statements: str) -> str:
    quoted = " ".join(f'"{statement}"' for statement in statements)
    return site.server.sh(f"python3 - {database} {quoted} <<'PROGRAM'\n{ROWS}PROGRAM", user=site.name)


def app_key(text: str) -> str:
    (line,) = [line for line in text.splitlines() if line.startswith("APP_KEY=")]
    return line


def test_a_server_of_version_0_1_is_taken_over_without_a_loss(before: Path, alice: Site) -> None:
    Playbook("site.yml", root=before).end().succeeded()
    first = alice.mark()
    second = alice.origin.push({})
    Playbook("deploy.yml", "-e", "masonite_app_only=alice", root=before).end().succeeded()
    alice.origin.keep()
    release, history = alice.live(), alice.history()
    database = f"{alice.path}/shared/database.sqlite3"
    sql(alice, database, "CREATE TABLE guests (name)", "INSERT INTO guests VALUES ('Ada')")
    alice.server.sh(f"echo picture > {alice.path}/shared/storage/uploads/picture.txt", user="alice")
    key = app_key(alice.server.sh(f"cat {alice.path}/shared/.env"))

    with alice.visitors():
        Playbook("site.yml").end().succeeded()

    assert alice.mark() == second
    assert alice.live() == release, "the revision that was live stays live"
    assert sql(alice, database, "SELECT name FROM guests").strip() == "('Ada',)"
    assert alice.server.sh(f"cat {alice.path}/current/storage/uploads/picture.txt") == "picture"
    assert app_key(alice.environment()) == key
    assert alice.history()[: len(history)] == history
    assert len(alice.masters()) == 1
    assert alice.server.sh("find /srv -user deploy") == "", "nothing belongs to the former common user"
    assert alice.server.sh(f"ls -d {alice.path}/shared/.env {alice.path}/deploy 2>/dev/null || true") == ""

    with alice.visitors():
        alice.run("rollback.yml").succeeded()
        assert alice.mark() == first
        alice.deploy()
    assert sql(alice, database, "SELECT name FROM guests").strip() == "('Ada',)"
    assert app_key(alice.environment()) == key
