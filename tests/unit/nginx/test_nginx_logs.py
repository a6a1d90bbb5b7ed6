# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The logs of a site are closed to the users of apps."""

from __future__ import annotations

import grp
import os
import pwd
from pathlib import Path

import pytest
from nginx_world import Server

USER, GROUP = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name


def closed(server: Server, log: Path, check_mode: bool = False) -> str:
    site = server.site("a.test")
    done = server.apply_site(site, check_mode, logs=[str(log)], log_user=USER, log_group=GROUP)
    assert done.ok, done.message
    return "\n".join(done.changes)


def test_a_log_is_made_closed_before_nginx_opens_it(server: Server, tmp_path: Path) -> None:
    log = tmp_path / "logs" / "a.log"
    assert f"closed {log}" in closed(server, log)
    assert log.stat().st_mode & 0o777 == 0o640
    assert f"closed {log}" not in closed(server, log)


def test_a_log_that_others_can_read_is_closed_and_keeps_its_lines(server: Server, tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("a visitor\n")
    log.chmod(0o644)
    assert f"closed {log}" in closed(server, log, check_mode=True)
    assert log.stat().st_mode & 0o777 == 0o644
    closed(server, log)
    assert (log.stat().st_mode & 0o777, log.read_text()) == (0o640, "a visitor\n")


def test_a_log_that_the_test_of_nginx_makes_is_closed(server: Server, tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    before = os.umask(0o022)
    try:
        done = server.apply_site(server.site("a.test", "", f"access_log {log};"), check_mode=True)
    finally:
        os.umask(before)
    assert done.ok, done.message
    assert log.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("target", ["/dev/null", "elsewhere"])
def test_a_link_in_the_place_of_a_log_is_left_alone(server: Server, tmp_path: Path, target: str) -> None:
    log = tmp_path / "a.log"
    log.symlink_to(target)
    assert "closed" not in closed(server, log)
    assert os.readlink(log) == target
