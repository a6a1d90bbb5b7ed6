# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Links, records, the lock, the directory of the app's user: what is on disk and who may fool whom."""

from __future__ import annotations

import json
import os
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from uwsgi_world import World

from ansible_collections.masonite.deploy.plugins.module_utils._system.file_lock import FileLock
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.account_options import (
    find_instance_account,
)
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.errors import InstanceError
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.instance_lock import lock_instances
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.log_file import open_log, read_log
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.path_state import read_path_state
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.paths import Paths
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.pidfile import read_pidfile
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.public_links import PublicLinks
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.record import Record
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.record_store import RecordStore
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.runtime_directory import RuntimeDirectory

ID = "0123456789"
GOOD = Record(id=ID, state="live", manager="none", chdir="/srv/app", pid=12, start=34)


def places(base: Path) -> Paths:
    public = base / "public"
    (base / "etc").mkdir(parents=True, exist_ok=True)
    public.mkdir(exist_ok=True)
    return Paths(
        "blog",
        str(public / "blog.sock"),
        str(public / "blog.pid"),
        str(public / "blog.root"),
        str(public / "blog"),
        str(base / "etc"),
    )


def picture(folder: Path) -> dict[str, str]:
    """What a person sees in a directory: each name, and where it leads or what it holds."""
    return {
        path.name: f"-> {os.readlink(path)}" if path.is_symlink() else path.read_text()
        for path in sorted(folder.iterdir())
    }


BEFORE = st.sampled_from(["missing", "link", "dangling", "file"])


@given(kinds=st.tuples(BEFORE, BEFORE, BEFORE))
def test_going_back_restores_exactly_what_was_there(
    kinds: tuple[str, str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    base = tmp_path_factory.mktemp("links")
    paths = places(base)
    public = base / "public"
    (public / "target").write_text("old")
    for path, kind in zip((paths.socket, paths.pidfile, paths.root or ""), kinds):
        if kind == "link":
            os.symlink("target", path)
        elif kind == "dangling":
            os.symlink("/nowhere/at/all", path)
        elif kind == "file":
            Path(path).write_text("a real one")
    before = picture(public)
    mine = PublicLinks(paths)
    remembered = mine.create_restore_point()
    wanted = paths.files(ID)
    mine.switch(wanted, "/srv/new", wanted.socket)
    assert os.readlink(paths.socket) == f"blog/{ID}.sock"
    assert os.readlink(paths.root or "") == "/srv/new"
    assert mine.list_wrong(wanted, "/srv/new", wanted.socket) == []
    mine.restore(json.loads(json.dumps(remembered)))
    mine.remove_restore_point()
    assert picture(public) == before


def test_switching_is_never_half_visible(tmp_path: Path) -> None:
    paths = places(tmp_path)
    mine = PublicLinks(paths)
    one, two = paths.files("a" * 10), paths.files("b" * 10)
    mine.switch(one, "/one", one.socket)
    seen: set[str] = set()
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            seen.add(os.readlink(paths.socket))

    thread = threading.Thread(target=watch)
    thread.start()
    for _turn in range(300):
        mine.switch(two, "/two", two.socket)
        mine.switch(one, "/one", one.socket)
    stop.set()
    thread.join()
    assert seen <= {f"blog/{'a' * 10}.sock", f"blog/{'b' * 10}.sock"}


def test_a_leftover_temporary_link_is_no_obstacle(tmp_path: Path) -> None:
    paths = places(tmp_path)
    (tmp_path / "public" / ".blog.sock.new").write_text("of a killed run")
    mine = PublicLinks(paths)
    mine.switch(paths.files(ID), "/srv/app", paths.files(ID).socket)
    mine.remove_restore_point()
    assert sorted(os.listdir(tmp_path / "public")) == ["blog.pid", "blog.root", "blog.sock"]


@given(content=st.one_of(st.binary(max_size=200), st.just(b"[" * 3000)))
def test_a_record_of_junk_is_no_record(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    paths = places(tmp_path_factory.mktemp("records"))
    Path(paths.files(ID).record).write_bytes(content)
    assert RecordStore(paths).read_record(ID) is None
    assert RecordStore(paths).list_ids() == [ID]


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(asdict(GOOD))), JSON, max_size=4))
def test_a_record_with_strange_values_is_refused_or_sound(
    tmp_path_factory: pytest.TempPathFactory, changes: dict[str, object]
) -> None:
    paths = places(tmp_path_factory.mktemp("records"))
    Path(paths.files(ID).record).write_text(json.dumps({**asdict(GOOD), **changes}))
    record = RecordStore(paths).read_record(ID)
    if record is not None:
        assert record.id == ID
        for name, value in asdict(GOOD).items():
            assert isinstance(
                getattr(record, name), (int, float) if isinstance(value, float) else type(value)
            )


