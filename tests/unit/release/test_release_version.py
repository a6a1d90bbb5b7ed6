# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which revision a version stands for."""

from __future__ import annotations

from pathlib import Path

import pytest
from release_world import App, Repository, refused


def test_a_branch_a_tag_a_commit_and_their_abbreviation(app: App, repository: Repository) -> None:
    first = repository.head()
    repository.git("tag", "-a", "v1", "-m", "annotated")
    repository.git("tag", "light")
    second = repository.commit({"wsgi.py": "two"})
    wanted = {
        "main": second,
        "v1": first,
        "light": first,
        first: first,
        first[:8]: first,
        second.upper(): second,
    }
    for version, revision in wanted.items():
        release = app.deploy(version=version)
        assert release["revision"] == revision, version
        assert release["name"].endswith(revision[:7])


def test_head_is_the_default_branch_of_the_remote(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "trunk-based", branch="trunk")
    revision = repository.commit({"wsgi.py": "x"})
    release = App(tmp_path / "site", str(repository.path), version="HEAD").deploy()
    assert (release["revision"], release["version"]) == (revision, "trunk")


def test_a_tag_goes_before_a_branch_of_the_same_name(app: App, repository: Repository) -> None:
    tagged = repository.head()
    repository.git("tag", "next")
    repository.git("checkout", "--quiet", "-b", "next")
    branched = repository.commit({"wsgi.py": "two"})
    result = app.present(version="next")
    assert result["release"]["revision"] == tagged
    assert "refs/heads/next" in result["warnings"][0]
    assert app.present(version="refs/heads/next")["release"]["revision"] == branched


def test_a_branch_with_a_slash_and_one_that_looks_like_a_commit(app: App, repository: Repository) -> None:
    for branch in ("feature/login", "deadbeef"):
        repository.git("checkout", "--quiet", "-b", branch)
        revision = repository.commit({"wsgi.py": branch})
        assert app.deploy(version=branch)["revision"] == revision


def test_an_unknown_version_names_the_near_ones(app: App, repository: Repository) -> None:
    repository.git("branch", "release-2")
    repository.git("tag", "v1.0")
    with refused("unknown_version", "relaese-2", "Near to it: release-2", "v1.0", "version"):
        app.present(version="relaese-2")
    assert app.names() == []
    assert app.info()["lock"] is None


@pytest.mark.parametrize("version", ["0" * 40, "0123abc"])
def test_an_unknown_commit_is_looked_for_on_the_remote_first(app: App, version: str) -> None:
    app.deploy()
    with refused("unknown_version", version):
        app.present(version=version)
    assert app.info()["lock"] is None


def test_a_commit_pushed_after_the_last_fetch(app: App, repository: Repository) -> None:
    app.deploy()
    middle = repository.commit({"wsgi.py": "two"})
    repository.commit({"wsgi.py": "three"})
    assert app.deploy(version=middle[:9])["revision"] == middle
    assert app.read("wsgi.py") == "two"


def test_a_full_commit_known_already_needs_no_network(app: App, repository: Repository) -> None:
    first = repository.head()
    repository.commit({"wsgi.py": "two"})
    app.deploy()
    repository.path.rename(repository.path.with_name("gone"))
    assert app.deploy(version=first)["revision"] == first


def test_an_empty_repository_says_so(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "empty")
    with refused("empty_repository", "no commits"):
        App(tmp_path / "site", str(repository.path), version="HEAD").present()


def test_a_force_pushed_branch_is_followed(app: App, repository: Repository) -> None:
    repository.commit({"wsgi.py": "mistake"})
    app.deploy()
    repository.git("reset", "--quiet", "--hard", "HEAD~1")
    revision = repository.commit({"wsgi.py": "amended"})
    assert app.deploy()["revision"] == revision


def test_messages_name_options_as_the_role_does(app: App) -> None:
    with refused("unknown_version", "masonite_app_version"):
        app.present(version="nope", setting_names={"version": "masonite_app_version"})
