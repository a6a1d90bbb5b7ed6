"""Hostile code reaches nothing but the app's own, in each of the three places where code of an app runs."""

from __future__ import annotations

import json
import textwrap

import pytest
from hostile import ATTEMPTS, FORGERY, succeeded
from world import Playbook, Server, Site, extra, migration

PROBE = (
    ATTEMPTS
    + """

from masonite.controllers import Controller


class ProbeController(Controller):
    def show(self):
        outcomes.clear()
        everything()
        write("/srv/sites/mallory/shared/storage/framework/mine")
        return outcomes
"""
)
ROUTES = (
    "from masonite.routes import Route\n\n"
    'ROUTES = [Route.get("/", "WelcomeController@show"), Route.get("/probe", "ProbeController@show")]\n'
)
MIGRATION = "2090_01_01_000000_reach_further"
SETUP = (
    ATTEMPTS
    + f"""

everything()
read("/srv/sites/mallory/.env")
read("/srv/sites/mallory/shared/database.sqlite3")
write("/srv/sites/mallory/shared/planted")
leave_a_process_behind("left-by-a-build")
with open("/venvs/mallory/.attempts.json", "w") as file:
    json.dump(outcomes, file)
print({FORGERY!r})

from setuptools import setup

setup(name="evil", version="1")
"""
)


BUILD = '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'


def processes(server: Server, words: str) -> str:
    """Processes with the words in their command line; the search itself has other ones."""
    return server.sh(f"grep -la '[{words[0]}]{words[1:]}' /proc/[0-9]*/cmdline 2>/dev/null || true")


def owners_of_processes(server: Server, unit: str) -> set[str]:
    pids = server.sh(f"systemctl show -p MainPID --value '{unit}'").split()
    return {server.sh(f"stat -c %U /proc/{pid}") for pid in pids}


def test_the_app_reaches_nothing_but_its_own(mallory: Site) -> None:
    mallory.deploy(files={"app/controllers/ProbeController.py": PROBE, "routes/web.py": ROUTES})
    status, body = mallory.get("/probe")
    assert status == 200, body
    outcomes = json.loads(body)
    assert succeeded(outcomes) == ["write /srv/sites/mallory/shared/storage/framework/mine"]
    assert len(outcomes) > 30


def test_a_migration_reaches_nothing_but_the_apps_own_and_is_gone_when_it_ends(
    mallory: Site, server: Server
) -> None:
    body = textwrap.indent(
        ATTEMPTS
        + f"""
everything()
leave_a_process_behind("left-by-a-migration")
with open("/srv/sites/mallory/shared/attempts.json", "w") as file:
    json.dump(outcomes, file)
print({FORGERY!r})
""",
        "",
    )
    name = MIGRATION.split("_", 4)[4]
    mallory.deploy(
        files={**migration(MIGRATION, f"import {name}_code; {name}_code"), f"{name}_code.py": body},
    )
    outcomes = json.loads(server.sh("cat /srv/sites/mallory/shared/attempts.json"))
    assert succeeded(outcomes) == []
    assert processes(server, "left-by-a-migration") == ""
    assert owners_of_processes(server, "uwsgi-mallory-*") == {"mallory"}, (
        "what it printed is no result of a module"
    )


def test_the_build_of_a_requirement_reaches_nothing_but_its_virtualenv(mallory: Site, server: Server) -> None:
    mallory.deploy(
        files={
            "evil/setup.py": SETUP,
            "evil/pyproject.toml": BUILD,
            "requirements.txt": "masonite-framework>=5.0,<6\n./evil\n",
        }
    )
    outcomes = json.loads(server.sh("cat /venvs/mallory/.attempts.json"))
    assert succeeded(outcomes) == []
    assert processes(server, "left-by-a-build") == ""
    assert owners_of_processes(server, "uwsgi-mallory-*") == {"mallory"}
    mallory.origin.good = mallory.origin.git("rev-parse", "HEAD~1")


TRAPS = [
    pytest.param("ln -sfn /etc/shadow shared/.env", id="a link in the former place of the settings"),
    pytest.param("rm -f shared/.env; mkfifo shared/.env", id="a fifo there"),
    pytest.param(
        "rm -rf shared/storage/logs; ln -s /srv/sites/alice/releases shared/storage/logs",
        id="a link to another app",
    ),
    pytest.param(
        "rm -rf shared/storage/logs; mkfifo shared/storage/logs", id="a fifo in the place of a directory"
    ),
    pytest.param("mkdir -p shared/backups; ln -sfn /etc/cron.d shared/deploy", id="names of before"),
]


@pytest.mark.parametrize("trap", TRAPS)
def test_what_the_app_puts_into_its_directory_leads_nobody_astray(
    mallory: Site, alice: Site, server: Server, trap: str
) -> None:
    rights = "stat -c '%n %a %U %G' /etc/shadow /etc/cron.d /usr/local/sbin"
    rights += "; ls -lR /srv/sites/alice/releases | md5sum"
    before = server.sh(rights)
    server.sh(f"cd /srv/sites/mallory && {trap}", user="mallory")
    run = Playbook("site.yml").end()
    assert run.seconds < 180
    assert server.sh(rights) == before
    assert alice.get()[0] == 200
    server.sh(
        "cd /srv/sites/mallory/shared && rm -rf .env deploy backups storage/logs && mkdir storage/logs",
        user="mallory",
    )
    Playbook("site.yml").end().succeeded()
    assert mallory.get()[0] == 200


def test_an_app_is_never_started_as_root(mallory: Site, server: Server) -> None:
    before = mallory.mark()
    mallory.run("deploy.yml", *extra(masonite_app_user="root")).failed("masonite_app_user", "root")
    assert mallory.mark() == before
    assert owners_of_processes(server, "uwsgi-mallory-*") == {"mallory"}
