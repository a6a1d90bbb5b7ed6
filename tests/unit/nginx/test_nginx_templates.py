# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The templates of the role nginx, rendered without a server."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from jinja2 import UndefinedError
from nginx_templates import ROLE, SITE, as_bool, render, site


def location(text: str, name: str) -> list[str]:
    """The directives of one location."""
    match = re.search(r"(?m)^    location " + re.escape(name) + r" \{\n(.*?)^    \}", text, re.DOTALL)
    assert match, f"no location {name} in\n{text}"
    return [line.strip() for line in match.group(1).splitlines()]


def balanced(text: str) -> bool:
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return code.count("{") == code.count("}")


@pytest.mark.parametrize("ipv6", [True, False, "false", "true"])
def test_ipv6_is_listened_on_only_where_it_is(ipv6: object) -> None:
    for template in ("masonite-deploy-listen.conf.j2", "masonite-deploy.conf.j2"):
        assert ("[::]:80" in render(template, nginx_ipv6=ipv6)) is as_bool(ipv6)


def test_all_sites_listen_on_the_port_of_the_server() -> None:
    assert "listen 8080;" in render("masonite-deploy-listen.conf.j2", nginx_port=8080)
    assert "listen 8080 default_server;" in render("masonite-deploy.conf.j2", nginx_port=8080)
    assert "include snippets/masonite-deploy-listen.conf;" in site()


def test_a_site_with_addresses_of_its_own_listens_on_nothing_else() -> None:
    text = site(nginx_site_listen=["127.0.0.1:8081", "[::1]:8081"])
    assert re.findall(r"listen (.*);", text) == ["127.0.0.1:8081", "[::1]:8081"]
    assert "snippets/masonite-deploy-listen.conf" not in text


def test_unknown_host_names_get_no_answer() -> None:
    text = render("masonite-deploy.conf.j2")
    assert "return 444;" in text
    assert "listen 80 default_server;" in text


def test_the_default_server_can_be_left_to_somebody_else() -> None:
    assert "server {" not in render("masonite-deploy.conf.j2", nginx_default_server=False)


@pytest.mark.parametrize("directive", ["gzip", "sendfile", "server_tokens", "access_log", "tcp_nopush"])
def test_nothing_of_the_distribution_is_repeated_at_its_level(directive: str) -> None:
    http_level = render("masonite-deploy.conf.j2").partition("server {")[0]
    assert not re.search(rf"(?m)^\s*{directive} ", http_level)


def test_every_server_hides_the_version() -> None:
    assert "server_tokens off;" in render("masonite-deploy.conf.j2").partition("server {")[2]
    assert "server_tokens off;" in site()


def test_the_log_format_has_the_time_of_the_app() -> None:
    text = render("masonite-deploy.conf.j2")
    assert "log_format masonite" in text
    assert "$upstream_response_time" in text


def test_a_site_is_reached_by_all_its_names() -> None:
    assert "server_name blog.example.org www.blog.example.org;" in site()


def test_a_site_speaks_to_its_socket() -> None:
    text = site()
    assert "include snippets/masonite-deploy-uwsgi.conf;" in text
    assert location(text, "/") == location(text, "@app") == ["uwsgi_pass unix:/srv/sockets/blog.sock;"]


def test_a_site_logs_where_the_distribution_rotates() -> None:
    text = site()
    assert "access_log /var/log/nginx/blog.access.log masonite;" in text
    assert "error_log /var/log/nginx/blog.error.log;" in text


def test_the_access_log_can_be_off() -> None:
    assert "access_log off;" in site(nginx_site_access_log="off")


def test_the_page_for_an_app_that_does_not_answer_keeps_the_status() -> None:
    text = site()
    assert re.search(r"error_page 502 503 504 /\S+;", text)
    assert "internal;" in location(text, "= /masonite-deploy-unavailable.html")


def test_hidden_files_are_kept_but_certificates_can_be_issued() -> None:
    pattern = re.search(r"location ~ (\S+) \{\s+deny all;", site())
    assert pattern
    for path in ("/.env", "/static/.git/config", "/.well-known2/x"):
        assert re.search(pattern.group(1), path), path
    for path in ("/.well-known/acme-challenge/x", "/about.html"):
        assert not re.search(pattern.group(1), path), path


@pytest.mark.parametrize(
    ("item", "name", "expected"),
    [
        (
            {"location": "/static/", "path": "storage/static"},
            "/static/",
            ["alias /srv/sockets/blog.root/storage/static/;", "try_files $uri @app;"],
        ),
        (
            {"location": "/static/", "path": "/var/www/static/", "fallback": False},
            "/static/",
            ["alias /var/www/static/;"],
        ),
        (
            {"location": "/assets/", "path": "storage/compiled", "expires": "7d"},
            "/assets/",
            ["alias /srv/sockets/blog.root/storage/compiled/;", "try_files $uri @app;", "expires 7d;"],
        ),
        (
            {"location": "/logo.png", "path": "img/logo.png", "fallback": "no"},
            "= /logo.png",
            ["alias /srv/sockets/blog.root/img/logo.png;"],
        ),
    ],
    ids=["directory", "absolute without fallback", "expires", "one file"],
)
def test_static_files(item: dict[str, Any], name: str, expected: list[str]) -> None:
    assert location(site(nginx_site_static=[item]), name) == expected


