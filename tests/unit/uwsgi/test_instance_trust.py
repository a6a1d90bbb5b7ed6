# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the user of an instance, and other users, can do to root and to each other: nothing."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from uwsgi_world import USER, Visitors, World

from ansible_collections.masonite.deploy.plugins.module_utils._system import process
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.account_options import (
    find_instance_account,
)
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.directories import (
    create_runtime_directories,
)
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.discovery import Discovery
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.errors import InstanceError
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.instance import Instance
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.path_options import read_paths
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.run import run
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.socket_publisher import SocketPublisher
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.systemd_unit import PUBLISH
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.watched_files import compute_fingerprint

as_root = pytest.mark.skipif(USER is None, reason="only root has users to protect from each other")
OTHER = "daemon"


def as_user(user: str, code: str, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, user=user, group=find_instance_account(user, None).gid, extra_groups=[])


def swap(path: str, target: str) -> None:
    """What the user of an instance can do to its private socket."""
    code = "import os, sys; p, t = sys.argv[1:]; os.symlink(t, p + '.x'); os.rename(p + '.x', p)"
    assert as_user(USER or "", code, path, target).wait(20) == 0


@pytest.fixture
def victim(world: World) -> str:
    """The public socket of an application of another user."""
    options: dict[str, Any] = {
        "name": "shop",
        "socket": str(world.base / "sockets" / "shop.sock"),
        "root": None,
        "config_dir": str(world.base / "etc" / "shop"),
        "user": OTHER,
    }
    world.run(version="victim", **options)
    return os.path.realpath(str(options["socket"]))


# The published socket


@as_root
def test_the_socket_is_published_where_only_root_can_write(world: World) -> None:
    result = world.run(version="v1", group="mail")
    published = world.public / f"{result['instance']['id']}.sock"
    assert result["instance"]["published"] == str(published)
    assert os.path.realpath(world.socket) == str(published)
    folder = os.stat(world.public)
    assert (folder.st_uid, stat.S_IMODE(folder.st_mode)) == (0, 0o750)
    assert folder.st_gid == find_instance_account(USER, "mail").socket_gid
    assert os.stat(published).st_ino == os.stat(result["instance"]["socket"]).st_ino
    assert world.info()["instance"]["published"] == str(published)


@as_root
def test_a_swapped_private_socket_never_shows_the_pages_of_another_app(world: World, victim: str) -> None:
    first = world.run(version="v1")
    with Visitors(world.socket, threads=2) as visitors:
        swap(first["instance"]["socket"], victim)
        assert world.serves() == "v1"
        world.run(version="v1")
        world.run(version="v2")
        swap(world.info()["instance"]["published"].replace(".public", ""), victim)
        world.run(version="v2", state="reloaded")
    visitors.assert_unharmed()
    assert visitors.versions() == ["v1", "v2"]
    assert world.info()["leftovers"] == []


@as_root
@pytest.mark.parametrize("state", ["stopped", "absent", "restarted"])
def test_a_swapped_private_socket_harms_nobody_when_the_instance_ends(
    world: World, victim: str, state: str
) -> None:
    first = world.run(version="v1")
    swap(first["instance"]["socket"], victim)
    world.run(version="v1", state=state)
    assert stat.S_ISSOCK(os.stat(victim).st_mode)
    assert (len(world.masters()), world.private_files() == []) == (
        (2, False) if state == "restarted" else (1, True)
    )


