"""A version that works goes live, and no visitor notices."""

from __future__ import annotations

import itertools
import os
import threading
import time

import pytest
from world import RATE, Site, extra

ROUNDS = int(os.environ.get("MASONITE_DEPLOY_ROUNDS", "5"))
both_managers = pytest.mark.parametrize("site", ["blog", "plain"], indirect=True)


class SlowClients:
    """Requests that begin before a deploy and are told to end only after it has switched."""

    def __init__(self, site: Site, count: int) -> None:
        self.site = site
        self.name = f"slow{next(_numbers)}-{os.getpid()}"
        self.live = site.live()
        self.answers: list[object] = []
        self.threads = [threading.Thread(target=self._ask) for _ in range(count)]
        for thread in self.threads:
            thread.start()
        self._wait(f"test -e {self._signal('began')}")
        time.sleep(0.3)  # until the others are in the queue behind it
        self.ending = threading.Thread(target=self._end_after_the_switch)
        self.ending.start()

    def _signal(self, word: str) -> str:
        return f"{self.site.path}/shared/storage/framework/{self.name}.{word}"

    def _ask(self) -> None:
        try:
            self.answers.append(self.site.get(f"/slow/{self.name}", timeout=90))
        except OSError as error:
            self.answers.append(error)

    def _wait(self, condition: str) -> None:
        self.site.server.sh(f"for _ in $(seq 600); do {condition} && exit; sleep 0.1; done; exit 1")

    def _end_after_the_switch(self) -> None:
        link = f"/srv/sockets/{self.site.name}.root"
        self._wait(f'test "$(basename "$(readlink -f {link})")" != {self.live}')
        self.early = list(self.answers)
        self.site.server.sh(f"touch {self._signal('end')}")

    def done(self) -> list[object]:
        self.ending.join()
        for thread in self.threads:
            thread.join()
        self.site.server.sh(f"rm -f {self._signal('*')}")
        assert self.early == [], "answered before the switch"
        return self.answers


_numbers = itertools.count(1)
LATE = (200, "late, but whole")


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
    with site.visitors():
        clients = SlowClients(site, 1)
        site.deploy()
        assert clients.done() == [LATE]


@both_managers
def test_requests_queued_at_a_saturated_single_worker_are_answered(site: Site) -> None:
    single = extra(masonite_app_processes=1)
    site.deploy(*single)
    clients = SlowClients(site, 11)
    site.deploy(*single)
    assert clients.done() == [LATE] * 11


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
