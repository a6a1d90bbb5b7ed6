"""A version that works goes live, and no visitor notices."""

from __future__ import annotations

import os
import threading
import time

import pytest
from releases_world import RATE, Site, extra

ROUNDS = int(os.environ.get("MASONITE_DEPLOY_ROUNDS", "5"))
both_managers = pytest.mark.parametrize("site", ["blog", "plain"], indirect=True)


class Clients:
    """Requests in threads of their own, and what became of them."""

    def __init__(self, site: Site, path: str, count: int) -> None:
        self.answers: list[object] = []
        self.threads = [threading.Thread(target=self._ask, args=(site, path)) for _ in range(count)]
        for thread in self.threads:
            thread.start()

    def _ask(self, site: Site, path: str) -> None:
        try:
            self.answers.append(site.get(path, timeout=60))
        except OSError as error:
            self.answers.append(error)

    def done(self) -> list[object]:
        for thread in self.threads:
            thread.join()
        return self.answers


LATE = (200, "late, but whole")
ACTIVATE = "TASK [masonite.deploy.masonite_app : Bring the release live]"


@both_managers
def test_deploys_in_a_row(site: Site) -> None:
    with site.visitors() as load:
        for _ in range(ROUNDS):
            begun = load.elapsed
            mark = site.deploy()
            time.sleep(0.2)
            seen = [record.mark for record in load.records(since=begun)]
            # Once the new version has answered, the old one answers nobody: no worker keeps old code.
            first = seen.index(mark)
            assert set(seen[first + RATE // 4 :]) <= {mark}
    assert len(site.masters()) == 1
    assert not site.locked()


@both_managers
def test_a_slow_request_in_flight_at_the_switch_is_answered(site: Site) -> None:
    site.origin.push({})
    with site.visitors():
        run = site.begin("deploy.yml", "-v")
        run.until(ACTIVATE)
        clients = Clients(site, "/slow/3000", 1)
        ended = run.end().succeeded()
    site.origin.keep()
    assert clients.done() == [LATE]
    assert ended.seconds_of("quit") > 0.2, "it was answered before the switch"


@both_managers
def test_requests_queued_at_a_saturated_single_worker_are_answered(site: Site) -> None:
    single = extra(masonite_app_processes=1)
    site.deploy(*single)
    site.origin.push({})
    run = site.begin("deploy.yml", "-v", *single)
    run.until(ACTIVATE)
    clients = Clients(site, "/slow/500", 11)
    ended = run.end().succeeded()
    site.origin.keep()
    assert clients.done() == [LATE] * 11
    assert ended.seconds_of("drain") > 0.2, "they were answered before the switch"


@both_managers
def test_nothing_to_do_changes_nothing(site: Site) -> None:
    site.deploy()
    masters, history = site.masters(), site.history()
    run = site.run("deploy.yml").succeeded()
    assert run.changed == 0
    assert (site.masters(), site.history()) == (masters, history)


def test_nothing_to_do_but_asked_to(blog: Site) -> None:
    before = blog.live()
    with blog.visitors():
        blog.run("deploy.yml", *extra(masonite_deploy_force=True)).succeeded()
    assert blog.live() != before
    assert blog.live().rpartition("-")[2] == before.rpartition("-")[2]


def test_a_changed_environment_is_a_handover_of_the_same_release(blog: Site) -> None:
    release, masters = blog.live(), blog.masters()
    changed = extra(masonite_app_environment={"GREETING": "Good morning"})
    with blog.visitors():
        blog.run("deploy.yml", *changed).succeeded()
    assert blog.live() == release
    assert blog.masters() != masters
    assert blog.run("deploy.yml", *changed).succeeded().changed == 0
    blog.run("deploy.yml").succeeded()


def test_static_files_switch_with_the_code(blog: Site) -> None:
    mark = blog.deploy(files={"storage/static/mark.txt": "one"})
    assert blog.get("/static/mark.txt") == (200, "one")
    blog.origin.push({"storage/static/mark.txt": "two", "wsgi.py": "raise RuntimeError\n"})
    blog.run("deploy.yml").failed()
    assert (blog.mark(), blog.get("/static/mark.txt")) == (mark, (200, "one"))


def test_check_mode_with_a_new_commit_tells_and_changes_nothing(blog: Site) -> None:
    migration = "databases/migrations/2090_01_01_000000_create_pending_table.py"
    blog.origin.push({migration: "raise RuntimeError('check mode must not run this')\n"})
    # Directories of Ansible's own, and the log of who came in, are nobody's state.
    listing = "find /srv /venvs /etc -xdev -printf '%p %T@ %C@ %m %u %g %l\\n' | sort"
    before = blog.server.sh(listing), blog.live(), blog.masters()
    run = blog.run("deploy.yml", "--check", "--diff").succeeded()
    assert run.changed > 0
    run.says("create_pending_table", blog.live())
    assert (blog.server.sh(listing), blog.live(), blog.masters()) == before
