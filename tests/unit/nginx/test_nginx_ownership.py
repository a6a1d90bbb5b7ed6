# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person or a program wrote in NGINX's configuration is never lost without a word."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from nginx_world import Server, read, refused

CERTBOT = "    listen 443; # managed by Certbot\n"
AVAILABLE, ENABLED = "sites-available/new.conf", "sites-enabled/new.conf"


def certbot(text: str) -> str:
    """The file as certbot's installer leaves it."""
    return text.rstrip()[:-1] + CERTBOT + "}\n"


@dataclass(frozen=True)
class Case:
    """Who wrote what before, and what has to be named if it is refused."""

    written: str = ""
    """What this program wrote before; nothing if empty."""
    available: str = ""
    enabled: str = ""
    """A regular file in sites-enabled; the link of before if empty."""
    before: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    kept: int = 0


def cases(server: Server) -> dict[str, Case]:
    old, hand = server.site("new", "old"), server.site("new", "by hand")
    return {
        "nothing": Case(),
        "what this program wrote": Case(written=old),
        "what a version without records wrote": Case(available=old, before=[old]),
        "the same as is wanted": Case(available=server.site("new", "wanted")),
        "certbot's edit": Case(
            written=old,
            available=certbot(old),
            named=[AVAILABLE, "was edited since this role wrote it", "managed by Certbot", "line 5"],
            kept=1,
        ),
        "certbot's edit of what a version without records wrote": Case(
            available=certbot(old), before=[old], named=[AVAILABLE, "managed by Certbot"], kept=1
        ),
        "a person's file": Case(
            available=hand, named=[AVAILABLE, "was not written by this role", "by hand"], kept=1
        ),
        "a person's file in sites-enabled": Case(enabled=hand, named=[ENABLED, "by hand"], kept=1),
        "a person's file in the place of our link": Case(
            written=old, enabled=hand, named=[ENABLED, "by hand"], kept=1
        ),
        "our file in the place of our link": Case(written=old, enabled=old),
        "the wanted file in the place of our link": Case(enabled=server.site("new", "wanted")),
        "two files of a person": Case(
            available=hand, enabled=certbot(hand), named=[AVAILABLE, ENABLED, "managed by Certbot"], kept=2
        ),
    }


CASES = list(cases(Server.__new__(Server)))


def prepare(server: Server, case: Case) -> None:
    if case.written:
        assert server.apply_site(case.written).ok
    if case.available:
        server.write(AVAILABLE, case.available)
    if case.enabled:
        (server.config / ENABLED).unlink(missing_ok=True)
        server.write(ENABLED, case.enabled)


@pytest.mark.parametrize("name", CASES)
def test_a_file_is_replaced_only_if_a_person_loses_nothing(server: Server, name: str) -> None:
    case = cases(server)[name]
    prepare(server, case)
    tree = server.tree()
    wanted = server.site("new", "wanted")
    looked = server.apply_site(wanted, check_mode=True, previous_contents=case.before)
    assert server.tree() == tree
    run = server.apply_site(wanted, previous_contents=case.before)
    assert (run.reason, run.message) == (looked.reason, looked.message)
    if case.named:
        assert run.reason == "foreign_file"
        assert server.tree() == tree
        for words in [
            *case.named,
            "Nothing was changed",
            "nginx_site_replace: true",
            "nginx_site_directives",
        ]:
            assert words in run.message
    else:
        assert run.ok, run.message
        assert os.readlink(server.config / ENABLED) == f"../{AVAILABLE}"
        assert (server.config / AVAILABLE).read_text() == wanted
        assert server.apply_site(wanted).changes == []
    assert server.kept() == {}


