# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check mode predicts what happens, and changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from release_world import App, Repository, refused, snapshot


def test_on_a_fresh_server_it_predicts(app: App, repository: Repository, tmp_path: Path) -> None:
    before = snapshot(tmp_path)
    result = app.call(check_mode=True, shared=[".env"], required=["wsgi.py"], compare=["databases"])
    assert snapshot(tmp_path) == before
    assert result["changed"]
    assert not result["locked"]
    assert result["release"]["revision"] == repository.head()
    assert result["live"] is None
    assert result["virtualenv"]["known"]
    assert result["virtualenv"]["path"].startswith(str(app.options["virtualenvs"]))
    assert repository.head() in result["diff"]["after"]


@pytest.mark.parametrize(
    "repository_url",
    ["/nonexistent/repo.git", "https://127.0.0.1:1/x.git", "ssh://git@127.0.0.1:1/x.git"],
)
def test_on_a_fresh_server_it_never_fails_for_what_is_not_there_yet(app: App, repository_url: str) -> None:
    result = app.call(check_mode=True, repository=repository_url, ssh_key="/nonexistent/key")
    assert result["changed"]
    assert result["release"]["revision"] == ""
    assert "is not known yet" in result["warnings"][0]


def test_on_a_fresh_server_live_and_failed_pass(app: App) -> None:
    predicted = app.call(check_mode=True)["release"]["name"]
    assert app.call(check_mode=True, state="live", release=predicted)["changed"]
    assert app.call(check_mode=True, state="failed", release=predicted)["changed"]
    assert not app.path.exists()


def test_an_unknown_version_fails_there_too(app: App) -> None:
    with refused("unknown_version", "nope"):
        app.call(check_mode=True, version="nope")


def test_with_nothing_new(app: App) -> None:
    app.deploy()
    before = snapshot(app.path)
    result = app.call(check_mode=True)
    assert not result["changed"]
    assert result["is_live"]
    assert not app.call(check_mode=True, state="live", release=result["release"]["name"])["changed"]
    assert snapshot(app.path) == before


def test_with_a_new_commit(app: App, repository: Repository) -> None:
    old = app.deploy()
    new = repository.commit({"wsgi.py": "two"})
    before = snapshot(app.path)
    result = app.call(check_mode=True)
    assert snapshot(app.path) == before
    assert result["changed"]
    assert old["revision"] in result["diff"]["before"]
    assert new in result["diff"]["after"]
    assert result["virtualenv"]["known"]


def test_with_a_known_commit_it_knows_the_virtualenv_and_what_is_missing(
    app: App, repository: Repository
) -> None:
    old = repository.head()
    repository.commit({"wsgi.py": "two"})
    app.deploy()
    result = app.call(check_mode=True, version=old)
    assert result["virtualenv"]["known"]
    assert result["virtualenv"]["ready"]
    with refused("missing_files"):
        app.call(check_mode=True, version=old, required=["craft"])


def test_a_rollback(app: App, repository: Repository) -> None:
    old = app.deploy()
    repository.commit({"wsgi.py": "two"})
    app.deploy()
    before = snapshot(app.path)
    result = app.call(check_mode=True, release="previous")
    assert result["release"]["name"] == old["name"]
    assert result["changed"]
    assert app.call(check_mode=True, state="live", release=old["name"], keep=1)["pruned"]["releases"] == []
    assert snapshot(app.path) == before


def test_on_a_deployed_app_an_unreachable_repository_fails_as_it_would(
    app: App, repository: Repository
) -> None:
    app.deploy()
    repository.path.rename(repository.path.with_name("gone"))
    with refused("unknown_repository"):
        app.call(check_mode=True)


def test_an_abbreviated_commit_not_fetched_yet_stays_unknown(app: App, repository: Repository) -> None:
    app.deploy()
    middle = repository.commit({"wsgi.py": "two"})
    repository.commit({"wsgi.py": "three"})
    result = app.call(check_mode=True, version=middle[:8])
    assert result["changed"]
    assert result["release"]["revision"] == ""


def test_a_commit_that_was_not_fetched_is_read_and_not_kept(app: App, repository: Repository) -> None:
    app.deploy()
    repository.commit({"databases/migrations/2025_02_02_add.py": "x\n", "requirements.txt": "flask\n"})
    before = snapshot(app.path)
    result = app.call(check_mode=True, compare=["databases/migrations"])
    assert result["changes"]["databases/migrations"]["added"] == ["2025_02_02_add.py"]
    assert result["virtualenv"]["known"]
    assert snapshot(app.path) == before