@as_root
def test_a_private_socket_that_is_swapped_all_the_time_is_not_published_as_another_apps(
    world: World, victim: str
) -> None:
    """The user exchanges the path between root's look and root's step."""
    paths = read_paths(world.options())
    files, who = paths.files("0123456789"), find_instance_account(USER, None)
    publisher = SocketPublisher(paths)
    world.runtime.mkdir()
    shutil.chown(world.runtime, USER or 0)
    create_runtime_directories(paths, who)
    real = socket.socket(socket.AF_UNIX)
    real.bind(files.socket + ".real")
    real.listen(1000)
    shutil.chown(files.socket + ".real", USER or 0)
    code = (
        "import os, sys, time\n"
        "path, victim = sys.argv[1:]\n"
        "while True:\n"
        "    os.link(path + '.real', path + '.x'); os.rename(path + '.x', path)\n"
        "    os.symlink(victim, path + '.x'); os.rename(path + '.x', path)\n"
    )
    attacker = as_user(USER or "", code, files.socket, victim)
    refused = done = 0
    inode = os.stat(files.socket + ".real").st_ino
    try:
        deadline = time.monotonic() + 30
        while min(refused, done) < 5 and time.monotonic() < deadline:
            with contextlib.suppress(InstanceError):
                refused += 1
                publisher.publish(files, who.uid, lambda pid: pid == os.getpid())
                refused, done = refused - 1, done + 1
            if os.path.lexists(files.published):
                assert os.lstat(files.published).st_ino == inode
            assert os.listdir(world.public) in ([], ["0123456789.sock"])
    finally:
        attacker.kill()
        attacker.wait()
        real.close()
    assert min(refused, done) >= 5


PLANTED: dict[str, str] = {
    "a link to a socket of another app": "link",
    "a regular file": "file",
    "a fifo": "fifo",
    "a socket of another process": "socket",
}


@as_root
@pytest.mark.parametrize("planted", PLANTED)
def test_only_the_socket_of_the_instance_is_published(world: World, victim: str, planted: str) -> None:
    paths = read_paths(world.options())
    files, who = paths.files("0123456789"), find_instance_account(USER, None)
    world.runtime.mkdir()
    shutil.chown(world.runtime, USER or 0)
    create_runtime_directories(paths, who)
    server = socket.socket(socket.AF_UNIX)
    kind = PLANTED[planted]
    if kind == "link":
        os.symlink(victim, files.socket)
    elif kind == "file":
        Path(files.socket).write_text("")
    elif kind == "fifo":
        os.mkfifo(files.socket)
    else:
        server.bind(files.socket)
        server.listen(5)
    os.chown(files.socket, who.uid, -1, follow_symlinks=False)
    with pytest.raises(InstanceError) as caught:
        SocketPublisher(paths).publish(files, who.uid, lambda pid: pid == 1)
    assert files.socket in caught.value.message
    assert os.listdir(world.public) == []
    server.close()


@as_root
@pytest.mark.parametrize("damage", ["missing", "a file", "a socket of another app", "directory mode"])
def test_a_damaged_published_socket_is_repaired_while_it_serves(
    world: World, victim: str, damage: str
) -> None:
    first = world.run(version="v1")
    published = Path(first["instance"]["published"])
    if damage == "directory mode":
        os.chmod(world.public, 0o777)
    else:
        published.unlink()
    if damage == "a file":
        published.write_text("")
    elif damage == "a socket of another app":
        os.link(victim, published)
    assert world.run(check=True, version="v1")["changed"] == (damage != "directory mode")
    result = world.run(version="v1")
    assert result["changed"]
    assert result["instance"]["pid"] == first["instance"]["pid"]
    assert world.serves() == "v1"
    assert not world.run(version="v1")["changed"]
    assert stat.S_IMODE(os.stat(world.public).st_mode) == 0o750


@as_root
def test_a_directory_of_another_user_is_not_taken_for_the_published_sockets(world: World) -> None:
    world.public.mkdir()
    shutil.chown(world.public, OTHER)
    error = world.fails(version="v1")
    assert error.reason == "public_directory_taken"
    assert str(world.public) in error.message
    assert os.stat(world.public).st_uid == find_instance_account(OTHER, None).uid
    assert world.processes() == []


