# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What visitors can make of the real NGINX with a virtual host of the role, in front of a real uWSGI."""

from __future__ import annotations

import os
import resource
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from nginx_templates import ROLE
from nginx_web import HOST, Web

HEADERS = yaml.safe_load((ROLE / "vars" / "main.yml").read_text())["__nginx_forwarding_headers"]
STATIC = {"location": "/static/", "path": "storage/static"}
MakeWeb = Callable[..., Web]


@pytest.fixture(scope="module")
def make_web(nginx_program: str) -> Iterator[MakeWeb]:
    """Makes a web server; NGINX's workers are another user, so it stands where all may pass through."""
    with ExitStack() as stack:

        def make(server: dict[str, Any] | None = None, **site: Any) -> Web:
            directory = Path(tempfile.mkdtemp(prefix="nginx-web-"))
            stack.callback(shutil.rmtree, directory)
            directory.chmod(0o755)
            web = Web(directory, nginx_program, server or {}, site)
            stack.callback(web.stop)
            web.start()
            return web

        yield make


@pytest.fixture(scope="module")
def web(make_web: MakeWeb) -> Web:
    return make_web(nginx_site_denied=["/logs/", "/framework/"], nginx_site_static=[STATIC])


@pytest.fixture(scope="module")
def proxied(make_web: MakeWeb) -> Web:
    return make_web({"nginx_trusted_proxies": ["127.0.0.1", "10.0.0.0/8", "::1"]})


@pytest.fixture(scope="module")
def proxied_by_others(make_web: MakeWeb) -> Web:
    return make_web({"nginx_trusted_proxies": ["10.0.0.0/8", "2001:db8::/32"]})


@pytest.fixture(scope="module")
def web_with_page(make_web: MakeWeb) -> Web:
    return make_web({"nginx_default_page": True})


def ask_by_name(web: Web, name: str) -> str:
    """Return the whole answer for a host name."""
    with web.connect() as connection, connection.makefile("rb") as answer:
        connection.sendall(f"GET /a HTTP/1.0\r\nHost: {name}\r\n\r\n".encode())
        return answer.read().decode()


def test_an_unknown_host_name_gets_no_answer(web: Web) -> None:
    assert ask_by_name(web, "192.0.2.7") == ""
    assert "X-App: yes" in ask_by_name(web, HOST)


def test_by_choice_an_unknown_host_name_is_told_that_the_server_works(web_with_page: Web) -> None:
    head, _, body = ask_by_name(web_with_page, "192.0.2.7").partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 404 ")
    assert "Content-Type: text/plain" in head
    assert body == "This server works. No site on it has the name 192.0.2.7.\n"
    assert "X-App: yes" in ask_by_name(web_with_page, HOST)


def test_the_page_of_unknown_host_names_runs_nothing_of_a_visitors(web_with_page: Web) -> None:
    head, _, _body = ask_by_name(web_with_page, "<svg onload=alert(1)>").partition("\r\n\r\n")
    assert "text/html" not in head or " 400 " in head
    assert "nosniff" in head or " 400 " in head


def key_of(header: str) -> str:
    return f"HTTP_{header.upper().replace('-', '_')}"


@pytest.mark.parametrize(
    "header", [*HEADERS, "Proxy", "x-FORWARDED-for", "X_Forwarded_For", "X.Forwarded.For"]
)
def test_an_app_believes_no_visitor_who_or_how_they_are(web: Web, header: str) -> None:
    environ = web.get("/", f"{header}: evil", f"{header}: worse", "X-Other: kept").environ
    assert [name for name, value in environ.items() if "evil" in value or "worse" in value] == []
    assert key_of(header).replace(".", "_") not in environ
    assert environ["HTTP_X_OTHER"] == "kept"


@pytest.mark.parametrize("header", [header for header in HEADERS if header != "X-Forwarded-For"])
def test_a_trusted_proxy_is_believed_and_no_other(proxied: Web, proxied_by_others: Web, header: str) -> None:
    value = "https" if header == "X-Forwarded-Proto" else "said"
    assert proxied.get("/", f"{header}: {value}").environ[key_of(header)] == value
    assert key_of(header) not in proxied.get("/").environ
    assert key_of(header) not in proxied_by_others.get("/", f"{header}: {value}").environ


