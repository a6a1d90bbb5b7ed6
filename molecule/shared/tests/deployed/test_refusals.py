"""What is refused: the reason is told, and visitors see what they saw before."""

from __future__ import annotations

import pytest
from conftest import PlaybookRunner, Run, Visitor
from testinfra.host import Host


@pytest.fixture(scope="module")
def broken_directive(playbook: PlaybookRunner) -> Run:
    return playbook("site.yml", "-e", '{"masonite_app_nginx_directives": ["no_such_directive on;"]}')


def test_a_broken_directive_ends_the_play_with_its_reason(broken_directive: Run) -> None:
    assert broken_directive.rc != 0
    assert "no_such_directive" in broken_directive.output


def test_the_old_site_serves_after_a_broken_directive(
    host: Host, visitor: Visitor, broken_directive: Run
) -> None:
    assert broken_directive.rc != 0
    assert visitor.get("/", "blog.test").status == 200
    assert host.run("nginx -t").rc == 0


@pytest.mark.parametrize("name", ["site.yml", "deploy.yml"])
def test_an_unknown_app_is_refused_with_the_names_of_the_known(playbook: PlaybookRunner, name: str) -> None:
    run = playbook(name, "-e", "masonite_app_only=blgo")
    assert run.rc != 0
    assert "blgo" in run.output
    assert "blog" in run.output
    assert run.changed == 0
