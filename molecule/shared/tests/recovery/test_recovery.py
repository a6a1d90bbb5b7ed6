"""When something breaks: with systemd the site comes back by itself, without it by the playbook."""

from __future__ import annotations

import subprocess

from conftest import PlaybookRunner, Visitor, expected_pages
from testinfra.host import Host

DOMAINS = {"blog": "blog.test", "legacy": "legacy.test"}


def assert_all_sites_answer(host: Host, visitor: Visitor, within: float) -> None:
    for app, page in expected_pages(host).items():
        answer = visitor.gets("/", DOMAINS[app], within)
        assert (answer.status, page in answer.body) == (200, True)


def test_a_killed_master_comes_back(
    host: Host, visitor: Visitor, systemd: bool, playbook: PlaybookRunner
) -> None:
    killed = host.check_output("cat /srv/sockets/blog.pid").strip()
    # Without systemd nobody ends the workers of a killed master: they go with it, as when memory runs out.
    workers = "" if systemd else f"$(cat /proc/{killed}/task/*/children)"
    host.check_output(f"kill -9 {killed} {workers}")
    if not systemd:
        assert visitor.get("/", DOMAINS["blog"]).status == 502
        assert visitor.get("/robots.txt", DOMAINS["blog"]).status == 200
        assert playbook("site.yml").rc == 0
    assert_all_sites_answer(host, visitor, within=20)
    assert host.check_output("cat /srv/sockets/blog.pid").strip() != killed


def test_the_site_is_back_after_a_restart_of_the_server(
    host: Host, visitor: Visitor, systemd: bool, playbook: PlaybookRunner
) -> None:
    subprocess.run(["docker", "restart", "--time", "30", visitor.name], check=True, stdout=subprocess.DEVNULL)
    if not systemd:
        assert playbook("site.yml").rc == 0
    assert_all_sites_answer(host, visitor, within=60)


def test_the_playbook_finds_nothing_to_mend_afterwards(playbook: PlaybookRunner) -> None:
    run = playbook("site.yml")
    assert (run.rc, run.changed) == (0, 0)