@pytest.mark.parametrize("name", [name for name in CASES if " a person" in f" {name}" or "certbot" in name])
def test_a_replaced_file_is_kept_outside_of_what_nginx_reads(server: Server, name: str) -> None:
    case = cases(server)[name]
    prepare(server, case)
    wanted = server.site("new", "wanted")
    run = server.apply_site(wanted, previous_contents=case.before, replace=True)
    assert run.ok, run.message
    copies = list((server.records / "replaced").iterdir())
    assert sorted(path.read_text() for path in copies) == sorted(filter(None, [case.available, case.enabled]))
    assert all(re.fullmatch(r"new\.conf\.\d{8}T\d{6}Z(\.2)?", path.name) for path in copies)
    assert sorted(str(path) for path in copies) == sorted(item["copy"] for item in run.copies)
    assert (server.config / ENABLED).resolve().read_text() == wanted
    assert server.apply_site(wanted).changes == []


def test_the_record_can_be_checked_by_a_person(server: Server) -> None:
    server.apply_site(server.site("new"))
    digest = hashlib.sha256((server.config / AVAILABLE).read_bytes()).hexdigest()
    record = server.records / f"{AVAILABLE}.sha256"
    assert record.read_text() == f"{digest}  {server.config}/{AVAILABLE}\n"


@pytest.mark.parametrize("at", ["before the file", "after the file"])
def test_a_run_that_was_killed_makes_nobody_the_author(server: Server, at: str) -> None:
    old, new = server.site("new", "old"), server.site("new", "new")
    server.apply_site(old)
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in (old, new)]
    record = server.records / f"{AVAILABLE}.sha256"
    record.write_text("".join(f"{digest}  x\n" for digest in digests))
    server.write(AVAILABLE, old if at == "before the file" else new)
    assert server.apply_site(server.site("new", "wanted")).ok


def test_what_was_equal_once_is_on_record(server: Server) -> None:
    """A file of a version without records is ours from now on: its settings may change afterwards."""
    server.write(AVAILABLE, server.site("new", "old"))
    assert server.apply_site(server.site("new", "old")).ok
    assert server.apply_site(server.site("new", "wanted")).ok


OTHER = "the-book.conf"


def write_other(server: Server, place: str) -> str:
    """Another enabled virtual host with the same name, and the path a person would name it by."""
    text = server.site("new", "by hand")
    if place == "a link":
        server.write(f"sites-available/{OTHER}", text)
        (server.config / "sites-enabled" / OTHER).symlink_to(f"../sites-available/{OTHER}")
        return str(server.config / "sites-enabled" / OTHER)
    if place == "the link's file":
        return write_other(server, "a link").replace("enabled", "available")
    return str(server.write(place, text))


PLACES = ["a link", "the link's file", f"sites-enabled/{OTHER}", f"conf.d/{OTHER}"]


@pytest.mark.parametrize("place", PLACES)
def test_another_site_of_that_name_is_refused_and_named(server: Server, place: str) -> None:
    write_other(server, place)
    tree = server.tree()
    for check_mode in (True, False):
        run = server.apply_site(server.site("new"), check_mode, replace=True)
        assert run.reason == "invalid_configuration"
        assert 'conflicting server name "new"' in run.message
        path = f"{server.config}/{'conf.d' if 'conf.d' in place else 'sites-enabled'}/{OTHER}"
        assert f"new belongs to {path}" in run.message
        assert f"nginx_site_replaces: [{path}]" in run.message
        assert server.tree() == tree


@pytest.mark.parametrize("place", PLACES)
def test_another_site_is_replaced_where_it_is_named(server: Server, place: str) -> None:
    path = write_other(server, place)
    server.start()
    assert server.visit("new") == "by hand"
    run = server.apply_site(server.site("new", "ours"), replaces=[path])
    assert run.ok, run.message
    assert server.visit("new") == "ours"
    assert server.kept() == {OTHER: server.site("new", "by hand")}
    assert not os.path.lexists(server.config / "sites-enabled" / OTHER)
    assert not os.path.lexists(server.config / "conf.d" / OTHER)
    assert os.path.lexists(server.config / "sites-available" / OTHER) is ("link" in place)
    assert server.apply_site(server.site("new", "ours"), replaces=[path]).changes == []


