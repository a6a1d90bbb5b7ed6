"""What a visitor sees."""

from __future__ import annotations

import http.client

import pytest
from conftest import Visitor, apps_on, expected_pages
from testinfra.host import Host


@pytest.mark.parametrize(
    ("app", "domain"), [("blog", "blog.test"), ("blog", "www.blog.test"), ("legacy", "legacy.test")]
)
def test_the_page_of_each_app_by_its_host_name(host: Host, visitor: Visitor, app: str, domain: str) -> None:
    if app not in apps_on(host):
        pytest.skip(f"{app} does not live on this server")
    answer = visitor.get("/", domain)
    assert answer.status == 200
    assert expected_pages(host)[app] in answer.body


@pytest.mark.parametrize("path", ["/favicon.ico", "/robots.txt"])
def test_a_static_file_comes_from_nginx(visitor: Visitor, path: str) -> None:
    answer = visitor.get(path, "blog.test")
    assert answer.status == 200
    assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize(
    ("path", "kind"), [("/static/css/app.css", "text/css"), ("/static/js/app.js", "application/javascript")]
)
def test_what_the_build_script_of_a_new_app_makes_comes_from_nginx(
    visitor: Visitor, path: str, kind: str
) -> None:
    """The app is the one that masonite new writes: storage/compiled is not in its repository."""
    answer = visitor.get(path, "blog.test")
    assert (answer.status, answer.headers["content-type"]) == (200, kind)
    assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize(
    "path", ["/.env", "/wsgi.py", "/static/../.env", "/static/../../../shared/.env", "/.git/HEAD"]
)
def test_nothing_else_of_the_release_can_be_read(visitor: Visitor, path: str) -> None:
    assert visitor.get(path, "blog.test").status in (400, 403, 404)


@pytest.mark.parametrize("domain", ["stranger.test", ""])
def test_an_unknown_host_name_gets_no_answer(visitor: Visitor, domain: str) -> None:
    if not domain:
        domain = visitor.name
    with pytest.raises(http.client.RemoteDisconnected):
        visitor.get("/", domain)


def test_the_server_does_not_tell_its_version(visitor: Visitor) -> None:
    assert visitor.get("/", "blog.test").headers["server"] == "nginx"