def test_the_address_of_a_visitor_is_what_trusted_proxies_say(proxied: Web, proxied_by_others: Web) -> None:
    header = "X-Forwarded-For: 192.0.2.1, 198.51.100.7, 10.1.2.3"
    environ = proxied.get("/", header).environ
    assert environ["REMOTE_ADDR"] == "198.51.100.7"
    assert environ["HTTP_X_FORWARDED_FOR"] == "192.0.2.1, 198.51.100.7, 10.1.2.3"
    environ = proxied_by_others.get("/", header).environ
    assert environ["REMOTE_ADDR"] == "127.0.0.1"
    assert "HTTP_X_FORWARDED_FOR" not in environ


@pytest.mark.parametrize(
    ("name", "header", "scheme"),
    [
        ("web", "X-Forwarded-Proto: https", "http"),
        ("proxied", "X-Forwarded-Proto: https", "https"),
        ("proxied", "X-Forwarded-Proto: http", "http"),
        ("proxied", "X-Forwarded-Proto: evil", "http"),
        ("proxied", "X-Other: x", "http"),
        ("proxied_by_others", "X-Forwarded-Proto: https", "http"),
    ],
)
def test_an_app_sees_the_scheme_and_the_host(
    name: str, header: str, scheme: str, request: pytest.FixtureRequest
) -> None:
    environ = request.getfixturevalue(name).get("/", header).environ
    assert environ["wsgi.url_scheme"] == environ["REQUEST_SCHEME"] == scheme
    assert environ.get("HTTPS", "off") == ("on" if scheme == "https" else "off")
    assert environ["HTTP_HOST"] == HOST


@pytest.mark.parametrize(
    "path",
    [
        "/logs/masonite.log", "/logs/", "/logs%2fmasonite.log", "/logs%2Fmasonite.log", "//logs/masonite.log",
        "/./logs/masonite.log", "/x/../logs/masonite.log", "/%6cogs/masonite.log", "/logs//masonite.log",
        "/static/../logs/masonite.log", "/static/..%2flogs/masonite.log", "/static/%2e%2e/logs/masonite.log",
        "/logs/masonite.log?x", "/logs/.env", "/framework/cache/x", "/%66ramework%2fx", "///framework///x",
    ],
)  # fmt: skip
def test_what_is_not_for_visitors_is_answered_404_by_nginx(web: Web, path: str) -> None:
    answer = web.get(path)
    assert (answer.status, answer.from_app) == (404, False)


@pytest.mark.parametrize("path", ["/logs", "/logsx/", "/blog/logs/x", "/framework", "/%256cogs/x", "/LOGS/x"])
def test_what_only_resembles_it_reaches_the_app(web: Web, path: str) -> None:
    assert web.get(path).from_app


@pytest.mark.parametrize("path", ["/../logs/x", "/static/../../logs/x", "/%2e%2e/logs/x", "/logs/%00"])
def test_what_leads_out_of_the_site_is_no_request(web: Web, path: str) -> None:
    assert web.get(path).status in (400, 404)


@pytest.mark.parametrize(
    ("headers", "query", "status"),
    [
        ([4500], 0, 200),
        ([8100], 0, 200),
        ([7168, 7168, 7168], 0, 200),
        ([], 8000, 200),
        ([7000], 7000, 200),
        ([8300], 0, 400),
        ([7168, 7168, 7168, 7168], 0, 400),
        ([], 8300, 414),
    ],
)
def test_what_nginx_lets_through_uwsgi_takes(web: Web, headers: list[int], query: int, status: int) -> None:
    """A visitor with many cookies gets an answer, or is told that it is too much: never a 502."""
    lines = [f"Cookie: s{number}={'a' * size}" for number, size in enumerate(headers)]
    assert web.get("/?" + "q" * query if query else "/", *lines).status == status


def open_halves(web: Web, count: int) -> list[socket.socket]:
    """Connections from one address that each send half a request."""
    connections = []
    for _number in range(count):
        connections.append(web.connect())
        connections[-1].sendall(b"GET / HTTP/1.1\r\nHost: blog.te")
    return connections


