# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state absent: nothing of the app is left, and nothing that only this server had is lost."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from home_world import RELEASES, World

from ansible_collections.masonite.deploy.plugins.module_utils._app_home import removal as module
from ansible_collections.masonite.deploy.plugins.module_utils._app_home.errors import HomeError, refuse
from ansible_collections.masonite.deploy.plugins.module_utils._app_home.option_checks import check_options
from ansible_collections.masonite.deploy.plugins.module_utils._app_home.options import Options
from ansible_collections.masonite.deploy.plugins.module_utils._app_home.removal import Removal


@pytest.fixture
def deployed(world: World) -> World:
    """A server on which the app has been set up, deployed twice, and stopped."""
    world.run(deploy_key="key", known_hosts=["host ssh-ed25519 AAAA"])
    record = world.accounts.user("blog")
    assert record is not None
    for release in RELEASES:
        (world.path / "releases" / release).mkdir()
        world.write(f"releases/{release}/wsgi.py", "code", record.uid, record.gid)
    world.write("shared/database.sqlite3", "rows", record.uid, record.gid)
    world.write(".env", "APP_KEY='secret'\n", 0, record.gid, 0o640)
    world.write("history.jsonl", "a deploy\n", 0, 0, 0o644)
    world.write("backups/1.sqlite3", "backup", 0, 0, 0o600)
    (world.path / "repo.git").mkdir()
    (world.path / "current").symlink_to(f"releases/{RELEASES[-1]}")
    (world.venvs / "0123456789abcdef").mkdir()
    (world.root / "sockets/blog.root").symlink_to(world.path / "releases" / RELEASES[-1])
    return world


def remove(world: World, check_mode: bool = False, **changes: Any) -> dict[str, Any]:
    given = {"name": "blog", "path": str(world.path), "record_dir": str(world.record_dir), **changes}
    names = ("venvs", "runtime_dir", "socket", "live_link", "user")
    options = Options.read({**dict.fromkeys(names), "state": "absent", **given}, check_mode)
    refuse(check_options(options))
    return Removal(options, world.accounts, crontabs=str(world.root / "crontabs")).run()


def kept(answer: dict[str, Any]) -> dict[str, str]:
    home = Path(answer["kept"])
    return {
        str(path.relative_to(home)): path.read_text() for path in sorted(home.rglob("*")) if path.is_file()
    }


def test_nothing_is_left_where_the_app_was(deployed: World) -> None:
    answer = remove(deployed)
    assert answer["changed"]
    places = [deployed.path, deployed.venvs, deployed.root / "sockets/blog.root"]
    assert [path for path in places if os.path.lexists(path)] == []
    assert [user.name for user in deployed.accounts.all_users] == ["root"]
    assert [group.name for group in deployed.accounts.groups] == ["root", "www-data"]
    assert list(deployed.record_dir.glob("*.json")) == []


def test_what_only_the_server_has_is_kept_where_only_root_reads_it(deployed: World) -> None:
    answer = remove(deployed)
    found = kept(answer)
    assert found.pop("app.json").startswith("{")
    assert found == {
        ".env": "APP_KEY='secret'\n",
        "backups/1.sqlite3": "backup",
        "history.jsonl": "a deploy\n",
        "shared/database.sqlite3": "rows",
    }
    home = Path(answer["kept"])
    assert home.parent == deployed.root / "sites/.removed"
    assert deployed.rights_of(home) == deployed.rights_of(home.parent) == "root:root 0700"


def test_files_that_a_person_put_there_are_kept(deployed: World) -> None:
    deployed.write("notes.txt", "mine", 0, 0)
    deployed.write("releases/hotfix.patch", "mine, too", 0, 0)
    (deployed.path / "build/.config").mkdir()
    deployed.write("build/.config/pip.conf", "an index", 0, 0)
    (deployed.venvs / "tools").mkdir()
    (deployed.venvs / "tools/run.py").write_text("a tool")
    (deployed.root / "crontabs").mkdir()
    (deployed.root / "crontabs/blog").write_text("@daily clean")
    found = kept(remove(deployed))
    added = ("notes.txt", "releases/hotfix.patch", "build/.config/pip.conf", "venvs/tools/run.py")
    assert [found[name] for name in (*added, "crontab-blog")] == [
        "mine",
        "mine, too",
        "an index",
        "a tool",
        "@daily clean",
    ]


def test_a_second_run_changes_nothing(deployed: World) -> None:
    remove(deployed)
    before = deployed.snapshot()
    answer = remove(deployed)
    assert (answer["changed"], answer["kept"], answer["record"]) == (False, "", None)
    assert deployed.snapshot() == before


