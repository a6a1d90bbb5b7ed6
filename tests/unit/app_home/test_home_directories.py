# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directories of an app: made once, corrected, and never taken from anybody."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from home_world import World

PRESENT = {
    "": "root:blog 0750",
    ".state": "root:root 0700",
    "backups": "root:root 0700",
    "releases": "blog-build:blog-build 0755",
    "shared": "blog:blog 0750",
    "build": "blog-build:blog-build 0700",
    "ssh": "root:blog-build 0750",
    "../../venvs/blog": "blog-build:blog 0750",
    "../../venvs/blog/.cache": "blog-build:blog-build 0700",
    "../../venvs/blog/.cache/uv": "blog-build:blog-build 0700",
}


def test_a_fresh_server_gets_accounts_directories_and_a_record(world: World) -> None:
    result = world.run()
    assert result["changed"]
    assert {name: world.rights(name) for name in PRESENT} == PRESENT
    gids = [group.gid for group in world.accounts.groups if group.name in ("www-data", "blog-build")]
    assert {f"group:{gid}:--x" for gid in gids} <= world.lists(world.path)
    assert world.rights_of(world.record_dir / "blog.json") == "root:root 0644"
    assert result["record"]["uid"] == world.accounts.user("blog").uid  # type: ignore[union-attr]


def test_a_second_run_changes_nothing(world: World) -> None:
    world.run(deploy_key="key", known_hosts=["host ssh-ed25519 AAAA"])
    before = world.snapshot()
    for check_mode in (True, False):
        result = world.run(check_mode, deploy_key="key", known_hosts=["host ssh-ed25519 AAAA"])
        assert not result["changed"], result["diff"]
    assert world.snapshot() == before


def test_check_mode_on_a_fresh_server_says_what_would_be_made_and_makes_nothing(world: World) -> None:
    for name in ("sites", "venvs", "sockets"):
        (world.root / name).rmdir()
    world.accounts.groups.pop()  # the web server's
    expected = world.run(check_mode=True, deploy_key="key")
    assert world.snapshot() == {}
    assert expected["changed"]
    for name in ("sites", "venvs", "sockets"):
        (world.root / name).mkdir()
    world.accounts.groups.append(World(Path(os.path.join(world.root, "sites"))).accounts.groups[-1])
    for name in ("sites", "venvs", "sockets"):
        (world.root / "sites" / name).rmdir()
    assert world.run(deploy_key="key")["diff"] == expected["diff"]


def test_checked_says_nothing_and_changes_nothing_on_a_fresh_server(world: World) -> None:
    assert not world.run(state="checked")["changed"]
    assert world.run(state="checked")["record"] is None
    assert sorted(world.snapshot()) == ["sites", "sockets", "venvs"]


@pytest.mark.parametrize(
    ("name", "mode", "uid"), [("shared", 0o777, 0), ("backups", 0o755, 61000), ("", 0o777, 5)]
)
def test_owners_and_modes_that_have_changed_are_put_back(
    world: World, name: str, mode: int, uid: int
) -> None:
    world.run()
    place = world.path / name
    place.chmod(mode)
    os.chown(place, uid, uid)
    assert world.run(check_mode=True)["changed"]
    result = world.run()
    assert world.rights(name) == PRESENT[name]
    assert str(place) in result["diff"]["before"]


def test_the_deploy_key_can_be_read_by_the_build_user_and_appears_in_no_result(world: World) -> None:
    result = world.run(deploy_key="  secret key\n", known_hosts=["one ", "", "two"])
    assert world.rights("ssh/id") == "root:blog-build 0640"
    assert (world.path / "ssh/id").read_text() == "secret key\n"
    assert (world.path / "ssh/known_hosts").read_text() == "one\ntwo\n"
    assert "secret key" not in str(result)
    changed = world.run(deploy_key="another key")
    assert "other content" in changed["diff"]["before"]
    assert (world.path / "ssh/id").read_text() == "another key\n"


def test_the_environment_file_is_kept_from_other_users(world: World) -> None:
    world.run()
    world.write(".env", "APP_KEY='x'\n", 0, 0, 0o644)
    world.run()
    assert world.rights(".env") == "root:blog 0640"


@pytest.mark.parametrize("option", ["path", "venvs", "runtime_dir"])
def test_a_directory_of_before_is_never_taken(world: World, option: str) -> None:
    directory = Path(getattr(world.options(), option))
    directory.mkdir()
    (directory / "wsgi.py").write_text("a person's")
    error = world.refused()
    assert (error.reason, error.refusals[0].subject) == ("foreign_directory", str(directory))
    assert "masonite_app_name" in error.message
    assert ("masonite_app_adopt" in error.message) == (option == "path")


def test_an_empty_directory_or_a_mounted_disk_is_used(world: World) -> None:
    (world.path / "lost+found").mkdir(parents=True)
    world.run()
    assert world.rights() == PRESENT[""]


@pytest.mark.parametrize(
    "name", ["../blog", "shared", "releases", ".state", "backups", "../../venvs/blog", ".env"]
)
def test_a_link_in_the_place_of_a_directory_is_refused(world: World, name: str) -> None:
    world.run()
    place, moved = world.path / name, world.root / "elsewhere"
    if place.exists():
        place.resolve().rename(moved)
    else:
        moved.write_text("secret")
    Path(os.path.normpath(place)).symlink_to(moved)
    assert world.refused().reason == "link"


def test_a_fifo_in_the_place_of_the_environment_file_is_refused_at_once(world: World) -> None:
    world.run()
    os.mkfifo(world.path / ".env")
    assert world.refused().reason == "not_a_directory"


