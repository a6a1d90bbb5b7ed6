# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server of version 0.1 is converted once: nothing is lost, no link is followed, a killed run is
continued."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from home_world import DEPLOY, FIRST, KEY, RELEASES, User, World

from ansible_collections.masonite.deploy.plugins.module_utils._app_home.conversion import Conversion
from ansible_collections.masonite.deploy.plugins.module_utils._app_home.errors import HomeError
from ansible_collections.masonite.deploy.plugins.module_utils._system.directory import Directory

CONVERTED = {
    "": "root:blog 0750",
    ".env": "root:blog 0640",
    ".state": "root:root 0700",
    ".state/mutex": "root:root 0660",
    "history.jsonl": "root:root 0644",
    "current": "root:root 0777",
    "backups": "root:root 0700",
    "backups/1.sqlite3": "root:root 0600",
    "repo.git": "blog-build:blog-build 0700",
    "repo.git/HEAD": "blog-build:blog-build 0660",
    "releases": "blog-build:blog-build 0755",
    f"releases/{RELEASES[0]}/wsgi.py": "blog-build:blog-build 0644",
    f"releases/{RELEASES[0]}/passwd": "blog-build:blog-build 0777",
    f"releases/{RELEASES[1]}/storage": "blog-build:blog-build 0755",
    "shared": "blog:blog 0750",
    "shared/database.sqlite3": "blog:blog 0660",
    "shared/storage/log": "blog:blog 0660",
    "shared/storage/uploads/cat.txt": "blog:blog 0660",
    "ssh/id": "root:blog-build 0640",
    "../../venvs/blog": "blog-build:blog 0750",
    "../../venvs/blog/0123": "deploy:deploy 0755",
}
CONTENT = {
    ".env": KEY,
    "history.jsonl": "first\nsecond\n",
    "shared/database.sqlite3": "rows",
    "shared/storage/uploads/cat.txt": "a cat",
    "backups/1.sqlite3": "backup",
    "ssh/id": "deploy key",
}


def assert_converted(world: World) -> None:
    assert {name: world.rights(name) for name in CONVERTED} == CONVERTED
    for name, content in CONTENT.items():
        assert content in (world.path / name).read_text(), name
    for release in RELEASES:
        assert os.readlink(world.path / "releases" / release / ".env") == str(world.path / ".env")
    for gone in ("shared/.env", "deploy"):
        assert not os.path.lexists(world.path / gone)


def test_a_server_of_version_01_is_converted_without_losing_anything(world: World) -> None:
    world.make_version_01()
    before = world.snapshot()
    expected = world.run(check_mode=True)
    assert world.snapshot() == before
    result = world.run()
    assert result["converted"] == expected["converted"] != []
    assert_converted(world)
    assert "The common user deploy" in result["warnings"][0]


def test_the_conversion_happens_once(world: World) -> None:
    world.make_version_01()
    world.run()
    before = world.snapshot()
    for check_mode in (True, False):
        result = world.run(check_mode)
        assert (result["changed"], result["converted"], result["warnings"]) == (False, [], [])
    assert world.snapshot() == before


def test_a_server_of_version_01_without_a_release_is_converted(world: World) -> None:
    world.make_version_01()
    for name in (".state", "repo.git", "releases"):
        os.system(f"rm -r {world.path / name}")
    for name in ("current", "history.jsonl", "../../sockets/blog.root"):
        (world.path / name).unlink()
    (world.path / "releases").mkdir()
    os.chown(world.path / "releases", DEPLOY, DEPLOY)
    assert world.run()["converted"]
    assert world.rights("shared/database.sqlite3") == "blog:blog 0660"


def test_a_clone_that_version_01_had_filled_is_not_taken(world: World) -> None:
    world.make_version_01()
    for name in (".state", "repo.git"):
        os.system(f"rm -r {world.path / name}")
    world.write("wsgi.py", "a person's", 0, 0)
    (world.root / "sockets/blog.root").unlink()
    assert world.refused().reason == "foreign_directory"


def test_the_former_deploy_user_may_have_been_changed(world: World) -> None:
    world.make_version_01()
    world.accounts.all_users.append(User("ci", 61001, 61001, "", "/home/ci", "/bin/sh"))
    for name in ("", "releases", "shared", "deploy"):
        os.chown(world.path / name, 61001, 61001)
    world.run()
    assert_converted(world)


def test_host_keys_that_the_common_user_accepted_are_known_to_the_build_user(world: World) -> None:
    home = world.root / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh/known_hosts").write_text("git.example ssh-ed25519 AAAA\n")
    world.make_version_01(home)
    world.run()
    assert (world.path / "build/.ssh/known_hosts").read_text() == "git.example ssh-ed25519 AAAA\n"
    assert world.rights("build/.ssh/known_hosts") == "blog-build:blog-build 0600"


def test_links_of_releases_into_shared_belong_to_the_app_and_no_others_do(world: World) -> None:
    world.make_version_01()
    world.link(f"releases/{RELEASES[0]}/out", world.path / "shared/../../other/secret")
    world.run()
    release = f"releases/{RELEASES[0]}"
    assert world.rights(f"{release}/storage/uploads") == "blog:blog-build 0777"
    assert world.rights(f"{release}/out") == "blog-build:blog-build 0777"


def _replace_by_link(world: World, name: str, target: Path) -> None:
    place = world.path / name
    if place.is_dir():
        place.rename(world.root / "moved")
    elif place.exists():
        place.unlink()
    world.link(name, target)


