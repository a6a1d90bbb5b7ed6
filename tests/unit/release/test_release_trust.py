# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Root makes releases for an app whose two users cannot lead it astray."""

from __future__ import annotations

import json
import os
import pwd
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import release_world
from release_world import OTHER, SECRET, Server, finish_virtualenv, killed_at, refused, within

from ansible_collections.masonite.deploy.plugins.module_utils._release.errors import ReleaseError
from ansible_collections.masonite.deploy.plugins.module_utils._release.untrusted_directory import (
    UntrustedDirectory,
)


@pytest.fixture
def server() -> Iterator[Server]:
    with release_world.server() as found:
        yield found


def owner(path: Path) -> str:
    return pwd.getpwuid(os.lstat(path).st_uid).pw_name


def mode(path: Path) -> int:
    return stat.S_IMODE(os.lstat(path).st_mode)


LINKS = {".env": "/etc/hostname"}


@pytest.mark.parametrize("umask", [0o077, 0o000])
def test_each_thing_belongs_to_the_party_it_is_of_whatever_the_umask(server: Server, umask: int) -> None:
    server.repository.commit({"storage/uploads/a.txt": "a", "vendor/lib.py": ""})
    (server.repository.path / "logo").symlink_to("/etc/hostname")
    server.repository.commit()
    previous = os.umask(umask)
    try:
        release = Path(server.app.deploy(shared=["storage/uploads/"], links=LINKS)["path"])
    finally:
        os.umask(previous)
    site = server.site
    owners = {
        site / ".state": ("root", 0o700),
        site / "history.jsonl": ("root", 0o644),
        site / "current": ("root", None),
        site / "repo.git": ("games", 0o700),
        site / "releases": ("games", 0o755),
        release: ("games", 0o755),
        release / "wsgi.py": ("games", 0o644),
        release / "vendor": ("games", 0o755),
        release / "storage": ("games", 0o755),
        release / "REVISION": ("games", 0o644),
        release / "logo": ("games", None),
        release / ".env": ("root", None),
        release / "storage" / "uploads": ("backup", None),
        site / "shared": ("backup", 0o750),
        site / "shared" / "storage": ("backup", 0o750),
        site / "shared" / "storage" / "uploads" / "a.txt": ("backup", 0o640),
    }
    for path, (user, wanted) in owners.items():
        assert owner(path) == user, path
        assert wanted is None or mode(path) == wanted, (path, oct(mode(path)))
    assert {owner(record) for record in (site / ".state").iterdir()} == {"root"}
    assert not [entry for entry in server.secret.rglob("*") if entry.name != "key"]


