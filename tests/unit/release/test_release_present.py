# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Making a release."""

from __future__ import annotations

import os
import stat
import subprocess
import time
from pathlib import Path

import pytest
from release_world import OTHER, App, Repository, git, killed_at, refused, snapshot

from ansible_collections.masonite.deploy.plugins.module_utils._release.errors import ReleaseError


def test_a_first_deploy_is_live_and_recorded(app: App, repository: Repository) -> None:
    present = app.present(compare=["databases"])
    assert present["changed"]
    assert present["live"] is None
    assert not present["is_live"]
    assert present["locked"]
    assert present["release"]["state"] == "unfinished"
    assert present["diff"]["before"] == ""
    assert repository.head() in present["diff"]["after"]
    result = app.live(present["release"]["name"], started=time.time() - 5, keep=3)
    assert result["changed"]
    assert result["is_live"]
    assert result["release"]["state"] == "good"
    assert app.info()["lock"] is None
    assert app.read("wsgi.py") == "one"
    assert app.read("REVISION").strip() == repository.head()
    assert os.readlink(app.path / "current") == f"releases/{present['release']['name']}"
    (line,) = app.history()
    assert line["result"] == "ok"
    assert line["user"] == "ann"
    assert line["version"] == "main"
    assert 5 <= line["seconds"] < 20


def test_nothing_to_do_for_the_same_revision(app: App) -> None:
    app.deploy()
    before = snapshot(app.path)
    present = app.present()
    assert not present["changed"]
    assert present["is_live"]
    assert not present["locked"]
    assert "diff" not in present
    assert snapshot(app.path) == before
    result = app.live(present["release"]["name"], virtualenv=present["virtualenv"]["path"])
    assert not result["changed"]
    assert len(app.history()) == 1


def test_nothing_to_do_takes_less_than_half_a_second(app: App) -> None:
    app.deploy()
    seconds = []
    # The fastest of three, because other tests may use the machine at the same time.
    for _ in range(3):
        started = time.monotonic()
        app.present()
        seconds.append(time.monotonic() - started)
    assert min(seconds) < 0.5


def test_force_makes_a_new_release_of_the_same_revision(app: App) -> None:
    first = app.deploy()
    second = app.deploy(force=True)
    assert first["revision"] == second["revision"]
    assert first["name"] != second["name"]
    assert app.info()["live"]["name"] == second["name"]


def test_asked_again_by_the_same_run_it_is_the_same_release(app: App, repository: Repository) -> None:
    first = app.present()
    repository.commit({"wsgi.py": "pushed meanwhile"})
    again = app.present()
    assert again["release"] == first["release"]
    assert not again["changed"]
    assert not again["is_live"]
    assert again["virtualenv"] == first["virtualenv"]


def test_modes_are_those_of_the_repository_whatever_the_umask(app: App, repository: Repository) -> None:
    (repository.path / "craft").write_text("#!/bin/sh")
    (repository.path / "craft").chmod(0o777)
    repository.commit()
    for umask in (0o077, 0o000):
        previous = os.umask(umask)
        try:
            os.umask(0o022)  # as the module does first
            release = Path(app.deploy(force=True)["path"])
        finally:
            os.umask(previous)
        assert stat.S_IMODE(release.stat().st_mode) == 0o755
        assert stat.S_IMODE((release / "craft").stat().st_mode) == 0o755
        assert stat.S_IMODE((release / "wsgi.py").stat().st_mode) == 0o644


def test_a_revision_file_of_the_repository_stays(app: App, repository: Repository) -> None:
    repository.commit({"REVISION": "ours"})
    app.deploy()
    assert app.read("REVISION") == "ours"


def test_required_files_are_named(app: App) -> None:
    with refused("missing_files", "craft", "app/main.py", "required"):
        app.present(required=["wsgi.py", "craft", "app/main.py"])
    assert app.names() == []
    assert app.info()["lock"] is None