def test_a_record_survives_being_written(tmp_path: Path) -> None:
    records = RecordStore(places(tmp_path))
    records.write_record(GOOD)
    assert records.read_record(ID) == GOOD
    assert stat.S_IMODE(os.stat(records.paths.files(ID).record).st_mode) == 0o600
    assert records.remove(ID)
    assert records.read_record(ID) is None
    assert not records.remove(ID)


def test_a_record_of_another_id_is_refused(tmp_path: Path) -> None:
    records = RecordStore(places(tmp_path))
    Path(records.paths.files(ID).record).write_text(json.dumps(asdict(replace(GOOD, id="abcdefabcd"))))
    assert records.read_record(ID) is None


def test_a_record_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    """Where it says how to restore the public links, that had another name."""
    records = RecordStore(places(tmp_path))
    data = asdict(replace(GOOD, state="switched"))
    data["way_back"] = {"/srv/sockets/blog.sock": "/srv/sockets/.blog.sock.old"}
    del data["previous_links"], data["uid"], data["published"]
    Path(records.paths.files(ID).record).write_text(json.dumps(data))
    record = records.read_record(ID)
    assert record is not None
    assert record.previous_links == data["way_back"]
    assert (record.state, record.uid, record.published) == ("switched", -1, False)


def test_files_that_a_killed_run_did_not_finish_are_removed(tmp_path: Path) -> None:
    records = RecordStore(places(tmp_path))
    records.write_record(GOOD)
    config = tmp_path / "etc"
    for name in (f".{ID}.json.abcd1234.tmp", f".{ID}.ini.x_y.tmp", f"{ID}.env.new"):
        (config / name).write_text("{")
    (config / "notes.txt").write_text("a person's")
    assert records.list_ids() == [ID]
    records.remove_temporary_files()
    assert sorted(os.listdir(config)) == [f"{ID}.json", "notes.txt"]


def test_what_killed_runs_left_beside_the_public_links_is_removed(tmp_path: Path) -> None:
    paths = places(tmp_path)
    public = tmp_path / "public"
    for name in (
        ".blog.sock.old",
        ".blog.sock.new",
        ".blog.pid.4711.tmp",
        ".blog.sock.example",
        ".x.sock.1.tmp",
    ):
        (public / name).write_text("")
    assert PublicLinks(paths).remove_restore_point()
    assert sorted(os.listdir(public)) == [".blog.sock.example", ".x.sock.1.tmp"]
    assert not PublicLinks(paths).remove_restore_point()


# The lock


def lock(base: Path, timeout: float = 5) -> AbstractContextManager[FileLock]:
    return lock_instances(replace(places(base.parent / "other"), config_dir=str(base)), timeout)


def test_the_lock_is_exclusive_and_waited_for(tmp_path: Path) -> None:
    order: list[str] = []

    def second() -> None:
        with lock(tmp_path) as mine:
            order.append("second")
            assert mine.waited > 0.1

    with lock(tmp_path):
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.3)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_a_timeout_names_the_holder_of_the_lock(tmp_path: Path) -> None:
    with lock(tmp_path), pytest.raises(InstanceError) as caught, lock(tmp_path, 0.1):
        pass
    assert f"process {os.getpid()}" in caught.value.message
    assert caught.value.stage == "lock"


def test_a_lock_whose_directory_was_removed_meanwhile_is_taken_anew(tmp_path: Path) -> None:
    base = tmp_path / "etc"
    with lock(base):
        (base / "lock").unlink()
        base.rmdir()
        with lock(base, 1) as other:
            assert other.waited < 0.5
    assert (base / "lock").exists()


