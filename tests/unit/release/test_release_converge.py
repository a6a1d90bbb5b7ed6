# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A live revision that is kept, one name on all servers, what only the set-up of a server does, restores."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
from release_world import App, Repository, refused, server

from ansible_collections.masonite.deploy.plugins.module_utils._release.info import InfoOptions, read_info

KEEP = {"keep_live": True}


def test_the_live_revision_is_kept_without_the_repository(app: App, repository: Repository) -> None:
    live = app.deploy()
    repository.commit({"wsgi.py": "two"})
    repository.path.rename(repository.path.with_name("gone"))
    result = app.present(**KEEP)
    assert (result["changed"], result["is_live"], result["locked"]) == (False, True, False)
    assert (result["release"]["name"], result["release"]["version"]) == (live["name"], "main")


def test_a_rollback_stays(app: App, repository: Repository) -> None:
    first = app.deploy()
    repository.commit({"wsgi.py": "two"})
    app.deploy()
    assert app.rollback()["name"] == first["name"]
    assert app.deploy(**KEEP)["name"] == first["name"]
    assert app.read("wsgi.py") == "one"
    assert app.deploy()["name"] != first["name"], "a deploy without the option follows the version"


def test_the_live_revision_is_exported_again_where_its_links_change(app: App, repository: Repository) -> None:
    live = app.deploy()
    repository.commit({"wsgi.py": "two"})
    repository.path.rename(repository.path.with_name("gone"))
    result = app.present(shared=["storage/logs/"], **KEEP)
    assert (result["changed"], result["is_live"], result["locked"]) == (True, False, True)
    new = result["release"]
    assert (new["revision"], new["version"]) == (live["revision"], "main")
    assert new["name"] > live["name"]


def test_without_a_live_release_the_version_is_taken(app: App, repository: Repository) -> None:
    assert app.deploy(**KEEP)["revision"] == repository.head()


def test_check_mode_keeps_the_live_revision_too(app: App, repository: Repository) -> None:
    live = app.deploy()
    repository.commit({"wsgi.py": "two"})
    assert app.present(check_mode=True, **KEEP)["release"]["name"] == live["name"]
    planned = app.present(check_mode=True, shared=["storage/logs/"], **KEEP)["release"]
    assert planned["revision"] == live["revision"]


def test_a_first_release_can_wait_for_what_other_servers_have(app: App, repository: Repository) -> None:
    first = repository.head()
    repository.commit({"wsgi.py": "two"})
    waits = app.present(make_first=False, **KEEP)
    assert (waits["release"], waits["live"], waits["locked"], waits["changed"]) == (None, None, False, False)
    assert app.names() == []
    release = app.deploy(revision=first, **KEEP)
    assert (release["revision"], release["version"]) == (first, "main")


def test_a_release_has_one_name_on_all_servers(tmp_path: Path, repository: Repository) -> None:
    apps = [App(tmp_path / name, str(repository.path)) for name in ("one", "two")]
    apps[1].clock = lambda: 1_900_000_000.0
    names = {app.deploy(named_at=1_800_000_000.5)["name"] for app in apps}
    assert names == {f"20270115T080000Z-{repository.head()[:7]}"}
    repository.commit({"wsgi.py": "two"})
    # Another run in the same second, and one of a controller whose clock is behind.
    assert {app.deploy(named_at=1_800_000_000.9)["name"][:16] for app in apps} == {"20270115T080001Z"}
    repository.commit({"wsgi.py": "three"})
    assert {app.deploy(named_at=1_799_999_990.0)["name"][:16] for app in apps} == {"20270115T080002Z"}


def test_the_subject_of_the_commit_is_kept(app: App, repository: Repository) -> None:
    repository.commit({"wsgi.py": "two"}, message="Fifth post\n\nwith a body")
    assert app.deploy()["subject"] == "Fifth post"
    repository.commit({"wsgi.py": "three"}, message="\x1b[31mred " + "x" * 500)
    app.deploy()
    newest, before = app.info()["releases"]
    assert before["subject"] == "Fifth post"
    assert newest["subject"].startswith("[31mred xxx")
    assert len(newest["subject"]) == 200