@pytest.mark.parametrize("shared", ["limit_req_zone $uri zone=one:1m rate=1r/s;\n", ""])
def test_no_moment_is_without_a_valid_configuration(server: Server, shared: str) -> None:
    """Two files with the same zone cannot be read; NGINX could start after each step all the same."""
    path = server.write(f"conf.d/{OTHER}", shared + server.site("new", "by hand"))
    run = server.apply_site(shared + server.site("new", "ours"), replaces=[str(path)])
    assert run.ok, run.message
    lines = [line.split()[0] for line in run.changes if not line.startswith("kept")]
    assert lines == (["removed", "enabled", "wrote"] if shared else ["wrote", "enabled", "removed"])


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "{config}/../x", "{config}/nginx.conf", "relative.conf", "{config}"]
)
def test_only_virtual_hosts_are_replaced(server: Server, path: str) -> None:
    tree = server.tree()
    run = server.apply_site(server.site("new"), replaces=[path.format(config=server.config)])
    assert run.reason == "options"
    assert "cannot be replaced" in run.message
    assert server.tree() == tree


@pytest.mark.parametrize("name", ["conf.d/ours.conf", "snippets/ours.conf"])
def test_a_persons_edit_of_the_files_of_the_server_is_refused(server: Server, name: str) -> None:
    def apply(text: str, **params: Any) -> str:
        run = server.apply(files=[{"path": name, "content": text}], **params)
        assert run.reason in ("", "foreign_file"), run.message
        return run.reason

    assert apply("server_tokens off;\n") == ""
    assert apply("gzip off;\n") == ""
    server.write(name, "gzip off;\n# by hand\n")
    assert apply("gzip on;\n") == "foreign_file"
    assert (server.config / name).read_text() == "gzip off;\n# by hand\n"
    assert apply("gzip on;\n", replace=True) == ""
    assert server.kept() == {"ours.conf": "gzip off;\n# by hand\n"}


@pytest.mark.parametrize(("edited", "reason"), [(False, ""), (True, "foreign_file")])
def test_the_default_site_is_removed_unless_a_person_has_edited_it(
    server: Server, edited: bool, reason: str
) -> None:
    text = server.site("default")
    digest = hashlib.md5(text.encode()).hexdigest()
    server.packages.write_text(
        "Package: nginx-common\nConffiles:\n"
        f" {server.config}/nginx.conf 00000000000000000000000000000000\n"
        f" {server.config}/sites-available/default {digest}\n"
    )
    server.write("sites-available/default", text + ("# by hand\n" if edited else ""))
    link = server.config / "sites-enabled" / "default"
    link.symlink_to("../sites-available/default")
    run = server.apply(remove_default_site=True)
    assert run.reason == reason
    assert link.is_symlink() is edited
    assert ("nginx_default_server: false" in run.message) is edited
    assert (server.config / "sites-available" / "default").exists()
    if edited:
        assert server.apply(remove_default_site=True, replace=True).ok
        assert not link.is_symlink()
        assert server.kept() == {"default": text + "# by hand\n"}


@pytest.mark.parametrize(
    ("written", "found", "reason", "kept"),
    [(True, "ours", "", 0), (True, "edited", "", 1), (False, "edited", "foreign_file", 0)],
    ids=["ours", "edited", "never ours"],
)
def test_a_removed_site_takes_no_edit_with_it(
    server: Server, written: bool, found: str, reason: str, kept: int
) -> None:
    text = server.site("new", "ours")
    if written:
        server.apply_site(text)
    else:
        server.write(AVAILABLE, text)
        (server.config / ENABLED).symlink_to(f"../{AVAILABLE}")
    if found == "edited":
        server.write(AVAILABLE, certbot(text))
    assert server.remove("new.conf", check_mode=True).reason == reason
    assert server.remove("new.conf").reason == reason
    assert (server.config / AVAILABLE).exists() is bool(reason)
    assert len(server.kept()) == kept
    if reason:
        assert server.remove("new.conf", replace=True).ok
        assert server.kept() == {"new.conf": certbot(text)}
    assert not (server.records / f"{AVAILABLE}.sha256").exists()