# The directory of the app's user


@pytest.fixture
def victim(tmp_path: Path) -> Iterator[Path]:
    file = tmp_path / "victim"
    file.write_text("untouched")
    yield file
    assert file.read_text() == "untouched"


def test_nothing_is_written_through_a_planted_link(victim: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    runtime = RuntimeDirectory(str(folder))
    for name in ("x.fifo", "x.pid", "uwsgi.log"):
        os.symlink(victim, folder / name)
    who = find_instance_account(None, None)
    assert not runtime.write_fifo("x.fifo", b"q", os.geteuid())
    runtime.write_new_file("x.pid", "1\n", who)
    assert (folder / "x.pid").read_text() == "1\n"
    with pytest.raises(InstanceError, match=r"uwsgi\.log"):
        open_log(str(folder / "uwsgi.log"), who)
    assert runtime.remove("x.fifo")


def test_of_a_log_that_is_replaced_by_a_link_the_file_that_was_opened_is_read(
    victim: Path, tmp_path: Path
) -> None:
    path = tmp_path / "uwsgi.log"
    path.write_text("long ago\n")
    descriptor = open_log(str(path), find_instance_account(None, None))
    os.write(descriptor, b"one\n[pid: 1] GET /\ntwo\n")
    path.unlink()
    path.symlink_to(victim)
    try:
        assert read_log(descriptor, len("long ago\n"), 5) == ["one", "two"]
        assert read_log(descriptor, 0, 2) == ["one", "two"]
        os.ftruncate(descriptor, 4)
        assert read_log(descriptor, len("long ago\n"), 5) == ["long"], "begun anew by logrotate"
    finally:
        os.close(descriptor)


def test_a_hard_link_as_log_is_refused(victim: Path, tmp_path: Path) -> None:
    os.link(victim, tmp_path / "uwsgi.log")
    with pytest.raises(InstanceError, match="regular file"):
        open_log(str(tmp_path / "uwsgi.log"), find_instance_account(None, None))


def test_a_fifo_of_somebody_else_is_not_written_to(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.fifo")
    reader = os.open(tmp_path / "x.fifo", os.O_RDONLY | os.O_NONBLOCK)
    runtime = RuntimeDirectory(str(tmp_path))
    assert not runtime.write_fifo("x.fifo", b"q", os.geteuid() + 1)
    assert runtime.write_fifo("x.fifo", b"q", os.geteuid())
    assert os.read(reader, 5) == b"q"
    os.close(reader)
    assert not runtime.write_fifo("x.fifo", b"q", os.geteuid()), "nobody reads it any more"


def test_a_link_in_place_of_the_runtime_dir_is_refused(world: World) -> None:
    elsewhere = world.base / "elsewhere"
    elsewhere.mkdir()
    os.symlink(elsewhere, world.runtime)
    error = world.fails(version="v1")
    assert str(world.runtime) in error.message
    assert os.listdir(elsewhere) == []


def test_a_planted_log_stops_the_start_and_nothing_else(world: World) -> None:
    first = world.run(version="v1")
    victim = world.base / "victim"
    victim.write_text("untouched")
    (world.runtime / "uwsgi.log").unlink()
    os.symlink(victim, world.runtime / "uwsgi.log")
    error = world.fails(version="v2")
    assert "uwsgi.log" in error.message
    assert victim.read_text() == "untouched"
    assert world.info()["instance"]["id"] == first["instance"]["id"]
    assert world.serves() == "v1"


@pytest.mark.parametrize(
    ("content", "pid"),
    [
        ("12\n", 12),
        ("12", 12),
        ("", None),
        ("x", None),
        ("0", None),
        ("1", None),
        ("-5", None),
        ("1" * 12, None),
        ("1 2", None),
    ],
)
def test_pidfiles_are_read_with_suspicion(tmp_path: Path, content: str, pid: int | None) -> None:
    path = tmp_path / "x.pid"
    path.write_text(content)
    assert read_pidfile(str(path)) == pid


def test_a_fifo_as_pidfile_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.pid")
    assert read_pidfile(str(tmp_path / "x.pid")) is None
    assert read_path_state(str(tmp_path / "x.pid")).kind == "file"