def test_slow_visitors_lock_out_no_other(make_web: MakeWeb) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limits[1] < 10000:
        pytest.skip(f"{limits[1]} open files are too few for 4,000 visitors")
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))
    web = make_web({"nginx_client_header_timeout": 6})
    config = web.config / "nginx.conf"
    config.write_text(
        config.read_text().replace(
            "events {}", "events {\n\tworker_connections 768;\n\t# multi_accept on;\n}"
        )
    )
    assert web.apply().ok
    with ExitStack() as stack:
        for connection in open_halves(web, 1800):
            stack.callback(connection.close)
        with pytest.raises((OSError, AssertionError)):
            web.get_within(1.0)
    assert web.apply(worker_connections=16384).ok
    with ExitStack() as stack:
        begin = time.monotonic()
        connections = open_halves(web, 4000)
        for connection in connections:
            stack.callback(connection.close)
        assert web.get_within(1.0).from_app
        # They are let go on their own.
        connections[-1].settimeout(20)
        assert connections[0].recv(1) == b""
        assert time.monotonic() - begin < 20


@pytest.fixture(scope="module")
def both_lines(make_web: MakeWeb) -> Web:
    """The default of the role masonite_app: what Masonite 4 and 5 have at /static/ and /assets/."""
    defaults = yaml.safe_load((ROLE.parent / "masonite_app/meta/argument_specs.yml").read_text())
    static = defaults["argument_specs"]["main"]["options"]["masonite_app_static"]["default"]
    web = make_web(
        nginx_site_static=static,
        nginx_site_denied=["/logs/", "/framework/"],
        nginx_site_snippets=["location /static/admin/ { return 204; }"],
    )
    release = web.root.parent / "release"
    files = {
        "static/a.css": "static", "compiled/a.css": "compiled", "compiled/js/app.js": "built",
        "compiled/with space.css": "space", "static/.hidden": "hidden", "logs/x.log": "log",
    }  # fmt: skip
    for name, text in files.items():
        path = release / "storage" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    web.root.symlink_to(release)
    return web


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/static/a.css", "static"),
        ("/static/js/app.js", "built"),
        ("/static/with%20space.css", "space"),
        ("/assets/js/app.js", "built"),
        ("/assets/a.css", "compiled"),
    ],
)
def test_both_lines_of_masonite_get_their_files_from_nginx(both_lines: Web, path: str, text: str) -> None:
    answer = both_lines.get(path)
    assert (answer.status, answer.body.decode()) == (200, text), answer


@pytest.mark.parametrize(
    "path", ["/static/missing.css", "/static/", "/static/js/", "/static/js", "/assets/x"]
)
def test_what_is_in_none_of_the_directories_is_asked_of_the_app_by_its_own_path(
    both_lines: Web, path: str
) -> None:
    assert both_lines.get(path).environ["PATH_INFO"] == path


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/static/.hidden", 403),
        ("/static/js/.x", 403),
        ("/static/../logs/x.log", 404),
        ("/static/..%2flogs/x.log", 404),
        ("/static/js/%2e%2e/%2e%2e/%2e%2e/logs/x.log", 400),
        ("/logs/x.log", 404),
        ("/static/admin/x", 204),
    ],
)
def test_nothing_else_of_the_release_is_served_there(both_lines: Web, path: str, status: int) -> None:
    assert both_lines.get(path).status == status


APP, BUILD, OTHER = 5001, 5002, 5003
"""User ids without accounts: of an app, of its builds, and of another app."""


def render_with_links_from(web: Web, directory: Path) -> str:
    """The virtual host with another nginx_site_links_from, whose default is nginx_site_root."""
    text = (web.config / "sites-available" / "blog.conf").read_text()
    assert f" from={web.root};" in text
    return text.replace(f" from={web.root};", f" from={directory};")