def test_required_of_the_live_release_too(app: App) -> None:
    app.deploy()
    with refused("missing_files", "craft"):
        app.present(required=["craft"])


def test_compare_lists_added_and_removed(app: App, repository: Repository) -> None:
    repository.commit({"databases/migrations/a.py": "", "databases/migrations/b.py": ""})
    app.deploy()
    repository.git("rm", "--quiet", "databases/migrations/a.py")
    repository.commit({"databases/migrations/deep/c.py": ""})
    for check_mode in (False, True):
        changes = app.present(check_mode=check_mode, compare=["databases/migrations/"])["changes"]
        assert changes["databases/migrations/"] == {"added": ["deep/c.py"], "removed": ["a.py"]}


def test_a_changed_repository_points_the_mirror_elsewhere(app: App, tmp_path: Path) -> None:
    app.deploy()
    other = Repository(tmp_path / "other")
    revision = other.commit({"wsgi.py": "from elsewhere"})
    app.options["repository"] = str(other.path)
    assert app.deploy()["revision"] == revision
    assert app.read("wsgi.py") == "from elsewhere"
    assert git("config", "remote.origin.url", cwd=app.path / "repo.git") == str(other.path)


def test_a_commit_of_the_former_repository_is_unknown_to_the_new_one(
    app: App, repository: Repository, tmp_path: Path
) -> None:
    app.deploy()
    other = Repository(tmp_path / "other")
    other.commit({"wsgi.py": "from elsewhere"})
    with refused("unknown_version"):
        app.present(repository=str(other.path), version=repository.head(), force=True)


def damage_head(mirror: Path) -> None:
    (mirror / "HEAD").write_text("")


def damage_objects(mirror: Path) -> None:
    for file in (mirror / "objects").rglob("*"):
        if file.is_file():
            file.unlink()


def damage_config(mirror: Path) -> None:
    (mirror / "config").write_text("[core")


def leave_lock(mirror: Path) -> None:
    (mirror / "packed-refs.lock").touch()
    (mirror / "refs" / "heads" / "main.lock").touch()


def make_empty(mirror: Path) -> None:
    subprocess.run(["rm", "-rf", str(mirror)], check=True)
    mirror.mkdir()


def make_file(mirror: Path) -> None:
    subprocess.run(["rm", "-rf", str(mirror)], check=True)
    mirror.write_text("junk")


@pytest.mark.parametrize(
    "damage", [damage_head, damage_objects, damage_config, leave_lock, make_empty, make_file]
)
def test_a_damaged_mirror_is_cloned_again(app: App, repository: Repository, damage: object) -> None:
    app.deploy()
    damage(app.path / "repo.git")  # type: ignore[operator]
    revision = repository.commit({"wsgi.py": "two"})
    assert app.deploy()["revision"] == revision
    assert app.read("wsgi.py") == "two"


def test_a_mirror_that_lost_a_file_is_cloned_again(app: App, repository: Repository) -> None:
    app.deploy()
    blob = repository.git("rev-parse", "HEAD:wsgi.py")
    mirror = app.path / "repo.git"
    for pack in sorted((mirror / "objects" / "pack").glob("*.pack")):
        pack.rename(mirror / pack.name)
        with open(mirror / pack.name, "rb") as objects:
            subprocess.run(["git", "unpack-objects", "-q"], cwd=mirror, stdin=objects, check=True)
    for index in (mirror / "objects" / "pack").iterdir():
        index.unlink()
    lost = mirror / "objects" / blob[:2] / blob[2:]
    assert lost.exists()
    lost.unlink()
    app.deploy(force=True)
    assert app.read("wsgi.py") == "one"


def test_leftovers_of_killed_runs_go(app: App) -> None:
    app.deploy()
    for name in (".partial-20200101T000000Z-abcdef0-1", ".trash-20200101T000000Z-abcdef0-1-2"):
        (app.path / "releases" / name).mkdir()
    (app.path / ".partial-repo.git-xyz").mkdir()
    (app.path / ".state" / ".x.json.1.tmp").touch()
    app.deploy(force=True)
    assert not [name for name in app.names() if name.startswith(".")]
    assert not list(app.path.glob(".partial*"))
    assert not list((app.path / ".state").glob(".*.tmp"))


