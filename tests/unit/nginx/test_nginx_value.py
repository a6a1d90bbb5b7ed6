# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No value of a user or of an app's settings leaves its place in NGINX's configuration."""

from __future__ import annotations

from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from ansible.errors import AnsibleFilterError
from hypothesis import given
from hypothesis import strategies as st
from nginx_templates import ROLE, render, site

from ansible_collections.masonite.deploy.plugins.filter.nginx_value import KINDS, nginx_value

GOOD = [
    ("name", "blog", "blog"),
    ("name", "blog.example-1_x", "blog.example-1_x"),
    ("server_name", "blog.example.org", "blog.example.org"),
    ("server_name", "*.example.org", "*.example.org"),
    ("server_name", "localhost", "localhost"),
    ("server_name", "xn--bcher-kva.example", "xn--bcher-kva.example"),
    ("server_name", "my_app.test", "my_app.test"),
    ("server_name", "192.0.2.7", "192.0.2.7"),
    ("server_name", "2001:db8::1", "[2001:db8::1]"),
    ("server_name", "[::1]", "[::1]"),
    ("listen", "8080", "8080"),
    ("listen", 8080, "8080"),
    ("listen", "127.0.0.1:8081", "127.0.0.1:8081"),
    ("listen", "[::]:443 ssl http2", "[::]:443 ssl http2"),
    ("listen", "443 ssl backlog=1024", "443 ssl backlog=1024"),
    ("listen", "unix:/run/blog.sock", "unix:/run/blog.sock"),
    ("address", "10.0.0.0/8", "10.0.0.0/8"),
    ("address", "2001:db8::/32", "2001:db8::/32"),
    ("port", "65535", "65535"),
    ("port", 80, "80"),
    ("number", 30, "30"),
    ("size", "10m", "10m"),
    ("size", 0, "0"),
    ("expires", "7d", "7d"),
    ("expires", "off", "off"),
    ("expires", "@15h30m", "@15h30m"),
    ("expires", "modified +24h", "modified +24h"),
    ("media_type", "application/manifest+json", "application/manifest+json"),
    ("location", "/", "/"),
    ("location", "/static/", "/static/"),
    ("location", "/a b;{}#/", '"/a b;{}#/"'),
    ("location", "/bücher/", '"/bücher/"'),
    ("path", "/srv/sockets/blog.root/img/logo.png", "/srv/sockets/blog.root/img/logo.png"),
    ("files_below", "/static/", r'"^/static/(?!(?:.*/)?\.)(?<static_file>.+)$"'),
    ("files_below", "/a.b{1};/", r'"^/a\.b\{1\};/(?!(?:.*/)?\.)(?<static_file>.+)$"'),
    ("file_in", "/storage/static", '"/storage/static/$static_file"'),
    ("file_in", "/my files", '"/my files/$static_file"'),
    ("path", "/srv/my files/", '"/srv/my files/"'),
    ("path", "/srv/..a/b..", "/srv/..a/b.."),
    ("from", "/srv/sockets/blog.root", "from=/srv/sockets/blog.root"),
    ("from", "/srv/my files", '"from=/srv/my files"'),
    ("socket", "/srv/sockets/blog.sock", "/srv/sockets/blog.sock"),
    ("access_log", "off", "off"),
    ("access_log", "/var/log/nginx/blog.access.log", "/var/log/nginx/blog.access.log"),
    ("access_log", "syslog:server=[::1]:514,tag=blog", "syslog:server=[::1]:514,tag=blog"),
    ("error_log", "/var/log/nginx/blog error.log warn", '"/var/log/nginx/blog error.log" warn'),
    ("error_log", "/var/log/nginx/blog.log info", "/var/log/nginx/blog.log info"),
]

# Beside what is wrong for one kind, everything of these is wrong for each.
NEVER = [
    "",
    "\n",
    ";",
    "a; } server {",
    'a"',
    "a'",
    "a\\",
    "/$host",
    "/a\n",
    "/a\nb",
    "/a\0",
    "/a\u2028",
    "/a\x85",
]