def test_of_directories_at_one_location_the_first_that_has_the_file_serves_it() -> None:
    static = [
        {"location": "/static/", "path": "storage/static", "expires": "1h"},
        {"location": "/assets/", "path": "storage/compiled"},
        {"location": "/static/", "path": "storage/compiled/"},
        {"location": "/logo.png", "path": "a/logo.png"},
        {"location": "/logo.png", "path": "b/logo.png"},
    ]
    text = site(nginx_site_static=static)
    assert location(text, "/static/") == [
        "expires 1h;",
        "uwsgi_pass unix:/srv/sockets/blog.sock;",
        "# In here, so that a longer location of one's own goes before it.",
        'location ~ "^/static/(?!(?:.*/)?\\.)(?<static_file>.+)$" {',
        "root /srv/sockets/blog.root;",
        'try_files "/storage/static/$static_file" "/storage/compiled/$static_file" @app;',
        "}",
    ]
    assert location(text, "= /logo.png") == [
        "root /srv/sockets/blog.root;",
        "try_files /a/logo.png /b/logo.png @app;",
    ]
    assert text.count("location /static/ {") == 1
    assert balanced(text)


def test_public_files_fall_through_to_the_app() -> None:
    for file in ("/favicon.ico", "/robots.txt"):
        assert location(site(), f"= {file}") == [
            "root /srv/sockets/blog.root/storage/public;",
            "try_files $uri @app;",
        ]


def test_without_a_root_no_file_is_served() -> None:
    text = site(nginx_site_root="", nginx_site_static=[{"location": "/static/", "path": "static"}])
    assert "try_files" not in text
    assert "/static/" not in text


def test_the_release_itself_is_never_a_document_root() -> None:
    text = site(nginx_site_static=[{"location": "/static/", "path": "storage/static"}])
    assert not re.search(r"(root|alias) /srv/sockets/blog\.root/?;", text)


@pytest.mark.parametrize(
    ("directive", "expected"),
    [
        ("add_header A b", "    add_header A b;\n"),
        (" add_header A b; ", "    add_header A b;\n"),
        ("if ($x) { return 403; }", "    if ($x) { return 403; }\n"),
    ],
)
def test_directives_may_end_with_a_semicolon_or_not(directive: str, expected: str) -> None:
    assert expected in site(nginx_site_directives=[directive])
    assert expected.strip() in render("masonite-deploy.conf.j2", nginx_http_directives=[directive])


def test_snippets_stand_as_they_are() -> None:
    text = site(
        nginx_site_snippets=["location = /a {\n    return 204;\n}\n", "location = /b { return 204; }"]
    )
    assert location(text, "= /a") == ["return 204;"]
    assert "    location = /b { return 204; }\n" in text
    assert balanced(text)


@pytest.mark.parametrize("missing", ["nginx_site_server_names", "nginx_site_socket"])
def test_what_is_missing_is_named(missing: str) -> None:
    settings = {name: value for name, value in SITE.items() if name != missing}
    with pytest.raises(UndefinedError, match=missing):
        render("site.conf.j2", **settings)


def test_times_and_sizes_are_settings() -> None:
    text = site(nginx_site_timeout=300, nginx_site_body_size="50m")
    assert "uwsgi_read_timeout 300s;" in text
    assert "client_max_body_size 50m;" in text
    assert "client_max_body_size 20m;" in site(nginx_body_size="20m")


def test_specs_and_defaults_agree() -> None:
    specs = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())["argument_specs"]
    options = {name: option for spec in specs.values() for name, option in spec["options"].items()}
    defaults = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())
    assert set(defaults) <= set(options)
    for name, option in options.items():
        if "default" in option:
            assert defaults[name] == option["default"], name
        assert option["description"], name


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, ["if_not_owner from=/srv/sockets/blog.root"]),
        ({"nginx_site_root": "/srv/sockets/blog.root/"}, ["if_not_owner from=/srv/sockets/blog.root"]),
        ({"nginx_site_root": "/srv/a b"}, ['if_not_owner "from=/srv/a b"']),
        ({"nginx_site_links_from": "/srv/sockets"}, ["if_not_owner from=/srv/sockets"]),
        ({"nginx_site_root": ""}, ["if_not_owner"]),
        ({"nginx_site_directives": ["disable_symlinks off"]}, ["off"]),
    ],
)
def test_links_are_followed_as_far_as_the_settings_say(settings: dict[str, Any], expected: list[str]) -> None:
    assert re.findall(r"disable_symlinks (.*);", site(**settings)) == expected


def test_denied_paths_are_answered_unless_they_are_served() -> None:
    text = site(
        nginx_site_denied=["/logs/", "/static/", "/a b/"],
        nginx_site_static=[{"location": "/static/", "path": "storage/static"}],
    )
    assert location(text, "^~ /logs/") == location(text, '^~ "/a b/"') == ["return 404;"]
    assert "^~ /static/" not in text


def test_every_header_of_a_proxy_is_left_out_or_taken_from_a_trusted_one() -> None:
    for proxies in ([], ["10.0.0.0/8"]):
        params = render("masonite-deploy-uwsgi.conf.j2", nginx_trusted_proxies=proxies)
        used = set(re.findall(r"\$(masonite_\w+)", params))
        made = re.findall(
            r"\$(masonite_\w+) \{", render("masonite-deploy.conf.j2", nginx_trusted_proxies=proxies)
        )
        assert used == set(made) - {"masonite_is_proxy"}
        assert bool(used) is bool(proxies)
        assert params.count('"" if_not_empty;') == (1 if proxies else 31)
