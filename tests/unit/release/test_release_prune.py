# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is kept, and what a rollback reaches."""

from __future__ import annotations

import shutil

import pytest
from release_world import App, Repository, refused

from ansible_collections.masonite.deploy.plugins.module_utils._release.pruning import list_superfluous
from ansible_collections.masonite.deploy.plugins.module_utils._release.untrusted_directory import (
    UntrustedDirectory,
)


def deploys(app: App, repository: Repository, count: int, keep: int = 5) -> list[str]:
    names = []
    for number in range(count):
        repository.commit({"wsgi.py": f"version {number}"})
        names.append(app.deploy(keep=keep)["name"])
    return names


def test_five_failed_deploys_in_a_row_do_not_evict_the_last_good_release(
    app: App, repository: Repository
) -> None:
    good = deploys(app, repository, 4, keep=3)
    for number in range(5):
        repository.commit({"wsgi.py": f"broken {number}"})
        app.break_down()
    states = {release["name"]: release["state"] for release in app.info()["releases"]}
    assert [name for name, state in states.items() if state == "good"] == good[:0:-1]
    assert list(states.values()).count("bad") == 1
    assert app.info()["live"]["name"] == good[-1]
    assert app.rollback()["name"] == good[-2]
    assert app.rollback()["name"] == good[-3]


def test_a_failed_release_is_never_a_rollback_target(app: App, repository: Repository) -> None:
    first = app.deploy()
    repository.commit({"wsgi.py": "bad"})
    bad = app.break_down()
    repository.commit({"wsgi.py": "two"})
    app.deploy()
    assert app.info()["previous"]["name"] == first["name"]
    with refused("release_not_good", "is bad: it answered 500", first["name"]):
        app.present(release=bad["name"])


@pytest.mark.parametrize("keep", [1, 2, 3, 4])
def test_keep_counts_good_releases(app: App, repository: Repository, keep: int) -> None:
    names = deploys(app, repository, 6, keep=keep)
    # With one kept, the release before it stays too.
    assert app.names() == names[-max(keep, 2) :]


def test_rollbacks_go_on_backwards(app: App, repository: Repository) -> None:
    a, b, c = deploys(app, repository, 3)
    assert app.rollback()["name"] == b
    assert app.rollback()["name"] == a
    with refused("no_previous", c, b):
        app.rollback()
    assert app.info()["live"]["name"] == a


def test_a_deploy_after_a_rollback_goes_back_to_what_was_live(app: App, repository: Repository) -> None:
    _a, b, _c = deploys(app, repository, 3)
    app.rollback()
    deploys(app, repository, 1)
    assert app.info()["previous"]["name"] == b


def test_a_rollback_needs_neither_repository_nor_network(app: App, repository: Repository) -> None:
    first, _second = deploys(app, repository, 2)
    shutil.rmtree(repository.path)
    shutil.rmtree(app.path / "repo.git")
    assert app.rollback()["name"] == first
    assert app.read("wsgi.py") == "version 0"


def test_a_named_release(app: App, repository: Repository) -> None:
    a, b, c = deploys(app, repository, 3)
    assert app.deploy(release=a, action="rollback")["name"] == a
    assert app.deploy(release=c)["name"] == c
    assert app.info()["previous"]["name"] == a
    with refused("unknown_release", "20200101", a, b, c):
        app.present(release="20200101T000000Z-1234567")
    with refused("unknown_release"):
        app.present(release="../../etc")
    present = app.present(release=c)
    assert present["is_live"]
    assert not present["changed"]
    assert not present["locked"]


def test_a_release_removed_by_hand_is_passed_over(app: App, repository: Repository) -> None:
    a, b, _c = deploys(app, repository, 3)
    shutil.rmtree(app.path / "releases" / b)
    assert app.info()["previous"]["name"] == a


def test_live_is_what_the_live_link_leads_to(app: App, repository: Repository) -> None:
    first = deploys(app, repository, 1)[0]
    link = app.path.parent / "blog.root"
    app.options["live_link"] = str(link)
    repository.commit({"wsgi.py": "two"})
    second = app.present()["release"]
    link.symlink_to(second["path"])
    assert app.info()["live"]["name"] == second["name"]
    assert app.info()["previous"]["name"] == first
    # The run ended here; the next finds its release serving and only finishes.
    present = app.present()
    assert present["is_live"]
    assert app.live(second["name"])["recorded"]
    assert app.info()["live"]["state"] == "good"
    assert (app.path / "current").resolve().name == second["name"]


def test_marking_live_what_does_not_serve_is_refused(app: App, repository: Repository) -> None:
    a, b = deploys(app, repository, 2)
    link = app.path.parent / "blog.root"
    link.symlink_to(app.path / "releases" / a)
    with refused("not_serving", a, b):
        app.live(b, live_link=str(link))


def test_both_links_and_the_releases_before_them_are_protected(app: App, repository: Repository) -> None:
    names = deploys(app, repository, 6, keep=9)
    link = app.path.parent / "blog.root"
    link.symlink_to(app.path / "releases" / names[1])
    store = app.make_call(live_link=str(link)).store
    assert [release.name for release in list_superfluous(store, 1)] == [names[3], names[2]]


def test_a_live_good_release_is_never_marked_bad(app: App) -> None:
    release = app.deploy()
    app.failed(release["name"], reason="the new .env does not work")
    assert app.info()["live"]["state"] == "good"


def test_a_live_release_that_never_worked_is_marked_bad_and_not_returned_as_done(app: App) -> None:
    release = app.present()["release"]
    link = app.path.parent / "blog.root"
    link.symlink_to(release["path"])
    app.options["live_link"] = str(link)
    app.failed(release["name"], reason="500 through NGINX")
    assert app.info()["live"]["state"] == "bad"
    assert app.present()["release"]["name"] != release["name"]


def test_not_its_fault(app: App) -> None:
    app.deploy()
    release = app.present(force=True)["release"]
    result = app.failed(release["name"], reason="interrupted", bad=False)
    assert result["pruned"]["releases"] == [release["name"]]


def test_a_bad_or_unfinished_release_can_be_forced(app: App) -> None:
    app.deploy()
    bad = app.break_down(force=True)
    assert app.deploy(release=bad["name"], force=True)["name"] == bad["name"]
    assert app.info()["live"]["state"] == "good"


def test_what_cannot_be_removed_is_a_warning(
    app: App, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    deploys(app, repository, 2)
    repository.commit({"wsgi.py": "last"})
    present = app.present()

    def refuse(_directory: UntrustedDirectory, _name: str) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(UntrustedDirectory, "remove_tree", refuse)
    result = app.live(present["release"]["name"], keep=1)
    assert result["is_live"]
    assert "Permission denied" in result["warnings"][0]


def test_without_repository_or_release_it_says_what_is_missing(app: App) -> None:
    with refused("no_repository", "repository"):
        app.present(repository=None)


def test_live_of_an_unknown_release_is_refused(app: App) -> None:
    app.deploy()
    with refused("unknown_release"):
        app.live("20200101T000000Z-1234567")