@pytest.mark.parametrize("option", ["socket", "pidfile", "root"])
def test_public_paths_do_not_lie_among_published_sockets(world: World, option: str) -> None:
    given = {option: "/srv/x.public/blog.sock", "runtime_dir": "/srv/x"}
    assert f"{option} /srv/x.public/blog.sock lies inside" in world.fails(version="v1", **given).message


def test_a_runtime_dir_cannot_be_another_names_directory_of_published_sockets(world: World) -> None:
    assert "ends with .public" in world.fails(version="v1", name="blog.public").message


@as_root
@pytest.mark.parametrize("manager", ["none"])
def test_an_instance_of_version_0_1_is_kept_and_published(world: World, manager: str) -> None:
    """There the public link led to the private socket, and the record had the environment in it."""
    first = world.run(version="v1", environment={"A_SETTING": "a value"})
    instance = first["instance"]["id"]
    os.unlink(world.socket)
    os.symlink(f"blog/{instance}.sock", world.socket)
    shutil.rmtree(world.public)
    (world.config / f"{instance}.env").unlink()
    record = world.config / f"{instance}.json"
    text = record.read_text().replace('"environment": {}', '"environment": {"A_SETTING": "a value"}')
    text = "".join(
        line + "\n" for line in text.splitlines() if '"uid"' not in line and '"published"' not in line
    )
    record.write_text(text)
    with Visitors(world.socket, threads=2) as visitors:
        assert world.info()["socket"]["state"] == "live"
        result = world.run(version="v1", environment={"A_SETTING": "a value"})
        assert result["changed"]
        assert result["instance"]["pid"] == first["instance"]["pid"]
        assert "a value" not in record.read_text()
        world.run(version="v2")
    visitors.assert_unharmed()
    assert visitors.versions() == ["v1", "v2"]
    world.assert_one_instance()


@as_root
def test_a_runtime_dir_in_a_directory_of_the_user_is_refused(world: World) -> None:
    error = world.fails(version="v1", runtime_dir=str(world.shared / "run"))
    assert error.reason == "unsafe_directory"
    assert str(world.shared) in error.message


@as_root
@pytest.mark.parametrize("owner", ["root", USER])
def test_a_log_is_not_written_through_a_link_of_the_user(world: World, owner: str) -> None:
    elsewhere = world.base / "elsewhere"
    elsewhere.mkdir()
    link = world.shared / "log"
    os.symlink(elsewhere, link)
    os.chown(link, find_instance_account(owner, None).uid, -1, follow_symlinks=False)
    options = {"version": "v1", "log": str(link / "uwsgi.log")}
    if owner == "root":
        world.run(**options)
        assert os.listdir(elsewhere) == ["uwsgi.log"]
    else:
        assert "a symbolic link of another user" in world.fails(**options).message
        assert os.listdir(elsewhere) == []


# Signals

SLEEP = "import time; time.sleep(600)"


def lookalike(world: World, instance: str, user: str) -> subprocess.Popen[bytes]:
    """A process whose command line says that it is the instance's."""
    fake = as_user(user, SLEEP, "uwsgi", "--ini", str(world.config / f"{instance}.ini"))
    world.started.append(fake)
    while b"uwsgi" not in Path(f"/proc/{fake.pid}/cmdline").read_bytes():
        time.sleep(0.01)
    return fake


@as_root
def test_directories_that_the_user_has_nested_deeply_are_removed(world: World) -> None:
    world.run(version="v1")
    code = (
        "import os, sys\n"
        "os.chdir(sys.argv[1])\n"
        "for _number in range(1500):\n"
        "    os.mkdir('d')\n"
        "    os.chdir('d')\n"
    )
    assert as_user(USER or "", code, str(world.runtime)).wait(20) == 0
    try:
        assert world.run(state="absent")["changed"]
        assert not world.runtime.exists()
        assert not world.public.exists()
    finally:
        subprocess.run(["rm", "-rf", str(world.runtime)], check=True)