@pytest.fixture(scope="module", params=["root's link", "the release's link"])
def linked(make_web: MakeWeb, request: pytest.FixtureRequest) -> Web:
    """A release as the role makes it, with links of the role, of its repository and of its app.

    The link to the release is followed as it is, or has the owner of the release and is checked, too.
    """
    if os.geteuid() != 0:
        pytest.skip("only root gives files to other users")
    static = {"location": "/static/", "path": "storage/static", "fallback": False}
    uploads = {"location": "/uploads/", "path": "storage/uploads", "fallback": False}
    logo = {"location": "/logo.png", "path": "storage/logo.png", "fallback": False}
    web = make_web(
        nginx_site_static=[static, uploads, logo, {"location": "/asked/", "path": "storage/static"}],
        nginx_site_public_files=["favicon.ico", "robots.txt"],
    )
    directory = web.root.parent
    checked = request.param == "the release's link"
    if checked:
        site = render_with_links_from(web, directory)
        assert web.apply_site(site, name="blog.conf", replace=True).ok
    release, shared = directory / "releases" / "r1", directory / "shared"
    secret = directory / "other" / "access.log"
    files = {
        release / "storage/static/style.css": BUILD,
        release / "storage/public/favicon.ico": BUILD,
        release / "wsgi.py": BUILD,
        shared / "uploads/picture.txt": APP,
        shared / "logs/app.log": APP,
        secret: OTHER,
    }
    links = {
        release / "storage/uploads": (shared / "uploads", APP),
        release / "storage/static/own.css": (Path("style.css"), BUILD),
        release / "storage/static/inner": (Path("../public"), BUILD),
        release / "storage/static/passwd": (Path("/etc/passwd"), BUILD),
        release / "storage/static/etc": (Path("/etc"), BUILD),
        release / "storage/static/other.log": (secret, BUILD),
        release / "storage/static/other": (secret.parent, BUILD),
        release / "storage/static/twice": (Path("etc"), BUILD),
        release / "storage/static/app.log": (shared / "logs/app.log", BUILD),
        release / "storage/logo.png": (Path("/etc/passwd"), BUILD),
        release / "storage/public/robots.txt": (Path("/etc/passwd"), BUILD),
        shared / "uploads/passwd": (Path("/etc/passwd"), APP),
        shared / "uploads/other": (secret.parent, APP),
        shared / "uploads/release": (release, APP),
        web.root: (release, BUILD if checked else 0),
    }
    for path, owner in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{path.name} root: of {owner}\n")
        for place in (path, *path.parents):
            if directory in place.parents and place not in (release.parent, shared.parent):
                os.chown(place, owner, owner)
    for path, (target, owner) in links.items():
        path.symlink_to(target)
        os.lchown(path, owner, owner)
    return web


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/static/style.css", "style.css"),
        ("/static/own.css", "style.css"),
        ("/static/inner/favicon.ico", "favicon.ico"),
        ("/asked/style.css", "style.css"),
        ("/uploads/picture.txt", "picture.txt"),
        ("/favicon.ico", "favicon.ico"),
    ],
)
def test_what_a_release_and_its_app_own_is_served(linked: Web, path: str, text: str) -> None:
    answer = linked.get(path)
    assert (answer.status, answer.from_app) == (200, False)
    assert answer.body.decode().startswith(text)


@pytest.mark.parametrize(
    "path",
    [
        "/static/passwd", "/static/etc/passwd", "/static/twice/passwd", "/static/other.log",
        "/static/app.log", "/static/other/access.log", "/asked/passwd", "/asked/etc/passwd",
        "/logo.png", "/robots.txt", "/uploads/passwd", "/uploads/other/access.log",
        "/uploads/release/wsgi.py",
    ],
)  # fmt: skip
def test_no_link_leads_out_of_what_a_release_and_its_app_own(linked: Web, path: str) -> None:
    answer = linked.get(path)
    assert answer.from_app or answer.status in (403, 404)
    assert b"root:" not in answer.body


def test_a_release_that_became_a_link_shows_no_other_apps_files(make_web: MakeWeb) -> None:
    """The directory of the releases is the build user's, who can put a link in the place of the live one."""
    if os.geteuid() != 0:
        pytest.skip("only root gives files to other users")
    static = {"location": "/static/", "path": "static", "fallback": False}
    web = make_web(nginx_site_static=[static], nginx_site_public_files=[])
    directory = web.root.parent
    site = render_with_links_from(web, directory)
    assert web.apply_site(site, name="blog.conf", replace=True).ok
    for name, owner in (("live", BUILD), ("other", OTHER)):
        for path in (directory / name, directory / name / "static"):
            path.mkdir()
            os.chown(path, owner, owner)
        (directory / name / "static" / "a.css").write_text(name)
        os.chown(directory / name / "static" / "a.css", owner, owner)
    web.root.symlink_to(directory / "live")
    os.lchown(web.root, BUILD, BUILD)
    assert web.get("/static/a.css").body == b"live"
    (directory / "live").rename(directory / "moved")
    (directory / "live").symlink_to(directory / "other")
    os.lchown(directory / "live", BUILD, BUILD)
    assert web.get("/static/a.css").status in (403, 404)
