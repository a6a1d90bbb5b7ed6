# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server is and lacks, and the directories and files that are made on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.masonite.deploy.plugins.module_utils._server.distribution import (
    Distribution,
    read_distribution,
)
from ansible_collections.masonite.deploy.plugins.module_utils._server.errors import ServerFilesError
from ansible_collections.masonite.deploy.plugins.module_utils._server.files import Result, ServerFiles
from ansible_collections.masonite.deploy.plugins.module_utils._server.network import has_ipv6
from ansible_collections.masonite.deploy.plugins.module_utils._server.options import read_options
from ansible_collections.masonite.deploy.plugins.module_utils._server.packages import find_missing_packages
from ansible_collections.masonite.deploy.plugins.modules.server_files import ARGUMENTS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('NAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n', Distribution("Debian", "12")),
        ('NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n', Distribution("Ubuntu", "24.04")),
        ("ID=raspbian\nVERSION_ID='12'\n", Distribution("Debian", "12")),
        ("NAME=Debian\nID=debian\nVERSION_CODENAME=forky\n", Distribution("Debian", "forky")),
        ("# x=y\nNAME=Fedora\nID=fedora\nVERSION_ID=43\n", Distribution("Fedora", "43")),
        ('NAME="broken\n', Distribution('"broken', "")),
        ("", Distribution("", "")),
    ],
)
def test_a_distribution_has_the_name_that_ansible_gives_it(
    tmp_path: Path, text: str, expected: Distribution
) -> None:
    path = tmp_path / "os-release"
    path.write_text(text)
    assert read_distribution((tmp_path / "nowhere", path)) == expected


QUERY = """#!/bin/sh
shift 2
for name; do
  case $name in
    git|acl|sudo) echo "$name $name installed" ;;
    libssl-dev|libssl-dev:amd64) echo "libssl-dev libssl-dev:amd64 installed" ;;
    removed) echo "removed removed config-files" ;;
    *) echo "dpkg-query: no packages found matching $name" >&2; status=1 ;;
  esac
done
exit ${status:-0}
"""
STATES = (
    "Package: sudo\nArchitecture: amd64\nAuto-Installed: 1\n\n"
    "Package: acl\nArchitecture: amd64\nAuto-Installed: 0\n"
)


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        (["git", "acl"], []),
        (["git", "curl", "acl"], ["curl"]),
        (["removed"], ["removed"]),
        (["libssl-dev", "libssl-dev:amd64"], []),
        (["git=1:2.39*", "gi*", "/tmp/x.deb"], ["git=1:2.39*", "gi*", "/tmp/x.deb"]),
        (["sudo"], ["sudo"]),
        ([], []),
    ],
)
def test_a_package_is_missing_unless_apt_would_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: list[str], missing: list[str]
) -> None:
    program = tmp_path / "dpkg-query"
    program.write_text(QUERY)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    states = tmp_path / "extended_states"
    states.write_text(STATES)
    assert find_missing_packages(names, states) == missing


def test_without_dpkg_all_packages_are_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_missing_packages(["git"], tmp_path / "nowhere") == ["git"]


LOOPBACK = "00000000000000000000000000000001 01 80 10 80       lo\n"
LINK = "fe800000000000000042acfffe110002 0b 40 20 80     eth0\n"


@pytest.mark.parametrize(("text", "expected"), [("", False), (LOOPBACK, False), (LOOPBACK + LINK, True)])
def test_an_address_besides_the_loopback_is_ipv6(tmp_path: Path, text: str, expected: bool) -> None:
    path = tmp_path / "if_inet6"
    path.write_text(text)
    assert has_ipv6(path) is expected
    assert not has_ipv6(tmp_path / "nowhere")


def converge(check_mode: bool = False, **params: Any) -> Result:
    validated = ArgumentSpecValidator(ARGUMENTS).validate(params)
    assert not validated.error_messages, validated.error_messages
    return ServerFiles(read_options(validated.validated_parameters), check_mode).converge()


@contextmanager
def refused(reason: str) -> Iterator[None]:
    with pytest.raises(ServerFilesError) as caught:
        yield
    assert caught.value.reason == reason


@pytest.fixture(autouse=True)
def _umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o7777


def test_directories_and_files_are_made_once(tmp_path: Path) -> None:
    wanted: dict[str, Any] = {
        "directories": [{"path": str(tmp_path / "a/b")}, {"path": str(tmp_path / "private"), "mode": "0700"}],
        "files": [{"path": str(tmp_path / "c/d"), "content": "text\n"}],
    }
    paths = [str(tmp_path / name) for name in ("a/b", "private", "c/d")]
    assert converge(check_mode=True, **wanted).changed_paths == paths
    assert list(tmp_path.iterdir()) == []
    assert converge(**wanted).changed_paths == paths
    assert [mode(tmp_path / name) for name in ("a", "a/b", "private", "c", "c/d")] == [
        0o755, 0o755, 0o700, 0o755, 0o644
    ]  # fmt: skip
    assert (tmp_path / "c/d").read_text() == "text\n"
    assert converge(**wanted).changed_paths == []


def test_what_differs_is_corrected(tmp_path: Path) -> None:
    directory, file = tmp_path / "a", tmp_path / "b"
    directory.mkdir(mode=0o700)
    file.write_text("old\n")
    file.chmod(0o600)
    wanted: dict[str, Any] = {
        "directories": [{"path": str(directory)}],
        "files": [{"path": str(file), "content": "new\n"}],
    }
    result = converge(**wanted)
    assert [(item["before"], item["after"]) for item in result.diff][1] == ("old\n", "new\n")
    assert (mode(directory), mode(file), file.read_text()) == (0o755, 0o644, "new\n")
    file.chmod(0o600)
    assert converge(**wanted).changed_paths == [str(file)]
    assert mode(file) == 0o644


def test_a_secret_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "proxy"
    for content in ("secret one", "secret two"):
        result = converge(files=[{"path": str(path), "content": content, "mode": "0600", "secret": True}])
        assert result.diff[0]["before"] != result.diff[0]["after"]
        assert "secret" not in result.diff[0]["before"] + result.diff[0]["after"]
        assert (path.read_text(), mode(path)) == (content, 0o600)


def test_links_to_directories_and_files_stay_links(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "sites").symlink_to("data")
    (tmp_path / "file").write_text("old")
    (tmp_path / "link").symlink_to("file")
    converge(
        directories=[{"path": str(tmp_path / "sites")}],
        files=[{"path": str(tmp_path / "link"), "content": "new"}],
    )
    assert (tmp_path / "sites").is_symlink()
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "new"


def test_what_is_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with refused("not_a_directory"):
        converge(directories=[{"path": str(tmp_path / "file")}])
    with refused("not_a_file"):
        converge(files=[{"path": str(tmp_path), "content": ""}])
    for params in ({"path": "relative"}, {"path": "/a/../b"}, {"path": "/a", "mode": "rwx"}):
        with refused("options"):
            converge(check_mode=True, directories=[params])
