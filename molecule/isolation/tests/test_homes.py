"""Accounts and directories of two apps: each thing has one owner, and nothing of before is taken."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from world import Playbook, Server, extra

KEY = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
RIGHTS = {
    "/srv/sites/{0}": "root {0} 750",
    "/srv/sites/{0}/.env": "root {0} 640",
    "/srv/sites/{0}/.state": "root root 700",
    "/srv/sites/{0}/history.jsonl": "root root 644",
    "/srv/sites/{0}/backups": "root root 700",
    "/srv/sites/{0}/releases": "{0}-build {0}-build 755",
    "/srv/sites/{0}/repo.git": "{0}-build {0}-build 700",
    "/srv/sites/{0}/shared": "{0} {0} 750",
    "/srv/sites/{0}/build": "{0}-build {0}-build 700",
    "/srv/sites/{0}/ssh": "root {0}-build 750",
    "/srv/sites/{0}/ssh/id": "root {0}-build 640",
    "/venvs/{0}": "{0}-build {0} 750",
    "/etc/masonite-deploy/apps/{0}.json": "root root 644",
}
APP = {"repository": "/srv/git/app.git", "version": "alice"}


@pytest.mark.parametrize("app", ["alice", "mallory"])
@pytest.mark.parametrize("path", RIGHTS)
def test_each_directory_has_the_owner_and_mode_of_the_contract(server: Server, app: str, path: str) -> None:
    assert server.sh(f"stat -c '%U %G %a' {path.format(app)}") == RIGHTS[path].format(app)


@pytest.mark.parametrize("user", ["mallory", "mallory-build"])
def test_an_account_of_an_app_cannot_log_in_and_has_no_other_group(server: Server, user: str) -> None:
    assert server.sh(f"getent passwd {user}").endswith(":/usr/sbin/nologin")
    assert server.sh(f"id -Gn {user}") == user


READS = {
    "mallory": "alice/.env alice/shared alice/backups alice/ssh/id mallory/backups mallory/ssh/id",
    "mallory-build": "alice/.env alice/ssh/id alice/repo.git mallory/.env mallory/shared mallory/backups",
    "www-data": "alice alice/.env alice/shared alice/ssh/id alice/backups",
}


@pytest.mark.parametrize(
    ("user", "path"), [(user, path) for user, paths in READS.items() for path in paths.split()]
)
def test_an_account_reads_nothing_of_another_party(server: Server, user: str, path: str) -> None:
    script = f"cat /srv/sites/{path} 2>/dev/null || ls /srv/sites/{path}/ 2>/dev/null || echo refused"
    assert server.sh(script, user=user) == "refused"


def snapshot(server: Server, *paths: str) -> str:
    listing = " ".join(paths)
    return server.sh(f"getent passwd; getent group; find {listing} -printf '%p %u %g %m %s %l\\n' | sort")


def site_yml(**apps: dict[str, Any]) -> Playbook:
    return Playbook("site.yml", *extra(masonite_apps=apps))


@pytest.fixture
def person(server: Server) -> Iterator[str]:
    server.sh("useradd -m -s /bin/bash ann && usermod -aG sudo ann")
    yield "ann"
    server.sh("userdel -r ann 2>/dev/null; rm -rf /srv/sites/ann /venvs/ann")


def test_a_persons_login_is_refused_by_name_before_anything_changes(server: Server, person: str) -> None:
    places = ("/srv/sites", "/venvs", "/etc/masonite-deploy")
    before = snapshot(server, *places)
    site_yml(ann={**APP, "domains": ["ann.test"]}).end().failed(
        "User ann exists and can log in; set masonite_app_user", "Nothing was changed."
    )
    assert snapshot(server, *places) == before


def test_the_clone_of_a_person_is_refused_by_name_before_anything_changes(server: Server) -> None:
    server.sh("git clone -q -b alice /srv/git/app.git /srv/sites/clone")
    before = snapshot(server, "/srv/sites/clone", "/venvs")
    site_yml(clone={**APP, "domains": ["clone.test"]}).end().failed("/srv/sites/clone exists, is not empty")
    assert snapshot(server, "/srv/sites/clone", "/venvs") == before
    server.sh("rm -rf /srv/sites/clone")


def test_another_sites_root_is_refused_naming_both_directories(server: Server) -> None:
    before = server.sh("readlink -f /srv/sockets/alice.sock")
    moved = {"base_sites_root": "/data/sites", "masonite_app_only": "alice"}
    Playbook("site.yml", *extra(**moved)).end().failed("/srv/sites/alice", "/data/sites/alice")
    assert server.sh("readlink -f /srv/sockets/alice.sock") == before
    assert server.sh("ls /data/sites 2>/dev/null || echo nothing") == "nothing"


def test_an_app_set_up_by_hand_brings_its_key_rows_and_uploads_along(server: Server) -> None:
    server.sh(
        "git clone -q -b alice /srv/git/app.git /srv/sites/byhand; cd /srv/sites/byhand; "
        f"printf 'APP_KEY={KEY}\\nDB_CONNECTION=sqlite\\nSQLITE_DB_DATABASE=masonite.sqlite3\\n' > .env; "
        'mkdir -p storage/uploads; echo cat > storage/uploads/cat.txt; rm -f *.sqlite3; python3 -c "'
        "import sqlite3; c = sqlite3.connect('masonite.sqlite3'); c.execute('create table notes (t text)'); "
        "c.execute('insert into notes values (1)'); c.commit()\""
    )
    site_yml(taken={**APP, "domains": ["taken.test"], "adopt": "/srv/sites/byhand"}).end().succeeded()
    assert KEY in server.sh("cat /srv/sites/taken/.env")
    assert server.sh("cat /srv/sites/taken/shared/storage/uploads/cat.txt") == "cat"
    for path in ("/srv/sites/byhand/masonite.sqlite3", "/srv/sites/taken/shared/database.sqlite3"):
        query = f"sqlite3.connect('{path}').execute('select count(*) from notes').fetchone()[0]"
        assert server.sh(f'python3 -c "import sqlite3; print({query})"') == "1"
    record = json.loads(server.sh("cat /etc/masonite-deploy/apps/taken.json"))
    assert record["adopted"]["path"] == "/srv/sites/byhand"
    assert site_yml(taken={**APP, "domains": ["taken.test"], "adopt": "/srv/sites/byhand"}).end().changed == 0