@pytest.fixture
def three(app: App, repository: Repository) -> dict[str, dict[str, Any]]:
    """Three releases, of which v1 was deployed by its tag, and the last one is live."""
    repository.git("tag", "v1")
    releases = {"v1": app.deploy(version="v1")}
    repository.commit({"wsgi.py": "two"})
    releases["two"] = app.deploy()
    repository.commit({"wsgi.py": "three"})
    releases["three"] = app.deploy()
    return releases


def test_a_rollback_takes_a_revision_or_a_tag(app: App, three: dict[str, dict[str, Any]]) -> None:
    revision = three["two"]["revision"]
    for wanted, release in {
        three["v1"]["name"]: "v1",
        revision: "two",
        three["v1"]["revision"][:7]: "v1",
        revision[:10].upper(): "two",
        "v1": "v1",
    }.items():
        found = app.present(release=wanted)["release"]
        assert found["name"] == three[release]["name"], wanted
        app.live(found["name"], action="rollback")


def test_a_rollback_to_what_was_never_deployed_lists_what_was(
    app: App, three: dict[str, dict[str, Any]]
) -> None:
    with refused("unknown_release", "v9", three["v1"]["name"], "(good", '"change"'):
        app.present(release="v9")
    with refused("ambiguous_release", "2 revisions", three["two"]["name"], three["three"]["name"]):
        app.present(release="main")


def test_a_good_release_of_a_revision_goes_before_a_bad_one(app: App, repository: Repository) -> None:
    good = app.deploy()
    bad = app.break_down(force=True)
    assert bad["revision"] == good["revision"]
    repository.commit({"wsgi.py": "two"})
    app.deploy()
    assert app.present(release=good["revision"][:8])["release"]["name"] == good["name"]


def test_only_bad_releases_of_a_revision_are_refused_with_the_reason(
    app: App, repository: Repository
) -> None:
    app.deploy()
    revision = repository.commit({"wsgi.py": "two"})
    app.break_down()
    with refused("release_not_good", "it answered 500"):
        app.present(release=revision[:7])


SET_UP = "playbooks/site.yml"
HOST = """server {
    listen 80;
    server_name blog.test "~^www[.]blog";
    server_name other.test;
}
"""


@pytest.fixture
def host(tmp_path: Path) -> Path:
    path = tmp_path / "blog.conf"
    path.write_text(HOST)
    return path


def set_up(*paths: Path, names: tuple[str, ...] = ("blog.test",)) -> dict[str, Any]:
    return {"set_up_by": SET_UP, "virtual_host": {"paths": [str(path) for path in paths], "names": names}}


def test_an_app_that_was_never_set_up_is_refused_before_anything_changes(
    app: App, host: Path, tmp_path: Path
) -> None:
    with refused("not_set_up", "site", f"no directory {app.path}", SET_UP):
        app.present(**set_up(host))
    assert not app.path.exists()
    app.path.mkdir()
    with refused("not_set_up", "no user nobody-of-this-name", SET_UP):
        app.present(build_user="nobody-of-this-name", **set_up(host))
    with refused("not_set_up", "no virtual host", SET_UP):
        app.present(**set_up(tmp_path / "missing.conf"))
    assert list(app.path.iterdir()) == []


def test_a_domain_that_nginx_does_not_know_is_refused_before_anything_changes(
    app: App, host: Path, tmp_path: Path
) -> None:
    app.path.mkdir()
    for check_mode in (True, False):
        with refused("unknown_domain", "new.test", "masonite_app_domains", SET_UP):
            app.call(
                check_mode,
                setting_names={"virtual_host": "masonite_app_domains"},
                **set_up(tmp_path / "missing.conf", host, names=("blog.test", "new.test")),
            )
    assert list(app.path.iterdir()) == []


def test_a_domain_that_nginx_knows_is_deployed(app: App, host: Path) -> None:
    app.path.mkdir()
    assert app.deploy(**set_up(host, names=("blog.test", "other.test", "~^www[.]blog")))


def read_key(directory: Path) -> str | None:
    file = directory / "id"
    return file.read_text() if file.exists() else None