WRONG: dict[str, list[Any]] = {
    "name": [".hidden", "-x", "a/b", "c\n", "a b"],
    "server_name": [
        "c\n",
        "https://x.org",
        "x.org/",
        "x.org:80",
        "x .org",
        "~^x$",
        "*",
        "a.*.org",
        "-x.org",
        "x..org",
        "x.org.",
        ".x.org",
        "bücher.example",
        "1.2.3",
        "1.2.3.456",
        "[::1",
        ":::",
        "a" * 64 + ".org",
        "x.org y.org",
    ],
    "listen": ["80;", "80 ssl; x", "80\n"],
    "address": ["10.0.0.0/33", "example.org", "10.0.0.1 1", "all"],
    "port": ["0", "65536", "80 default_server", "٨٠", -1],
    "number": ["30s", -1, "1\n"],
    "size": ["10 m", "10mb", "-1", "10m\n"],
    "expires": ["soon", "1h; x"],
    "location": ["static/", "~ x", "/a/../b", "/a ", "= /a"],
    "path": ["storage", "/a/..", "/../a", "/a/../b", "/a "],
    "socket": ["/a b", "/a:b", "/" + "a" * 120, "/a/../b"],
    "access_log": ["blog.log", "/var/../etc/x", "syslog:server=a b"],
}
NO_TEXT: list[Any] = [None, True, [], {}, 1.5]
BAD = [
    *[(kind, value) for kind in sorted(KINDS) for value in NEVER],
    *[(kind, value) for kind in sorted(KINDS) for value in NO_TEXT],
    *[(kind, value) for kind, values in WRONG.items() for value in values],
]


@pytest.mark.parametrize(("kind", "value", "written"), GOOD)
def test_a_good_value_stands_in_its_place(kind: str, value: Any, written: str) -> None:
    assert nginx_value(value, kind) == written


@pytest.mark.parametrize(("kind", "value"), BAD)
def test_a_bad_value_is_refused_with_the_setting_and_what_is_allowed(kind: str, value: Any) -> None:
    with pytest.raises(AnsibleFilterError) as error:
        nginx_value(value, kind, "nginx_site_x")
    assert f"nginx_site_x has {str(value)!r}; allowed is {KINDS[kind].allowed}." in str(error.value)


@given(
    st.sampled_from(sorted(set(KINDS) - {"files_below", "file_in"})),
    st.text(st.characters(max_codepoint=0x250), max_size=12),
)
def test_no_text_is_more_than_one_value(kind: str, text: str) -> None:
    """By NGINX's own rules the result is a quoted word, or words of which none ends a directive."""
    for value in (text, f"/{text}"):
        try:
            written = nginx_value(value, kind)
        except AnsibleFilterError:
            continue
        inside = written[1:-1] if written.startswith('"') else written.replace('"', "", 2)
        assert not set(inside) & set("\"'\\$\n\r\0")
        assert written.startswith('"') or '"' in written or not set(written) & set("{};#")


def test_an_unknown_kind_is_an_error_of_the_template() -> None:
    with pytest.raises(AnsibleFilterError, match="nginx_value knows no kind 'x'"):
        nginx_value("x", "x")


def test_the_documentation_has_all_kinds() -> None:
    path = ROLE.parents[1] / "plugins" / "filter" / "nginx_value.yml"
    options = yaml.safe_load(path.read_text())["DOCUMENTATION"]["options"]
    assert options["kind"]["choices"] == sorted(KINDS)


EVIL = "x; } server { listen 81"
SITE_VALUES = {
    "nginx_site_server_names": [EVIL],
    "nginx_site_listen": [EVIL],
    "nginx_site_socket": f"/{EVIL}",
    "nginx_site_root": f"/{EVIL}\n",
    "nginx_site_links_from": f"/{EVIL}$",
    "nginx_site_body_size": EVIL,
    "nginx_site_timeout": EVIL,
    "nginx_site_access_log": EVIL,
    "nginx_site_error_log": EVIL,
    "nginx_site_denied": [EVIL],
    "nginx_site_public": "x\n",
    "nginx_site_public_files": ["x\n"],
    "nginx_site_static": [{"location": EVIL, "path": "x"}],
}
SERVER_VALUES = {
    "nginx_port": EVIL,
    "nginx_body_size": EVIL,
    "nginx_client_timeout": EVIL,
    "nginx_client_header_timeout": EVIL,
    "nginx_keepalive_timeout": EVIL,
    "nginx_gzip_types": [EVIL],
    "nginx_trusted_proxies": [EVIL],
}


@pytest.mark.parametrize("setting", SITE_VALUES)
def test_every_setting_of_a_site_is_checked(setting: str) -> None:
    with pytest.raises(AnsibleFilterError, match=rf"{setting} of blog has .*; allowed is"):
        site(**{setting: SITE_VALUES[setting]})


@pytest.mark.parametrize("item", [{"path": "../x"}, {"path": "x\n"}, {"path": "$uri"}, {"expires": EVIL}])
def test_every_part_of_a_static_location_is_checked(item: dict[str, str]) -> None:
    with pytest.raises(AnsibleFilterError, match="nginx_site_static of blog has "):
        site(nginx_site_static=[{"location": "/static/", "path": "x", **item}])


@pytest.mark.parametrize("setting", SERVER_VALUES)
def test_every_setting_of_the_server_is_checked(setting: str) -> None:
    with pytest.raises(AnsibleFilterError, match=rf"{setting} has .*; allowed is"):
        render("masonite-deploy.conf.j2", **{setting: SERVER_VALUES[setting]})