@pytest.mark.parametrize("name", [".state", "releases", "shared", "backups", "history.jsonl"])
def test_a_link_in_the_place_of_a_directory_is_refused_before_the_conversion(world: World, name: str) -> None:
    world.make_version_01()
    victim = world.root / "victim"
    victim.mkdir()
    _replace_by_link(world, name, victim)
    assert world.refused().reason in ("link", "foreign_directory")


def _fifo(path: Path, victim: Path) -> None:
    os.mkfifo(path)


def _foreign(path: Path, victim: Path) -> None:
    path.write_text("the app's own")
    os.chown(path, FIRST, 901)


def _second_name(path: Path, victim: Path) -> None:
    os.link(victim, path)


@pytest.mark.parametrize(
    "make", [lambda path, victim: path.symlink_to(victim), _fifo, _foreign, _second_name]
)
def test_an_environment_file_that_root_did_not_write_is_refused(
    world: World, make: Callable[[Path, Path], None]
) -> None:
    world.make_version_01()
    victim = world.root / "shadow"
    victim.write_text("root's secret")
    (world.path / "shared/.env").unlink()
    make(world.path / "shared/.env", victim)
    error = world.refused()
    assert error.reason == "environment_file"
    assert str(world.path / "shared/.env") in error.message


def test_nothing_is_taken_through_links_or_second_names(world: World) -> None:
    world.make_version_01()
    theirs = world.root / "theirs"
    theirs.mkdir()
    for name, uid in (("root", 0), ("deploy", DEPLOY), ("other", 61099)):
        (theirs / name).write_text(name)
        (theirs / name).chmod(0o600)
        os.chown(theirs / name, uid, uid)
        os.link(theirs / name, world.path / f"releases/{RELEASES[0]}/{name}")
        os.link(theirs / name, world.path / f"shared/storage/{name}")
        os.link(theirs / name, world.path / f"backups/{name}")
    for folder in ("releases", "shared", "backups", ".state", "repo.git"):
        world.link(f"{folder}/link", theirs / "root")
    os.mkfifo(world.path / "shared/fifo")
    os.chown(world.path / "shared/fifo", DEPLOY, DEPLOY)
    before = world.snapshot("theirs")
    warnings = " ".join(world.run()["warnings"])
    assert world.snapshot("theirs") == before
    # What the common user had is copied, since it is code; what root or others had is left and named.
    assert world.rights(f"releases/{RELEASES[0]}/deploy") == "blog-build:blog-build 0600"
    for left in (f"releases/{RELEASES[0]}/root", "shared/storage/deploy", "backups/link", "backups/root"):
        assert str(world.path / left) in warnings
    assert_converted(world)


def test_a_directory_with_more_than_the_deploy_key_is_kept(world: World) -> None:
    world.make_version_01()
    world.write("deploy/notes", "a person's", DEPLOY, DEPLOY)
    assert "notes" in " ".join(world.run()["warnings"])
    assert world.rights("deploy") == "root:root 0700"
    assert sorted(os.listdir(world.path / "deploy")) == ["notes"]


def test_a_deploy_key_of_the_settings_wins(world: World) -> None:
    world.make_version_01()
    world.run(deploy_key="new key")
    assert (world.path / "ssh/id").read_text() == "new key\n"


STEPS = [
    "_take_records",
    "_copy_environment",
    "_take_code",
    "_remove_environment",
    "_take_backups",
    "_take_shared",
    "_take_virtualenvs",
    "_move_key",
    "_copy_known_hosts",
]


@pytest.mark.parametrize("step", STEPS)
def test_a_conversion_that_was_killed_is_continued(
    world: World, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.make_version_01()

    def die(*_arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Conversion, step, die)
        with pytest.raises(KeyboardInterrupt):
            world.run()
    for release in RELEASES:
        assert KEY in (world.path / "releases" / release / ".env").read_text()
    world.run()
    assert_converted(world)


def test_each_moment_of_the_conversion_has_an_environment_file_that_the_app_can_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.make_version_01()
    seen = []

    def look(*_arguments: object) -> None:
        for release in RELEASES:
            path = (world.path / "releases" / release / ".env").resolve()
            found = path.stat()
            seen.append((found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode), KEY in path.read_text()))

    for name in ("write", "link", "remove", "make_directory", "set_rights"):
        original = getattr(Directory, name)

        def watched(self: Directory, *arguments: object, _original: object = original) -> object:
            look()
            result = _original(self, *arguments)  # type: ignore[operator]
            look()
            return result

        monkeypatch.setattr(Directory, name, watched)
    world.run()
    assert set(seen) == {(0, 901, 0o640, True)}


@pytest.mark.parametrize(
    "make", [lambda path, victim: path.symlink_to(victim), _fifo, _foreign, _second_name]
)
def test_an_environment_file_replaced_during_the_conversion_is_not_read(
    world: World, make: Callable[[Path, Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.make_version_01()
    victim = world.root / "shadow"
    victim.write_text("root's secret")
    original = Conversion._take_records

    def attack(self: Conversion, home: Directory) -> None:
        original(self, home)
        (world.path / "shared/.env").unlink()
        make(world.path / "shared/.env", victim)

    monkeypatch.setattr(Conversion, "_take_records", attack)
    with pytest.raises((HomeError, OSError)):
        world.run()
    assert not (world.path / ".env").exists()
