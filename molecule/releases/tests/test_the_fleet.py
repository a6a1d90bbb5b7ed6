"""Two servers, one app: none is left half deployed."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import MAIN, SMALL
from world import Playbook, Run, Server, Site, extra

FLEET = ["-e", "masonite_app_only=blog"]
# Written into .env by each of these deploys, so that a failed one has something to put back.
GREETING = extra(masonite_app_environment={"GREETING": "Good evening"})


REFUSE = """import socket

if socket.gethostname() == "{hostname}":
    raise RuntimeError("not here")

from masonite.foundation import Application, Kernel
from masonite.utils.location import base_path

from app.Kernel import Kernel as ApplicationKernel
from config.providers import PROVIDERS

application = Application(base_path())
application.register_providers(Kernel, ApplicationKernel)
application.add_providers(*PROVIDERS)
"""


def fail_on(server: str) -> dict[str, str | None]:
    return {"wsgi.py": REFUSE.format(hostname=Server(server).sh("hostname"))}


def deploy(*arguments: str) -> Run:
    return Playbook("deploy.yml", *FLEET, *arguments).end()


@pytest.fixture
def other(blog: Site, small_server: Server) -> Site:
    return Site("blog", small_server, blog.origin)


@pytest.fixture
def fleet(blog: Site, other: Site) -> Iterator[list[Site]]:
    """Both servers serve the same version, whatever the tests before left."""
    mark = blog.origin.push({})
    deploy("-e", "masonite_deploy_unlock=true").succeeded()
    blog.origin.keep()
    assert [blog.mark(), other.mark()] == [mark, mark]
    yield [blog, other]
    assert [blog.locked(), other.locked()] == [False, False]


def test_both_servers_have_one_key(fleet: list[Site]) -> None:
    first, second = (
        [line for line in site.environment().splitlines() if "APP_KEY" in line] for site in fleet
    )
    assert first == second


def test_a_server_that_lost_its_environment_file_gets_the_key_of_the_others(fleet: list[Site]) -> None:
    before = [(site.environment(), site.masters()) for site in fleet]
    fleet[1].server.sh(f"rm {fleet[1].path}/.env")
    deploy().succeeded()
    assert [(site.environment(), site.masters()) for site in fleet] == before


def test_one_server_that_cannot_prepare_stops_all(fleet: list[Site], small_server: Server) -> None:
    before = [(site.mark(), site.live(), site.masters(), site.environment()) for site in fleet]
    fleet[0].origin.push({})
    holder = {"user": "ann", "host": "laptop", "pid": 4711, "start": "1", "job": "", "machine": "another"}
    lock = {"holder": holder, "since": time.time(), "renewed": time.time(), "token": "0123456789abcdef"}
    small_server.sh(f"printf %s '{json.dumps(lock)}' > /srv/sites/blog/.state/lock")
    try:
        with fleet[0].visitors():
            run = deploy(*GREETING)
    finally:
        small_server.sh("rm /srv/sites/blog/.state/lock")
    run.failed(f"failed in prepare on {SMALL}", "ann on laptop")
    assert [(site.mark(), site.live(), site.masters(), site.environment()) for site in fleet] == before


@pytest.mark.parametrize("where", [MAIN, SMALL])
def test_one_server_that_cannot_activate_stops_the_roll(fleet: list[Site], where: str) -> None:
    before = [(site.mark(), site.live(), site.environment()) for site in fleet]
    mark = fleet[0].origin.push(fail_on(where))
    with fleet[0].visitors():
        run = deploy(*GREETING)
    run.failed(f"failed in activate on {where}", "RuntimeError: not here")
    after = [(site.mark(), site.live(), site.environment()) for site in fleet]
    assert after[1] == before[1], "the second server was not reached, or failed"
    if where == MAIN:
        assert after[0] == before[0]
    else:
        assert after[0][0] == mark, "the first server had gone live before, and stays so"
        assert "Good evening" in after[0][2]
        new, old = (site.live().rpartition("-")[2] for site in fleet)
        run.says(f"live: {new} on {MAIN}; {old} on {SMALL}")


def test_a_server_out_of_reach_stops_all(fleet: list[Site], tmp_path: Path) -> None:
    before = [(site.mark(), site.live(), site.masters(), site.environment()) for site in fleet]
    fleet[0].origin.push({})
    gone = {"ansible_host": "127.0.0.1", "ansible_port": 1, "masonite_apps": {"blog": "{{ blog }}"}}
    inventory = tmp_path / "hosts.json"
    inventory.write_text(json.dumps({"web": {"hosts": {"masonite-releases-gone": gone}}}))
    with fleet[0].visitors():
        run = deploy("-i", str(inventory), *GREETING)
    run.failed("masonite-releases-gone", "could not be reached")
    assert [(site.mark(), site.live(), site.masters(), site.environment()) for site in fleet] == before