def test_the_deploy_key_is_what_the_settings_say(app: App, tmp_path: Path) -> None:
    app.deploy()
    ssh = app.path / "ssh"
    given = {"ssh_directory": str(ssh)}
    assert app.present(**given)["changed"] is False
    assert not ssh.exists()
    assert app.present(ssh_key_content="one", check_mode=True, **given)["changed"] is False
    assert not ssh.exists()
    written = app.present(ssh_key_content=" one \n", known_hosts_content=["a b c", " d e f "], **given)
    assert written["changed"] is True
    assert (read_key(ssh), (ssh / "known_hosts").read_text()) == ("one\n", "a b c\nd e f\n")
    assert stat.S_IMODE((ssh / "id").stat().st_mode) == 0o600
    assert (
        app.present(ssh_key_content="one", known_hosts_content=["a b c", "d e f"], **given)["changed"]
        is False
    )
    assert app.present(ssh_key_content="two", **given)["changed"] is True
    assert read_key(ssh) == "two\n"
    assert sorted(path.name for path in ssh.iterdir()) == ["id"]
    assert app.present(**given)["changed"] is True
    assert list(ssh.iterdir()) == []


def test_git_uses_the_key_and_the_host_keys_of_the_directory(app: App) -> None:
    call = app.make_call(ssh_directory="/s/ssh", ssh_key_content="k", known_hosts_content=["h"])
    assert (call.options.ssh_key, call.options.known_hosts) == ("/s/ssh/id", "/s/ssh/known_hosts")
    call = app.make_call(ssh_directory="/s/ssh", ssh_key="/other")
    assert (call.options.ssh_key, call.options.known_hosts) == ("", "")


def test_the_key_can_be_read_by_the_build_user_alone() -> None:
    with server() as world:
        ssh = world.site / "ssh"
        world.app.deploy(ssh_directory=str(ssh), ssh_key_content="key", known_hosts_content=["h"])
        for path, mode in ((ssh, 0o750), (ssh / "id", 0o640), (ssh / "known_hosts", 0o640)):
            found = path.stat()
            assert (found.st_uid, found.st_gid) == (0, world.build.gid)
            assert stat.S_IMODE(found.st_mode) == mode


def test_a_link_in_the_place_of_the_directory_is_not_followed(app: App, tmp_path: Path) -> None:
    app.deploy()
    (tmp_path / "elsewhere").mkdir()
    (app.path / "ssh").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError):  # noqa: PT011
        app.present(ssh_directory=str(app.path / "ssh"), ssh_key_content="key")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_restored_database_is_migrated_by_the_next_deploy(app: App, repository: Repository) -> None:
    live = app.deploy()
    app.call(state="restored", action="restore", reason="backup x", pending_migrations=["2026_a"])
    info = app.info()
    assert info["history"][-1]["action"] == "restore"
    assert (info["live"]["name"], info["live"]["state"]) == (live["name"], "good")
    present = app.present()
    assert present["pending_migrations"] == ["2026_a"]
    assert (present["is_live"], present["locked"]) == (True, True), "what migrates is locked"
    app.live(live["name"])
    assert app.present()["pending_migrations"] == ["2026_a"], "a run that did not migrate leaves them"
    app.live(live["name"], migrated=True)
    present = app.present()
    assert (present["pending_migrations"], present["locked"]) == ([], False)


def test_a_restore_changes_neither_the_order_nor_the_state_of_releases(
    app: App, repository: Repository
) -> None:
    first = app.deploy()
    repository.commit({"wsgi.py": "two"})
    app.deploy()
    app.call(state="restored", action="restore")
    app.break_down(force=True)
    app.call(state="restored", action="restore", pending_migrations=[])
    assert app.info()["previous"]["name"] == first["name"]
    assert app.rollback()["name"] == first["name"]


MIGRATIONS = "databases/migrations"


def read_status(app: App) -> dict[str, Any]:
    return read_info(InfoOptions(app.path, migrations=MIGRATIONS))


def test_the_status_says_what_a_rollback_does(app: App, repository: Repository) -> None:
    assert "nothing to go back from: no release is live" in read_status(app)["rollback"]["message"]
    first = app.deploy()
    assert "would refuse: there is no good release" in read_status(app)["rollback"]["message"]
    repository.commit({"wsgi.py": "two", f"{MIGRATIONS}/2026_b.py": ""}, message="Fifth post")
    app.deploy()
    assert read_status(app)["rollback"] == {
        "release": first["name"],
        "migrations": ["2026_b.py"],
        "message": f'rollback.yml would go back to {first["name"]} "change"; it refuses if these migrations '
        "are applied: 2026_b.py, unless -e masonite_rollback_migrations=true.",
    }