def test_another_root_for_the_sites_is_refused_with_both_directories(world: World) -> None:
    world.run()
    (world.root / "data").mkdir()
    error = world.refused(path=world.root / "data/blog")
    assert error.reason == "moved_root"
    assert str(world.path) in error.message
    assert str(world.root / "data/blog") in error.message
    assert len(error.refusals) == 1


def test_another_root_is_refused_for_version_01_too(world: World) -> None:
    world.make_version_01()
    (world.root / "data").mkdir()
    assert world.refused(path=world.root / "data/blog").reason == "moved_root"


def test_a_directory_that_was_moved_by_hand_is_the_apps(world: World) -> None:
    world.run()
    (world.root / "data").mkdir()
    world.path.rename(world.root / "data/blog")
    moved = {"path": world.root / "data/blog", "database": world.root / "data/blog/shared/database.sqlite3"}
    assert world.run(**moved)["record"]["path"] == str(world.root / "data/blog")
    assert not world.run(**moved)["changed"]


def test_a_directory_that_is_missing_is_not_begun_anew_at_another_place(world: World) -> None:
    world.run()
    world.path.rename(world.root / "unmounted")
    (world.root / "data").mkdir()
    assert world.refused(path=world.root / "data/blog").reason == "moved_root"


def test_another_database_is_refused_as_long_as_the_old_one_exists(world: World) -> None:
    world.run()
    world.database.write_text("rows")
    other = world.path / "shared/other.sqlite3"
    error = world.refused(database=other)
    assert error.reason == "moved_database"
    assert str(world.database) in error.message
    world.database.rename(other)
    assert world.run(database=other)["record"]["database"] == str(other)


def test_another_database_is_refused_for_version_01_too(world: World) -> None:
    world.make_version_01()
    assert world.refused(database=world.path / "shared/other.sqlite3").reason == "moved_database"


def test_the_directories_of_two_apps_do_not_overlap(world: World) -> None:
    world.run()
    error = world.refused(name="shop", path=world.path / "shared/shop")
    assert "foreign_directory" in [refusal.reason for refusal in error.refusals]


def test_what_other_roles_make_first_is_named(world: World) -> None:
    (world.root / "sites").rmdir()
    world.accounts.groups.pop()
    with pytest.raises(Exception, match=r"masonite\.deploy\.base") as caught:
        world.run()
    assert [refusal.reason for refusal in caught.value.refusals] == ["missing_root", "missing_group"]  # type: ignore[attr-defined]
    assert len(world.accounts.all_users) == 1


def test_a_record_that_is_damaged_is_not_guessed(world: World) -> None:
    world.run()
    (world.record_dir / "blog.json").write_text("{")
    assert world.refused().reason == "record"


def test_a_directory_elsewhere_is_given_to_the_app_where_it_is_missing_or_empty(world: World) -> None:
    missing, empty = world.root / "disk/uploads", world.root / "disk/empty"
    empty.mkdir(parents=True)
    paths = [str(missing), str(empty)]
    expected = world.run(check_mode=True, writable_paths=paths)["diff"]
    assert not missing.exists()
    assert world.run(writable_paths=paths)["diff"] == expected
    assert world.rights_of(missing) == world.rights_of(empty) == "blog:blog 0750"
    (missing / "picture").write_text("x")
    missing.chmod(0o2770)
    assert not world.run(writable_paths=paths)["changed"]
    assert world.rights_of(missing) == "blog:blog 2770", "what the app has written to stays as it is"


def test_a_directory_elsewhere_that_is_not_the_apps_is_refused_before_anything_changes(world: World) -> None:
    taken, link, unmounted = world.root / "taken", world.root / "link", world.root / "disk/uploads"
    taken.mkdir()
    (taken / "file").write_text("of root")
    link.symlink_to(taken)
    for path, words in (
        (taken, "exists, is not empty, and cannot be written by user blog"),
        (link, f"is reached through a link; wanted is a directory by its real path, {taken}"),
        (taken / "file", "is a regular file; wanted is a directory"),
        (unmounted, "is missing. Mount its disk, or make it"),
    ):
        error = world.refused(writable_paths=[str(path)])
        assert words in error.message
        assert (error.reason, error.facts["options"]) == ("writable_paths", ["writable_paths"])
    assert not world.path.exists()


def test_the_web_server_reads_what_it_serves_of_shared(world: World) -> None:
    world.run()
    uploads = world.path / "shared/storage/uploads"
    logs = world.path / "shared/storage/logs"
    for directory in (uploads, logs):
        directory.mkdir(parents=True)
    (uploads / "old.txt").write_text("x")
    user = world.accounts.user("blog")
    assert user is not None
    for path in (world.path / "shared").rglob("*"):
        os.chown(path, user.uid, user.gid)
        path.chmod(0o750 if path.is_dir() else 0o640)
    static = ["storage/static", "storage/uploads"]
    expected = world.run(check_mode=True, static=static)
    assert expected["changed"]
    assert world.run(static=static)["diff"] == expected["diff"]
    gid = next(group.gid for group in world.accounts.groups if group.name == "www-data")
    assert {f"group:{gid}:r-x", f"default:group:{gid}:r-x"} <= world.lists(uploads)
    assert f"group:{gid}:r--" in world.lists(uploads / "old.txt")
    assert f"group:{gid}:--x" in world.lists(uploads.parent)
    assert not [entry for entry in world.lists(logs) if f":{gid}:" in entry]
    assert not world.run(static=static)["changed"]