def test_git_and_the_python_run_as_the_build_user(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = server.base / "tools"
    tools.mkdir()
    log = server.base / "log"
    log.touch()
    log.chmod(0o666)
    for name in ("git", "tar"):
        real = subprocess.run(["which", name], capture_output=True, text=True, check=True).stdout.strip()
        (tools / name).write_text(f'#!/bin/sh\necho "{name} $(id -un) $HOME" >> {log}\nexec {real} "$@"\n')
    (tools / "python").write_text(
        f'#!/bin/sh\necho "python $(id -un) $HOME" >> {log}\necho "CPython 3.11.0"\n'
    )
    for tool in tools.iterdir():
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    monkeypatch.setenv("SSH_AUTH_SOCK", "/root/agent")
    assert server.app.present(python=str(tools / "python"))["virtualenv"]["python_version"] == "3.11.0"
    lines = set(log.read_text().splitlines())
    assert lines == {f"{name} games {server.build.home}" for name in ("git", "tar", "python")}


def test_a_python_that_leaves_a_process_behind_holds_nothing_up(server: Server) -> None:
    python = server.base / "python"
    python.write_text("#!/bin/sh\nsetsid sleep 30 &\necho CPython 3.11.0\n")
    python.chmod(0o755)
    started = time.monotonic()
    server.app.present(python=str(python))
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("user", ["build_user", "app_user"])
@pytest.mark.parametrize(("name", "reason"), [("no-such-user", "unknown_user"), ("root", "unsafe_user")])
def test_a_user_that_is_missing_or_root_is_refused(server: Server, user: str, name: str, reason: str) -> None:
    with refused(reason, name, user):
        server.app.present(**{user: name})


def test_check_mode_predicts_before_the_users_are_made(server: Server) -> None:
    result = server.app.call(check_mode=True, build_user="no-such-user", app_user="neither")
    assert result["release"]["revision"] == server.repository.head()
    assert result["virtualenv"]["known"]


@pytest.mark.parametrize("name", ["", ".state"])
def test_records_that_another_user_can_replace_are_not_trusted(server: Server, name: str) -> None:
    server.app.deploy()
    os.chown(server.site / name, server.build.uid, -1)
    with refused("foreign_owner", str(server.site / name), "chown root"):
        server.app.present()


def test_killed_at_any_moment_the_next_run_deploys(server: Server) -> None:
    app = server.app
    for event in range(1, 320, 29):
        revision = server.repository.commit({"wsgi.py": f"version {event}"})
        killed_at(event, lambda: app.deploy(shared=["logs/"], links=LINKS))
        assert (
            app.deploy(shared=["logs/"], links=LINKS, holder=OTHER, break_lock=True)["revision"] == revision
        )
        assert app.read("wsgi.py") == f"version {event}"
        assert not [name for name in app.names() if name.startswith(".")]
        assert not [name for name in os.listdir(server.site) if name.startswith((".partial", ".trash"))]
        assert {owner(entry) for entry in (server.site / "releases").iterdir()} == {"games"}


# What the build user does to its releases


def read_nothing_of_root(server: Server, name: str) -> None:
    """A link to root's file, a fifo and an endless device in the place of a file of the live release."""
    place = Path(server.app.info()["live"]["path"]) / name
    for attack in (
        ("ln", "-s", server.secret / "key"),
        ("ln", "-s", os.path.relpath(server.secret / "key", place.parent)),
        ("ln", "-s", "/dev/zero"),
        ("mkfifo",),
        ("mkdir",),
    ):
        server.as_build("rm", "-rf", place)
        server.as_build(*attack, place)
        with within(10):
            said = json.dumps(server.app.info())
            try:
                said += json.dumps(server.app.call(check_mode=True, compare=["databases/migrations"]))
                said += json.dumps(server.app.present(compare=["databases/migrations"]))
            except ReleaseError as error:
                said += f"{error} {vars(error)}"
        assert SECRET not in said
        assert "key" not in json.dumps(said.partition("changes")[2])


@pytest.mark.parametrize("name", ["REVISION", "requirements.txt", "wsgi.py", "databases/migrations"])
def test_nothing_in_a_release_leads_root_out_of_it_or_holds_it_up(server: Server, name: str) -> None:
    server.repository.commit({"databases/migrations/a.py": ""})
    server.app.deploy()
    read_nothing_of_root(server, name)


def test_a_lost_record_and_a_hostile_revision_file(server: Server) -> None:
    release = Path(server.app.deploy()["path"])
    for record in (server.site / ".state").glob("*.json"):
        record.unlink()
    for attack in (("ln", "-s", server.secret / "key"), ("mkfifo",)):
        server.as_build("rm", "-f", release / "REVISION")
        server.as_build(*attack, release / "REVISION")
        with within(5):
            assert server.app.info()["live"]["revision"] == ""


def test_requirements_that_are_a_link_inside_the_revision_count(server: Server) -> None:
    server.repository.git("rm", "--quiet", "requirements.txt")
    (server.repository.path / "requirements.txt").symlink_to("needs/all.txt")
    server.repository.commit({"needs/all.txt": "-r more.txt\n", "needs/more.txt": "masonite\n"})
    # Included files are looked for beside the name, as pip does.
    with refused("missing_requirements", "more.txt"):
        server.app.present()
    server.repository.commit({"more.txt": "masonite\n"})
    present = server.app.present()
    first = present["virtualenv"]
    finish_virtualenv(first["path"])
    server.app.live(present["release"]["name"], virtualenv=first["path"])
    assert server.app.present()["virtualenv"] == {**first, "ready": True}
    server.repository.commit({"needs/all.txt": "-r more.txt\nredis\n"})
    assert server.app.present()["virtualenv"]["path"] != first["path"]


def test_migrations_are_not_listed_through_links(server: Server) -> None:
    server.repository.commit({"elsewhere/secret_name.py": "", "wsgi.py": "1"})
    (server.repository.path / "databases").mkdir()
    (server.repository.path / "databases" / "migrations").symlink_to("../elsewhere")
    server.repository.commit()
    for check_mode in (True, False):
        changes = server.app.call(check_mode=check_mode, compare=["databases/migrations"])["changes"]
        assert changes["databases/migrations"] == {"added": [], "removed": []}


def test_a_directory_linked_among_the_migrations_is_not_entered(server: Server) -> None:
    migrations = server.repository.path / "databases" / "migrations"
    migrations.mkdir(parents=True)
    (migrations / "more").symlink_to("../../elsewhere")
    server.repository.commit({"elsewhere/secret_name.py": "", "databases/migrations/one.py": ""})
    server.app.deploy()
    for check_mode in (True, False):
        added = server.app.call(check_mode=check_mode, compare=["databases/migrations"])["changes"]
        assert "secret_name" not in json.dumps(added)
    release = Path(server.app.info()["live"]["path"])
    server.as_build("ln", "-s", server.secret, release / "databases" / "migrations" / "deep")
    server.repository.git("rm", "--quiet", "-r", "databases")
    server.repository.commit({"wsgi.py": "two"})
    removed = server.app.present(compare=["databases/migrations"])["changes"]["databases/migrations"]
    assert set(removed["removed"]) == {"one.py", "more", "deep"}


def test_a_release_swapped_while_it_is_removed_takes_nothing_else_along(server: Server) -> None:
    """The build user exchanges directories of the release for links to others' as fast as it can."""
    server.app.deploy()
    for number in range(40):
        (server.secret / f"file{number}").touch()
    program = (
        "import os, sys, itertools\n"
        "top, outside = sys.argv[1:]\n"
        "os.makedirs(top + '/a/b')\n"
        "for n in range(400): open(f'{top}/a/b/{n}', 'w').close()\n"
        "print(flush=True)\n"
        "for n in itertools.count():\n"
        "    try:\n"
        "        os.rename(top + '/a', f'{top}/moved{n}'); os.symlink(outside, top + '/a')\n"
        "        os.unlink(top + '/a'); os.rename(f'{top}/moved{n}', top + '/a')\n"
        "    except OSError: pass\n"
        "    if not os.path.isdir(os.path.dirname(top)): break\n"
    )
    for _attempt in range(5):
        victim = server.site / "releases" / "20200101T000000Z-abcdef0"
        server.as_build("mkdir", victim)
        with subprocess.Popen(
            [sys.executable, "-c", program, victim, server.secret],
            stdout=subprocess.PIPE,
            user=server.build.uid,
            group=server.build.gid,
            extra_groups=[],
        ) as process:
            assert process.stdout is not None
            process.stdout.readline()
            try:
                with within(20), UntrustedDirectory(str(victim.parent)) as releases:
                    releases.remove_tree(victim.name)
            except OSError:
                pass
            finally:
                process.kill()
        assert len(list(server.secret.iterdir())) == 41
        server.as_build("sh", "-c", f"rm -rf {victim.parent}/.trash* {victim}")


def test_a_tree_deeper_than_the_stack_is_removed(server: Server) -> None:
    release = Path(server.app.deploy()["path"])
    program = "import os, sys\nos.chdir(sys.argv[1])\nfor n in range(3000): os.mkdir('d'); os.chdir('d')\n"
    server.as_build(sys.executable, "-c", program, release)
    for _ in range(2):
        server.app.deploy(force=True, keep=1)
    assert release.name not in server.app.names()
    assert not [name for name in server.app.names() if name.startswith(".")]


def test_a_virtualenv_that_is_a_link_is_neither_ready_nor_removed(server: Server) -> None:
    present = server.app.present()
    (server.secret / ".complete").touch()
    server.as_build("ln", "-s", server.secret, present["virtualenv"]["path"])
    server.as_build("ln", "-s", server.secret, server.venvs / ("0" * 16))
    server.as_build("mkfifo", server.venvs / ("1" * 16))
    with within(20):
        assert not server.app.present()["virtualenv"]["ready"]
        server.app.live(present["release"]["name"], virtualenv=present["virtualenv"]["path"], keep=1)
    assert (server.secret / "key").read_text() == SECRET


# What the app does to shared/


def test_what_fills_shared_is_written_as_the_app(server: Server) -> None:
    """The app links shared/storage to a directory of root: the files of the revision do not get there."""
    server.repository.commit({"storage/uploads/a.txt": "from the revision"})
    server.app.deploy(shared=["logs/"])
    server.as_app("ln", "-s", server.secret, server.site / "shared" / "storage")
    with pytest.raises(ReleaseError, match="Permission denied"):
        server.app.present(shared=["storage/uploads/"])
    assert sorted(os.listdir(server.secret)) == ["key"]
    assert not [name for name in server.app.names() if name.startswith(".")]


@pytest.mark.parametrize("attack", [("mkfifo",), ("ln", "-s", "/etc/shadow"), ("ln", "-s", "/nonexistent")])
def test_whatever_lies_in_shared_is_neither_opened_nor_replaced(
    server: Server, attack: tuple[str, ...]
) -> None:
    server.repository.commit({"local.json": "{}"})
    server.app.deploy(shared=["logs/"])
    place = server.site / "shared" / "local.json"
    server.as_app(*attack, place)
    before = os.lstat(place)
    with within(20):
        release = server.app.deploy(shared=["local.json"])
    assert os.lstat(place) == before
    assert os.readlink(Path(release["path"]) / "local.json") == str(place)


def test_a_link_in_a_release_made_by_the_build_is_no_way_for_links(server: Server) -> None:
    """Releases taken again get their links without leaving them."""
    release = Path(server.app.deploy()["path"])
    server.repository.commit({"wsgi.py": "two"})
    server.app.deploy()
    server.as_build("ln", "-s", server.secret, release / "config")
    with refused("shared", "config is not a directory"):
        server.app.present(release="previous", shared=["config/local.json"])
    with refused("shared", "config is not a directory"):
        server.app.present(release="previous", links={"config/.env": "/etc/hostname"})
    assert sorted(os.listdir(server.secret)) == ["key"]


def test_the_owner_of_a_link_is_never_given_to_what_was_put_in_its_place(server: Server) -> None:
    """The build user exchanges the link for a hard link to a file of root, at any moment."""
    directory = server.site / "releases"
    directory.mkdir()
    os.chown(directory, server.build.uid, server.build.gid)
    victim = server.base / "victim"
    victim.touch()
    program = (
        "import os, sys\n"
        "os.chdir(sys.argv[1]); print(flush=True)\n"
        "while True:\n"
        "    try: os.unlink('link'); os.link('file', 'link')\n"
        "    except OSError: pass\n"
    )
    # As if the kernel let everyone link everything: the file is there already, and root's.
    os.link(victim, directory / "file")
    with subprocess.Popen([sys.executable, "-c", program, directory], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            with UntrustedDirectory(str(directory)) as held:
                for _ in range(3000):
                    try:
                        held.remove_tree("link")
                        held.make_link("link", "/nonexistent", server.owner)
                    except OSError:
                        continue
        finally:
            process.kill()
    assert owner(victim) == "root"


# Links to files of the server


def test_a_committed_env_gives_way_with_a_warning_that_names_it(server: Server) -> None:
    server.repository.commit({".env": "APP_KEY=published\n"})
    present = server.app.present(shared=[".env", "logs/"], links=LINKS)
    assert os.readlink(Path(present["release"]["path"]) / ".env") == "/etc/hostname"
    assert any(".env" in warning and "not used" in warning for warning in present["warnings"])
    assert not os.path.lexists(server.site / "shared" / ".env")


def test_without_a_committed_env_there_is_no_warning(server: Server) -> None:
    assert server.app.present(links=LINKS)["warnings"] == []


def test_a_release_of_version_0_1_whose_link_was_corrected_fits(server: Server) -> None:
    """Its record has .env among the shared paths, and no links."""
    release = Path(server.app.deploy(shared=[".env", "logs/"])["path"])
    record = server.site / ".state" / f"{release.name}.json"
    content = json.loads(record.read_text())
    del content["links"]
    record.write_text(json.dumps(content))
    assert not server.app.call(check_mode=True, shared=["logs/"], links=LINKS)["is_live"]
    (release / ".env").unlink()
    (release / ".env").symlink_to(LINKS[".env"])
    assert server.app.call(check_mode=True, shared=["logs/"], links=LINKS)["is_live"]
    assert server.app.present(shared=["logs/"], links=LINKS)["is_live"]
    assert not server.app.call(check_mode=True, shared=["logs/", "more/"], links=LINKS)["is_live"]
    assert not server.app.call(check_mode=True, shared=["logs/"])["is_live"]


def test_another_target_makes_a_new_release(server: Server) -> None:
    server.app.deploy(links=LINKS)
    assert server.app.present(links=LINKS)["is_live"]
    assert not server.app.present(links={".env": "/etc/issue"})["is_live"]


@pytest.mark.parametrize(
    ("links", "reason"),
    [
        ({"../x": "/etc/x"}, "links"),
        ({"/etc/x": "/etc/x"}, "links"),
        ({".env": "shared/.env"}, "links"),
        ({".env": "/srv/../etc/x"}, "links"),
        ({"logs/x": "/etc/x"}, "shared"),
    ],
)
def test_links_that_make_no_sense_are_refused(server: Server, links: dict[str, str], reason: str) -> None:
    with refused(reason):
        server.app.present(shared=["logs/"], links=links)