@pytest.mark.parametrize("directive", ["keepalive_timeout 5", "server_names_hash_bucket_size 64"])
def test_what_the_owner_has_set_in_nginx_conf_is_left_out(server: Server, directive: str) -> None:
    config = server.config / "nginx.conf"
    config.write_text(config.read_text().replace("http {\n", f"http {{\n  {directive};\n"))
    ours = f"{directive.split()[0]} 128;"
    request = {
        "files": [{"path": "conf.d/ours.conf", "content": f"gzip_vary on;\n{ours}\nserver_tokens off;\n"}]
    }
    run = server.apply(**request)
    assert run.ok, run.message
    text = (server.config / "conf.d" / "ours.conf").read_text()
    assert text == f"gzip_vary on;\n# Set in another file already: {ours}\nserver_tokens off;\n"
    assert server.apply(**request).changes == []


def test_a_directive_that_is_twice_in_the_settings_is_refused(server: Server) -> None:
    run = server.apply(files=[{"path": "conf.d/ours.conf", "content": "gzip_vary on;\ngzip_vary off;\n"}])
    assert run.reason == "invalid_configuration"
    assert '"gzip_vary" directive is duplicate' in run.message


def test_a_default_server_of_anothers_names_the_setting(server: Server) -> None:
    text = f"server {{ listen unix:{server.socket} default_server; return 444; }}\n"
    run = server.apply(files=[{"path": "conf.d/ours.conf", "content": text}])
    assert run.reason == "invalid_configuration"
    assert "nginx_default_server: false" in run.message


def test_the_difference_is_shown(server: Server) -> None:
    old, wanted = server.site("new", "old"), server.site("new", "wanted")
    server.apply_site(old)
    path = f"{server.config}/{AVAILABLE}"
    expected = {"before_header": path, "after_header": path, "before": old, "after": wanted}
    for check_mode in (True, False):
        assert server.apply_site(wanted, check_mode).diff == [expected]
    assert server.apply_site(wanted).diff == []


def test_check_mode_takes_for_granted_what_the_run_would_have_done(server: Server) -> None:
    """The format of the log is written by the role before its sites; in check mode it is not."""
    site = server.site("new").replace("server {\n", f"server {{\n  access_log {server.log} ours;\n")
    assume = {"files": [{"path": "conf.d/ours.conf", "content": "log_format ours $uri;\n"}]}
    assert server.apply_site(site, check_mode=True).reason == "invalid_configuration"
    tree = server.tree()
    run = server.apply_site(site, check_mode=True, assume=assume)
    assert run.ok, run.message
    assert server.tree() == tree


def test_check_mode_works_where_nginx_is_not_installed_yet(server: Server) -> None:
    server.config = server.config / "nowhere"
    server.binary = server.config / "nginx"
    run = server.apply_site(server.site("new"), check_mode=True)
    assert (run.reason, run.message) == ("", "")
    assert f"wrote {server.config}/{AVAILABLE}" in run.changes
    assert not server.config.exists()
    assert not server.records.exists()


@pytest.mark.parametrize("path", ["/etc/passwd", "../passwd", "passwd", "conf.d/../../passwd", "a/b/c", ""])
def test_only_files_in_a_directory_of_nginx_are_written(server: Server, path: str) -> None:
    with refused("options"):
        read(server.params(files=[{"path": path, "content": ""}]))


@pytest.mark.parametrize(
    "params",
    [
        {"sites": [{"name": "../x", "content": ""}]},
        {"sites": [{"name": "x"}]},
        {"sites": [{"name": "x", "content": ""}, {"name": "x", "state": "absent"}]},
        {"files": [{"path": "conf.d/x", "content": ""}, {"path": "conf.d/x", "content": "y"}]},
        {"pages": [{"path": "x.html", "content": ""}]},
        {"worker_connections": -1},
    ],
)
def test_what_makes_no_sense_is_refused(server: Server, params: dict[str, Any]) -> None:
    with refused("options") as caught:
        read(server.params(**params))
    assert caught.value.facts["options"]
