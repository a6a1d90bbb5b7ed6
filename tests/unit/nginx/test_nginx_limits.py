# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How many connections NGINX takes: raised in its owner's nginx.conf, which is theirs otherwise."""

from __future__ import annotations

import pytest
from nginx_world import Server

LIMITS = "modules-enabled/60-masonite-deploy.conf"


def write_config(server: Server, events: str, top: str = "") -> str:
    """nginx.conf with other events, and more at its top."""
    path = server.config / "nginx.conf"
    text = top + path.read_text().replace("events {}", events)
    path.write_text(text)
    return text


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ("events {\n\tworker_connections 768;\n\t# x on;\n}", "worker_connections 4096;\n\t# x on;\n}"),
        ("events { worker_connections 768; }", "events { worker_connections 4096; }"),
        ("events {\n\t# worker_connections 9;\n}", "\tworker_connections 4096;\n\t# worker_connections 9;"),
        ("events {}", "events {\n\tworker_connections 4096;}"),
        ("events\n{\n}", "events\n{\n\tworker_connections 4096;\n}"),
        ("events { worker_connections 4096; }", ""),
        ("events { worker_connections 65536; }", ""),
    ],
)  # fmt: skip
def test_only_a_number_that_is_too_low_is_raised(server: Server, events: str, expected: str) -> None:
    before = write_config(server, events)
    run = server.apply(check_mode=True, worker_connections=4096)
    assert run.ok, run.message
    assert (server.config / "nginx.conf").read_text() == before
    assert server.apply(worker_connections=4096).changes == [
        copy_line(server) if line == f"kept a copy of {server.config}/nginx.conf" else line
        for line in run.changes
    ]
    text = (server.config / "nginx.conf").read_text()
    assert text == before if not expected else expected in text
    assert server.kept() == ({"nginx.conf": before} if expected else {})
    number = 131072 if "65536" in events else 8192
    assert f"worker_rlimit_nofile {number};\n" in (server.config / LIMITS).read_text()
    assert server.apply(worker_connections=4096).changes == []
    assert server.check((server.config / LIMITS).read_text(), LIMITS).ok


def copy_line(server: Server) -> str:
    copies = list((server.records / "replaced").glob("*"))
    return f"kept a copy of {server.config}/nginx.conf in {copies[0]}" if copies else ""


def test_a_copy_is_kept_once_for_each_edit_of_the_owner(server: Server) -> None:
    write_config(server, "events { worker_connections 768; }")
    for number in (1024, 2048):
        assert server.apply(worker_connections=number).ok
    assert len(server.kept()) == 1
    config = server.config / "nginx.conf"
    config.write_text(config.read_text().replace("2048", "512") + "# by hand\n")
    assert server.apply(worker_connections=2048).ok
    copies = [path.read_text() for path in (server.records / "replaced").iterdir()]
    assert len(copies) == 2
    assert any("# by hand\n" in text for text in copies)
    assert config.read_text().endswith("# by hand\n")
    assert "worker_connections 2048;" in config.read_text()


def test_the_owners_limit_of_open_files_stands(server: Server) -> None:
    write_config(server, "events { worker_connections 768; }", "worker_rlimit_nofile 20000;\n")
    assert server.apply(worker_connections=4096).ok
    assert not (server.config / LIMITS).exists()
    assert (server.config / "nginx.conf").read_text().count("worker_rlimit_nofile") == 1


def test_where_nginx_reads_no_such_directory_the_limit_stands_in_nginx_conf(server: Server) -> None:
    path = server.config / "nginx.conf"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "modules-enabled" not in line))
    assert server.apply(worker_connections=4096).ok
    assert not (server.config / LIMITS).exists()
    assert path.read_text().startswith("worker_rlimit_nofile 8192;\n")
    assert server.apply(worker_connections=4096).changes == []


def test_0_leaves_the_limits_as_they_are(server: Server) -> None:
    before = server.tree()
    assert server.apply(worker_connections=0).changes == []
    assert server.tree() == before
