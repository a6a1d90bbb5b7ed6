# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files below a directory that others can write to: never reached through a link."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.masonite.deploy.plugins.module_utils._system.directory import Directory, open_file


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """What a link must not lead to."""
    path = tmp_path / "outside"
    path.mkdir()
    (path / "file").write_text("secret")
    return path


@pytest.fixture
def base(tmp_path: Path, outside: Path) -> Iterator[Directory]:
    """A directory with links in every place that its names can go through."""
    path = tmp_path / "base"
    path.mkdir()
    (path / "folder").mkdir()
    (path / "link").symlink_to(outside)
    (path / "file link").symlink_to(outside / "file")
    os.mkfifo(path / "fifo")
    with Directory(str(path)) as directory:
        yield directory


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


ACTIONS: dict[str, Callable[[Directory, str], Any]] = {
    "read": lambda directory, name: directory.read(name),
    "write": lambda directory, name: directory.write(name, b"x", 0o600),
    "make a directory": lambda directory, name: directory.make_directory(name, 0o700),
    "set rights": lambda directory, name: directory.set_rights(name, 0o666),
    "link": lambda directory, name: directory.link(name, "x"),
    "remove": lambda directory, name: directory.remove(name),
    "list": lambda directory, name: directory.names(name),
    "status": lambda directory, name: directory.status(name),
    "target": lambda directory, name: directory.target(name),
}


@pytest.mark.parametrize("action", ACTIONS)
def test_no_action_goes_through_a_link_above(base: Directory, outside: Path, action: str) -> None:
    with pytest.raises(OSError, match=r"Not a directory|Too many levels"):
        ACTIONS[action](base, "link/file")
    assert os.listdir(outside) == ["file"]
    assert (outside / "file").read_text() == "secret"


@pytest.mark.parametrize(
    "name", ["", "/", "..", "../outside/file", "/etc/passwd", "folder/../../outside/file", "a\0"]
)
@pytest.mark.parametrize("action", sorted(set(ACTIONS) - {"list"}))
def test_no_action_leaves_the_directory(base: Directory, action: str, name: str) -> None:
    with pytest.raises(OSError, match="not a name below the directory"):
        ACTIONS[action](base, name)


@pytest.mark.parametrize("action", ["read", "set rights", "list", "make a directory"])
@pytest.mark.parametrize("name", ["link", "file link"])
def test_a_link_itself_is_not_followed(base: Directory, outside: Path, action: str, name: str) -> None:
    before = mode(outside), mode(outside / "file")
    with pytest.raises(OSError, match=r"Not a directory|Too many levels"):
        ACTIONS[action](base, name)
    assert (mode(outside), mode(outside / "file")) == before


def test_writing_replaces_a_link_and_not_its_target(base: Directory, outside: Path) -> None:
    base.write("file link", b"mine", 0o640)
    assert (outside / "file").read_text() == "secret"
    assert base.read("file link") == b"mine"
    assert mode(Path(base.path) / "file link") == 0o640


@pytest.mark.parametrize("name", ["fifo", "folder"])
def test_only_regular_files_are_read_and_a_fifo_does_not_block(base: Directory, name: str) -> None:
    with pytest.raises(OSError, match=r"not a regular file|Is a directory"):
        base.read(name)


def test_a_second_name_of_a_file_gets_no_rights(base: Directory, outside: Path) -> None:
    os.link(outside / "file", Path(base.path) / "second")
    with pytest.raises(OSError, match="not a regular file of its own"):
        base.set_rights("second", 0o666)
    assert mode(outside / "file") != 0o666


def test_what_was_made_is_found_again_and_changes_are_told_apart(base: Directory) -> None:
    assert base.make_directory("folder/new", 0o750) is True
    assert base.make_directory("folder/new", 0o750) is False
    assert base.make_directory("folder/new", 0o700) is True
    base.write("folder/new/file", b"content", 0o600)
    assert base.set_rights("folder/new/file", 0o600) is False
    assert base.set_rights("folder/new/file", 0o644) is True
    base.link("folder/new/link", "file")
    assert base.names("folder/new") == ["file", "link"]
    assert (base.target("folder/new/link"), base.target("folder/new/file")) == ("file", None)
    assert base.target("missing") is None
    assert base.status("missing") is None
    assert (base.remove("folder/new/link"), base.remove("folder/new/link")) == (True, False)
    assert base.read("folder/new/file", most=3) == b"con"


def test_a_failed_replacement_leaves_nothing(base: Directory) -> None:
    with pytest.raises(OSError, match="directory"):
        base.write("folder", b"x", 0o600)
    with pytest.raises(OSError, match="directory"):
        base.link("folder", "x")
    assert base.names() == ["fifo", "file link", "folder", "link"]


def test_a_directory_that_is_a_link_is_not_opened(base: Directory) -> None:
    with pytest.raises(OSError, match="Not a directory"):
        Directory(os.path.join(base.path, "link"))


def test_a_file_is_opened_through_links_that_only_this_user_can_have_made(
    base: Directory, outside: Path
) -> None:
    def read(path: str) -> str:
        with os.fdopen(open_file(path)) as stream:
            return stream.read()

    path = Path(base.path)
    assert read(f"{path}/link/file") == "secret"
    assert read(f"{path}/folder/../file link") == "secret"
    path.chmod(0o777)
    for name in ("link/file", "file link"):
        with pytest.raises(OSError, match="Too many levels") as caught:
            open_file(f"{path}/{name}")
        assert caught.value.errno == errno.ELOOP


def test_links_that_lead_to_each_other_are_an_error(base: Directory) -> None:
    path = Path(base.path)
    (path / "round").symlink_to("round")
    with pytest.raises(OSError, match="Too many levels"):
        open_file(str(path / "round"))


@pytest.mark.parametrize("name", ["fifo", "folder", ""])
def test_only_a_regular_file_is_opened(base: Directory, name: str) -> None:
    with pytest.raises(OSError, match=r"not a regular file|Is a directory"):
        open_file(os.path.join(base.path, name) if name else "/")