def test_what_is_not_ours_in_releases_stays(app: App) -> None:
    app.deploy()
    (app.path / "releases" / "notes").mkdir()
    (app.path / "releases" / "20200101T000000Z-abcdef0").symlink_to("notes")
    for _ in range(3):
        app.deploy(force=True, keep=1)
    assert {"notes", "20200101T000000Z-abcdef0"} <= set(app.names())


def test_two_releases_within_a_second_have_two_names(app: App) -> None:
    app.clock = lambda: 1_700_000_000.0
    names = {app.deploy(force=True)["name"] for _ in range(3)}
    assert len(names) == 3


def test_a_full_disk_leaves_no_release_and_no_lock(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = app.deploy()
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "tar").write_text(
        "#!/bin/sh\ncat >/dev/null\necho 'tar: wsgi.py: Cannot write: No space left on device' >&2\nexit 2\n"
    )
    (tools / "tar").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    with refused("disk", "full", "MB free"):
        app.present(force=True)
    monkeypatch.undo()
    assert app.names() == [live["name"]]
    assert app.info()["lock"] is None
    assert app.deploy(force=True)["name"] != live["name"]


def test_the_disk_check_returns_the_figures(app: App) -> None:
    with refused("disk", "MB are available", "disk_reserve"):
        app.present(disk_check="fail", disk_reserve=100)
    warned = app.present(disk_check="warn", disk_reserve=100)
    assert "too small" in warned["warnings"][0]
    assert warned["disk"]["enough"] is False
    assert app.present(disk_check="ignore", disk_reserve=100, force=True)["warnings"] == []


def test_an_app_directory_that_cannot_be_made(repository: Repository) -> None:
    app = App(Path("/proc/nowhere"), str(repository.path))
    with pytest.raises((OSError, ReleaseError)):
        app.present()


def test_submodules_are_exported(app: App, repository: Repository, tmp_path: Path) -> None:
    inner = Repository(tmp_path / "inner")
    inner.commit({"deep.txt": "deep"})
    library = Repository(tmp_path / "library")
    library.commit({"lib.py": "library"})
    library.git("submodule", "--quiet", "add", str(inner.path), "inner")
    library.commit()
    repository.git("submodule", "--quiet", "add", "../library", "vendor/library")
    repository.commit()
    app.deploy()
    assert app.read("vendor/library/lib.py") == "library"
    assert app.read("vendor/library/inner/deep.txt") == "deep"
    library.commit({"lib.py": "newer"})
    git("pull", "--quiet", "origin", "main", cwd=repository.path / "vendor" / "library")
    repository.commit()
    app.deploy()
    assert app.read("vendor/library/lib.py") == "newer"


def test_a_submodule_out_of_reach_is_named(app: App, repository: Repository, tmp_path: Path) -> None:
    library = Repository(tmp_path / "library")
    library.commit({"lib.py": "library"})
    repository.git("submodule", "--quiet", "add", str(library.path), "vendor")
    repository.commit()
    library.path.rename(tmp_path / "moved")
    with refused("unknown_repository", str(library.path)):
        app.present()
    assert app.names() == []


def test_killed_at_any_moment_the_next_run_deploys(app: App, repository: Repository) -> None:
    """All of it in test_release_sequences; here each of the first events of a second deploy in turn."""
    app.deploy()
    for event in range(1, 120, 11):
        revision = repository.commit({"wsgi.py": f"version {event}"})
        killed_at(event, app.deploy)
        assert app.info()["live"] is not None
        assert app.deploy(holder=OTHER, break_lock=True)["revision"] == revision
        assert app.read("wsgi.py") == f"version {event}"
        assert not [name for name in app.names() if name.startswith(".")]