def test_check_mode_changes_nothing_and_says_what_would_go(deployed: World) -> None:
    before, users = deployed.snapshot(), list(deployed.accounts.all_users)
    (deployed.root / "sockets/blog.sock").symlink_to("blog/private.sock")
    planned = remove(deployed, check_mode=True)
    (deployed.root / "sockets/blog.sock").unlink()
    assert (deployed.snapshot(), deployed.accounts.all_users) == (before, users)
    done = remove(deployed)
    assert planned["changed"]
    assert planned["diff"]["before"] == done["diff"]["before"]
    for name in ("sites/blog: present", "venvs/blog: present", "user blog: ", "group blog-build: "):
        assert name in planned["diff"]["before"]


@pytest.mark.parametrize("steps", range(6))
def test_a_run_that_was_killed_is_continued_by_the_next(deployed: World, steps: int) -> None:
    """The accounts are what can be counted here; all files are done before, in one rename."""
    deployed.accounts.fails_after = steps
    first = None
    try:
        remove(deployed)
    except KeyboardInterrupt:
        first = next((deployed.root / "sites/.removed").iterdir())
    deployed.accounts.fails_after = None
    answer = remove(deployed)
    assert first is None or answer["kept"] == str(first)
    assert len(list((deployed.root / "sites/.removed").iterdir())) == 1
    assert [user.name for user in deployed.accounts.all_users] == ["root"]
    assert not (deployed.record_dir / "blog.json").exists()


def test_a_directory_without_a_record_is_refused(world: World) -> None:
    world.path.mkdir()
    (world.path / "wsgi.py").write_text("by hand")
    before = world.snapshot()
    with pytest.raises(HomeError) as caught:
        remove(world)
    assert caught.value.reason == "foreign_directory"
    assert "Nothing was changed" in str(caught.value)
    assert world.snapshot() == before


def test_an_app_that_serves_is_refused(deployed: World) -> None:
    (deployed.root / "sockets/blog.sock").symlink_to("blog/private.sock")
    before = deployed.snapshot()
    with pytest.raises(HomeError) as caught:
        remove(deployed)
    assert caught.value.reason == "serving"
    assert deployed.snapshot() == before


def test_a_file_system_mounted_below_is_refused(
    deployed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = deployed.path / "shared/up loads"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "none", str(disk)], check=False, capture_output=True)
    if mounted.returncode:
        table = tmp_path / "mountinfo"
        place = str(disk).replace(" ", "\\040")
        table.write_text(f"1 0 0:1 / / rw - ext4 sda rw\n2 1 0:2 / {place} rw - tmpfs none rw\n")
        monkeypatch.setattr(module, "MOUNTS", str(table), raising=True)
    try:
        with pytest.raises(HomeError) as caught:
            remove(deployed)
    finally:
        if not mounted.returncode:
            subprocess.run(["umount", str(disk)], check=True)
    assert caught.value.reason == "mounted"
    assert str(disk) in str(caught.value)
    assert deployed.path.is_dir()


def test_an_account_of_another_number_stays(deployed: World) -> None:
    deployed.accounts.delete_user("blog")
    deployed.add_user(uid=4711, gid=4711)
    answer = remove(deployed)
    assert "blog" in [user.name for user in deployed.accounts.all_users]
    assert answer["warnings"] == ["User blog stays: it was not made for app blog."]


def test_a_group_that_others_are_in_stays(deployed: World) -> None:
    group = deployed.accounts.group("blog")
    assert group is not None
    deployed.add_user(name="ann", uid=4711, gid=group.gid)
    answer = remove(deployed)
    assert deployed.accounts.group("blog") is not None
    assert answer["warnings"] == ["Group blog stays: other users than those of app blog are in it."]


def test_processes_of_the_app_are_ended(deployed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    user = deployed.accounts.user("blog")
    assert user is not None
    monkeypatch.setattr(module, "QUIT_TIMEOUT", 0.5)
    stubborn = ["sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"]
    started = [
        subprocess.Popen(command, user=user.uid, group=user.gid) for command in (["sleep", "600"], stubborn)
    ]
    time.sleep(0.2)
    try:
        answer = remove(deployed)
        assert [process.wait(5) for process in started] == [-15, -9]
    finally:
        for process in started:
            process.kill()
            process.wait()
    assert any("sleep 600" in text for text in answer["warnings"])


def test_a_directory_on_another_disk_stays_and_is_closed(world: World) -> None:
    """The next app may get the number of the user, and must not get the uploads."""
    disk = world.root / "disk"
    world.run(writable_paths=[str(disk)])
    (disk / "cat.txt").write_text("a cat")
    assert world.rights_of(disk) == "blog:blog 0750"
    answer = remove(world)
    assert world.rights_of(disk) == "root:root 0700"
    assert (disk / "cat.txt").read_text() == "a cat"
    assert any(f"{disk} stays" in text for text in answer["warnings"])