@as_root
@pytest.mark.parametrize("user", [OTHER, "root", USER])
@pytest.mark.parametrize("state", ["started", "reloaded", "restarted", "stopped", "absent"])
def test_a_process_that_only_names_the_configuration_is_not_touched(
    world: World, user: str, state: str
) -> None:
    first = world.run(version="v1")
    fake = lookalike(world, first["instance"]["id"], user)
    unknown = lookalike(world, "0123456789", user)
    assert world.info()["leftovers"] == []
    assert world.info()["instance"]["pid"] == first["instance"]["pid"]
    assert not world.run(version="v1")["changed"]
    world.run(version="v2" if state == "started" else "v1", state=state)
    assert fake.poll() is None
    assert unknown.poll() is None
    fake.kill()
    unknown.kill()


@as_root
@pytest.mark.parametrize("user", [OTHER, USER])
def test_a_process_that_only_names_the_configuration_is_not_taken_for_a_candidate(
    world: World, user: str
) -> None:
    fake = lookalike(world, "0123456789", user)
    world.killed_at("started", version="v1")
    world.run(version="v1")
    assert fake.poll() is None
    fake.kill()
    world.assert_one_instance()


@as_root
def test_ids_that_only_a_process_of_another_user_names_cost_no_look_at_each(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.run(version="v1")
    looked: list[str] = []
    find_own = Discovery.find_own

    def count(self: Discovery, instance_id: str) -> Instance:
        looked.append(instance_id)
        return find_own(self, instance_id)

    monkeypatch.setattr(Discovery, "find_own", count)
    of_others = [lookalike(world, f"{number:010x}", OTHER) for number in range(5)]
    own = lookalike(world, "0123456789", USER or "")
    discovery = Discovery(read_paths(world.options()), {})
    live = discovery.find_live()
    assert live is not None
    looked.clear()
    assert discovery.find_leftovers(live) == []
    assert looked == ["0123456789"], "it could be an instance: it is of the user of the instances"
    for process_ in (*of_others, own):
        process_.kill()


@as_root
def test_orphans_of_a_killed_master_are_ended_and_others_are_not(world: World) -> None:
    first = world.run(version="v1", processes=2)
    fake = lookalike(world, first["instance"]["id"], USER or "")
    os.kill(first["instance"]["pid"], signal.SIGKILL)
    time.sleep(0.2)
    world.run(version="v2")
    assert fake.poll() is None
    fake.kill()
    world.assert_one_instance()


@pytest.mark.parametrize("moment", [0.0, 0.01, 0.02, 0.04, 0.08])
def test_no_process_is_left_unrecorded_by_a_kill_while_it_is_started(world: World, moment: float) -> None:
    """The process waits until the record names it, so there is none that the next run would not know."""
    apart = world.run_apart("", version="v1")
    deadline = time.monotonic() + 10
    while not list(world.config.glob("*.ini")) and time.monotonic() < deadline:
        time.sleep(0.001)
    time.sleep(moment)
    apart.send_signal(signal.SIGKILL)
    apart.wait(10)
    world.run(version="v2")
    assert world.serves() == "v2"
    world.assert_one_instance()


@as_root
def test_a_family_is_killed_only_as_far_as_it_is_of_the_same_user(world: World) -> None:
    """As a setuid program in it would be of another one."""
    code = (
        "import os, subprocess, sys, time\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], user=1)\n"
        "os.setuid(5); print('ready', flush=True); time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], start_new_session=True, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    parent.stdout.readline()
    members = process.list_family(parent.pid)
    assert len(members) == 2
    assert process.kill_family(members[0]) == 1
    parent.wait(10)
    parent.stdout.close()
    assert members[1].alive
    assert members[1].send_signal(signal.SIGKILL)


def test_a_listening_process_that_has_passed_its_socket_on_is_not_taken_for_uwsgi(world: World) -> None:
    """The kernel names who once called listen(2), which may have become uWSGI of somebody by now."""
    code = (
        "import os, socket, sys, time\n"
        "s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(5)\n"
        "if os.fork():\n"
        "    s.close(); time.sleep(0.2)\n"
        "    os.execv(sys.executable, ['uw' + 'sgi', '-c', 'import time; time.sleep(600)'])\n"
        "time.sleep(600)\n"
    )
    other = subprocess.Popen([sys.executable, "-c", code, world.socket], start_new_session=True)
    world.started.append(other)
    while b"uwsgi" not in Path(f"/proc/{other.pid}/cmdline").read_bytes()[:6]:
        time.sleep(0.01)
    error = world.fails(version="v1")
    assert error.reason == "occupied"
    assert "not uWSGI" in error.message
    assert other.poll() is None
    os.killpg(other.pid, signal.SIGKILL)


# Root


@as_root
@pytest.mark.parametrize("given", [{"user": "root"}, {"user": None}])
def test_an_instance_does_not_run_as_root(world: World, given: dict[str, Any]) -> None:
    error = world.fails(version="v1", **given)
    assert (error.stage, error.reason, error.options) == ("configure", "root", ["user"])
    assert world.processes() == []
    assert not world.config.exists()


@as_root
def test_unless_it_is_asked_for(world: World) -> None:
    result = world.run(version="v1", user="root", allow_root=True)
    assert result["instance"]["published"] is None
    assert os.readlink(world.socket) == f"blog/{result['instance']['id']}.sock"
    assert any("runs as root" in note for note in result["warnings"])
    assert not world.run(version="v1", user="root", allow_root=True)["changed"]
    world.run(version="v1")
    world.assert_one_instance()


# Watched files

MAKE = {
    "a symbolic link": lambda path: os.symlink("/etc/passwd", path),
    "a fifo": lambda path: os.mkfifo(path),
    "a socket": lambda path: socket.socket(socket.AF_UNIX).bind(str(path)),
}


@pytest.mark.parametrize("kind", MAKE)
@pytest.mark.parametrize("inside", [False, True])
def test_what_is_no_regular_file_is_refused_by_path_and_never_hangs(
    tmp_path: Path, kind: str, inside: bool
) -> None:
    path = tmp_path / "w" / "x"
    path.parent.mkdir()
    MAKE[kind](path)
    if inside and kind == "a symbolic link":
        before = compute_fingerprint(str(path.parent))
        path.unlink()
        os.symlink("/etc/hostname", path)
        assert compute_fingerprint(str(path.parent)) != before
        return
    with pytest.raises(InstanceError) as caught:
        compute_fingerprint(str(path.parent if inside else path))
    assert str(path) in caught.value.message
    assert kind in caught.value.message
    assert caught.value.reason == "watch_not_regular"


def test_a_device_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(InstanceError, match="/dev/zero is a device"):
        compute_fingerprint("/dev/zero")


def test_a_link_to_a_directory_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "w").mkdir()
    os.symlink(tmp_path / "out", tmp_path / "w" / "in")
    before = compute_fingerprint(str(tmp_path / "w"))
    (tmp_path / "out" / "new").write_text("1")
    assert compute_fingerprint(str(tmp_path / "w")) == before


def test_a_file_that_is_exchanged_all_the_time_never_hangs(tmp_path: Path) -> None:
    path, stop = tmp_path / "w", threading.Event()

    def exchange() -> None:
        while not stop.is_set():
            (tmp_path / "f").write_text("1")
            os.rename(tmp_path / "f", path)
            os.mkfifo(tmp_path / "f")
            os.rename(tmp_path / "f", path)

    thread = threading.Thread(target=exchange)
    thread.start()
    try:
        for _turn in range(200):
            with contextlib.suppress(InstanceError):
                compute_fingerprint(str(path))
    finally:
        stop.set()
        thread.join()


def test_a_pidfile_that_leads_elsewhere_is_not_read_by_root(world: World) -> None:
    result = world.run(version="v1")
    secret = world.base / "secret"
    secret.write_text("4711\n")
    private = Path(result["instance"]["pidfile"])
    private.unlink()
    os.symlink(secret, private)
    assert world.info()["pidfile"]["state"] == "junk"


# Data of what is taken over


def test_a_takeover_names_the_data_that_stays_behind(world: World) -> None:
    here = Path(world.app("hand"))
    (here / ".env").write_text("APP_KEY=1")
    (here / "database").mkdir()
    (here / "database" / "site.sqlite3").write_text("")
    (here / "node_modules").mkdir()
    (here / "node_modules" / "x.db").write_text("")
    world.by_hand()
    for check in (True, False):
        notes = [
            note for note in world.run(check=check, version="v1")["warnings"] if "its data stays in" in note
        ]
        assert len(notes) == 1
        for path in (here / ".env", here / "database" / "site.sqlite3"):
            assert str(path) in notes[0]
        assert "node_modules" not in notes[0]
        assert "masonite_app_adopt" in notes[0]


@pytest.mark.parametrize("how", ["same directory", "writable", "nothing there"])
def test_a_takeover_does_not_warn_of_data_that_the_new_instance_uses(world: World, how: str) -> None:
    here = Path(world.app("hand"))
    if how != "nothing there":
        (here / "site.db").write_text("")
    world.by_hand()
    given: dict[str, Any] = {"version": "v1", "writable_paths": [str(here)] if how == "writable" else []}
    if how == "same directory":
        given["version"] = "hand"
    assert not any("data stays" in note for note in world.run(**given)["warnings"])


def test_run_needs_no_account_for_what_it_removes(world: World) -> None:
    world.run(version="v1")
    assert run({**world.options(state="absent"), "user": None})["changed"]


# What a unit does as root after each start


def publish_as_the_unit_does(world: World, uid: int) -> subprocess.CompletedProcess[bytes]:
    paths = read_paths(world.options())
    arguments = [paths.runtime_dir, paths.public_dir, "0123456789", str(uid)]
    return subprocess.run(
        ["/bin/sh", "-ec", PUBLISH.replace("$$", "$"), "sh", *arguments], capture_output=True, check=False
    )


@pytest.mark.parametrize("before", ["nothing", "an older socket", "the same socket", "a file left by a kill"])
def test_the_command_of_the_unit_publishes_the_socket(world: World, before: str) -> None:
    world.runtime.mkdir()
    world.public.mkdir()
    private, published = world.runtime / "0123456789.sock", world.public / "0123456789.sock"
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as older:
        server.bind(str(private))
        if before == "an older socket":
            older.bind(str(published))
        elif before == "the same socket":
            os.link(private, published)
        elif before == "a file left by a kill":
            (world.public / ".0123456789.new").write_text("")
        done = publish_as_the_unit_does(world, os.geteuid())
    assert (done.returncode, done.stderr) == (0, b"")
    assert os.lstat(published).st_ino == os.lstat(private).st_ino
    assert os.listdir(world.public) == ["0123456789.sock"]


@pytest.mark.parametrize(
    "planted", ["a link to a socket", "a link to nothing", "a file", "a directory", "of another user"]
)
def test_the_command_of_the_unit_publishes_nothing_else(world: World, planted: str) -> None:
    world.runtime.mkdir()
    world.public.mkdir()
    private = world.runtime / "0123456789.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(world.base / "victim.sock"))
        if planted == "a link to a socket":
            os.symlink(world.base / "victim.sock", private)
        elif planted == "a link to nothing":
            os.symlink("/nowhere", private)
        elif planted == "a file":
            private.write_text("")
        elif planted == "a directory":
            private.mkdir()
        else:
            os.link(world.base / "victim.sock", private)
        uid = os.geteuid() + (1 if planted == "of another user" else 0)
        done = publish_as_the_unit_does(world, uid)
    assert done.returncode != 0
    assert str(private) in done.stderr.decode()
    assert os.listdir(world.public) == []
