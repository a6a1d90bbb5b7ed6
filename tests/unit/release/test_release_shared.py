# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What outlives a release."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from release_world import App, Repository, refused


def test_a_file_that_is_not_there_yet_is_linked_all_the_same(app: App) -> None:
    release = Path(app.deploy(shared=[".env"])["path"])
    assert os.readlink(release / ".env") == str(app.path / "shared" / ".env")
    (app.path / "shared" / ".env").write_text("KEY=1")
    assert (release / ".env").read_text() == "KEY=1"


def test_a_directory_is_made_and_filled_from_the_revision_once(app: App, repository: Repository) -> None:
    repository.commit({"storage/logs/.keep": "", "storage/logs/deep/first.txt": "1"})
    app.deploy(shared=["storage/logs/"])
    shared = app.path / "shared" / "storage" / "logs"
    assert (shared / "deep" / "first.txt").read_text() == "1"
    (shared / "app.log").write_text("line")
    repository.commit({"storage/logs/deep/first.txt": "2"})
    app.deploy(shared=["storage/logs/"])
    assert (shared / "deep" / "first.txt").read_text() == "1"
    assert app.read("storage/logs/app.log") == "line"


def test_what_is_made_in_shared_is_writable_by_its_group(app: App, repository: Repository) -> None:
    repository.commit({"storage/logs/a.txt": "", "storage/run.sh": ""})
    (repository.path / "storage" / "run.sh").chmod(0o755)
    repository.commit()
    shared = app.path / "shared"
    shared.mkdir(parents=True)
    shared.chmod(0o2770)
    app.deploy(shared=["storage/", "new/place/", "file.txt"])
    modes = {
        "storage": 0o2770,
        "storage/logs": 0o2770,
        "storage/logs/a.txt": 0o660,
        "storage/run.sh": 0o770,
        "new": 0o2770,
        "new/place": 0o2770,
    }
    for name, mode in modes.items():
        assert stat.S_IMODE((shared / name).stat().st_mode) == mode, name


def test_a_file_of_the_revision_fills_an_empty_place(app: App, repository: Repository) -> None:
    repository.commit({"config/local.json": "{}"})
    app.deploy(shared=["config/local.json"])
    assert (app.path / "shared/config/local.json").read_text() == "{}"
    assert (app.path / "current/config/local.json").is_symlink()


def test_a_changed_list_makes_a_new_release_of_the_same_revision(app: App) -> None:
    first = app.deploy(shared=[".env"])
    assert app.present(shared=[".env"])["is_live"]
    second = app.deploy(shared=[".env", "storage/"])
    assert second["name"] != first["name"]
    assert second["revision"] == first["revision"]
    assert not (Path(first["path"]) / "storage").exists()


def test_an_older_release_gets_the_links_of_today(app: App, repository: Repository) -> None:
    first = app.deploy()
    repository.commit({"wsgi.py": "two"})
    app.deploy(shared=[".env"])
    assert app.rollback(shared=[".env"])["name"] == first["name"]
    assert (Path(first["path"]) / ".env").is_symlink()


@pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", ".", "", "  ", "./", "a/.."])
def test_a_path_outside_the_release_is_refused(app: App, path: str) -> None:
    with refused("shared", "shared"):
        app.present(shared=[path])


@pytest.mark.parametrize("paths", [["storage/", "storage/logs/"], ["a", "a/"], ["x/y", "x"]])
def test_overlapping_paths_are_refused(app: App, paths: list[str]) -> None:
    with refused("shared", "overlap"):
        app.present(shared=paths)


def test_a_link_of_the_repository_is_not_followed_out_of_it(
    app: App, repository: Repository, tmp_path: Path
) -> None:
    (tmp_path / "outside").mkdir()
    (repository.path / "storage").symlink_to(tmp_path / "outside")
    repository.commit()
    with refused("shared", "storage is not a directory"):
        app.present(shared=["storage/logs/"])
    assert list((tmp_path / "outside").iterdir()) == []
    assert app.info()["lock"] is None


def test_a_link_of_the_repository_gives_way(app: App, repository: Repository) -> None:
    (repository.path / "storage").symlink_to("/etc")
    repository.commit()
    app.deploy(shared=["storage/"])
    assert os.readlink(app.path / "current" / "storage") == str(app.path / "shared" / "storage")
    assert list((app.path / "shared" / "storage").iterdir()) == []
