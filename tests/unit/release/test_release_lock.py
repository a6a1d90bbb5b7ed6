# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time deploys an app."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
from release_world import ME, OTHER, App, Repository, refused

from ansible_collections.masonite.deploy.plugins.module_utils._release import controller_process, module_call
from ansible_collections.masonite.deploy.plugins.module_utils._release.errors import ReleaseError
from ansible_collections.masonite.deploy.plugins.module_utils._system.file_lock import FileLock

JOB = {"user": "awx", "host": "awx-ee", "machine": "x", "pid": 7, "start": "3", "job": "812"}


def test_another_run_is_refused_with_all_there_is_to_know(app: App) -> None:
    prepared = app.present(holder=JOB)
    with refused("locked", "awx", "awx-ee", "job 812", "UTC", prepared["release"]["name"], "break_lock=true"):
        app.present(holder=ME)
    with refused("locked"):
        app.live(prepared["release"]["name"], holder=ME)
    with refused("locked", "masonite_deploy_unlock"):
        app.present(holder=ME, setting_names={"break_lock": "masonite_deploy_unlock"})


def test_even_when_there_would_be_nothing_to_do(app: App, repository: Repository) -> None:
    app.deploy()
    repository.commit({"wsgi.py": "two"})
    first = repository.git("rev-parse", "HEAD~1")
    app.present(holder=OTHER)
    with refused("locked", "bob", "office"):
        app.present(holder=ME, version=first)


def test_the_same_run_and_the_same_job_go_on(app: App) -> None:
    prepared = app.present(holder=JOB)
    again = {**JOB, "pid": 8, "start": "4", "host": "another-pod"}
    assert app.present(holder=again)["release"] == prepared["release"]
    assert app.live(prepared["release"]["name"], holder=again)["unlocked"]


def test_two_jobs_in_the_same_process_are_two(app: App) -> None:
    app.present(holder=JOB)
    with refused("locked"):
        app.present(holder={**JOB, "job": "813"})


@pytest.mark.parametrize("change", [{"pid": 101}, {"start": "9"}, {"machine": "other"}, {"host": "desk"}])
def test_a_pid_alone_does_not_make_it_the_same_run(app: App, change: dict[str, object]) -> None:
    app.present()
    with refused("locked"):
        app.present(holder={**ME, **change})


def test_an_old_lock_is_taken_over_with_a_warning(app: App) -> None:
    app.present(holder=OTHER)
    app.clock = lambda: time.time() + 3601
    result = app.present(holder=ME)
    assert "Took over the lock of bob on office" in result["warnings"][0]
    assert "lock_ttl" in result["warnings"][0]
    assert result["lock"]["holder"]["user"] == "ann"


def test_a_lock_in_use_does_not_grow_old(app: App) -> None:
    app.present(holder=OTHER)
    start = time.time()
    app.clock = lambda: start + 3000
    app.present(holder=OTHER)
    app.clock = lambda: start + 5000
    with refused("locked", "83 min ago"):
        app.present(holder=ME)


def test_breaking_a_lock_warns_and_works(app: App) -> None:
    app.present(holder=OTHER)
    result = app.present(holder=ME, break_lock=True)
    assert "break_lock was asked for" in result["warnings"][0]
    with refused("locked", "ann"):
        app.live(result["release"]["name"], holder=OTHER)
    assert app.live(result["release"]["name"], holder=ME)["unlocked"]


def test_an_abandoned_lock_goes_even_if_there_is_nothing_to_do(app: App) -> None:
    release = app.deploy()
    app.present(holder=OTHER, force=True)
    result = app.present(holder=ME, break_lock=True)
    assert result["is_live"]
    assert not result["locked"]
    assert app.info()["lock"] is None
    assert app.names() == [release["name"]]


def test_only_the_lock_that_was_seen_is_taken_over(app: App) -> None:
    app.present(holder=OTHER)
    token = app.info()["lock"]["token"]
    with refused("locked"):
        app.present(holder=ME, takeover="something else")
    result = app.present(holder=ME, takeover=token)
    assert "is gone" in result["warnings"][0]


def test_the_release_of_a_run_that_died_is_cleared_away(app: App, repository: Repository) -> None:
    orphan = app.present(holder=OTHER)["release"]["name"]
    repository.commit({"wsgi.py": "two"})
    release = app.deploy(holder=ME, break_lock=True)
    assert app.names() == [release["name"]]
    assert orphan != release["name"]


def test_a_failed_run_does_not_unlock_another(app: App) -> None:
    prepared = app.present(holder=OTHER)["release"]["name"]
    result = app.failed("", holder=ME, reason="locked out")
    assert not result["unlocked"]
    assert app.failed(prepared, holder=ME)["release"]["state"] == "unfinished"
    assert app.info()["lock"]["holder"]["user"] == "bob"
    assert app.history()[0]["reason"] == "locked out"


def test_a_failure_to_prepare_leaves_no_lock(app: App) -> None:
    with refused("missing_files"):
        app.present(required=["nothing"])
    assert app.info()["lock"] is None


@pytest.mark.parametrize("junk", ["", "{", "[]", '{"holder": 3}', "\0\0\0", '"text"', "[" * 100_000])
def test_a_junk_lock_is_replaced_with_a_warning(app: App, junk: str) -> None:
    app.deploy()
    lock = app.path / ".state" / "lock"
    lock.write_text(junk)
    result = app.present(force=True)
    assert "could not be read" in result["warnings"][0]
    assert result["locked"]


@pytest.mark.parametrize("since", ["1e99", '"yesterday"', "null", "true", "NaN"])
def test_a_lock_from_no_known_time_ages_by_its_file(app: App, since: str) -> None:
    app.deploy()
    lock = app.path / ".state" / "lock"
    lock.write_text(f'{{"holder": {{"user": "bob"}}, "since": {since}, "renewed": {since}}}')
    with refused("locked", "bob"):
        app.present(force=True)
    os.utime(lock, (1, 1))
    assert app.present(force=True)["locked"]


def test_of_many_at_once_one_wins(app: App) -> None:
    won: list[int] = []
    lost: list[str] = []

    def run(number: int) -> None:
        try:
            app.present(holder={**ME, "pid": number + 1, "user": f"user{number}"})
            won.append(number)
        except ReleaseError as error:
            lost.append(error.reason)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert lost == ["locked"] * 4
    assert len(app.names()) == 1


def test_check_mode_only_warns_of_a_lock(app: App) -> None:
    app.present(holder=OTHER)
    result = app.call(check_mode=True, holder=ME)
    assert "bob on office" in result["warnings"][0]


def test_this_very_process_is_not_gone() -> None:
    assert not controller_process.has_ended(controller_process.describe_run())


@pytest.mark.parametrize(
    ("change", "gone"),
    [
        ({"pid": 2**22 + 1}, True),
        ({"start": "1"}, True),
        ({"host": "elsewhere", "pid": 2**22 + 1}, False),
        ({"machine": "", "pid": 2**22 + 1}, False),
        ({"pid": 0}, False),
        ({"start": ""}, False),
        ({"start": "", "pid": 2**22 + 1}, True),
    ],
)
def test_a_process_is_gone_only_for_certain(change: dict[str, object], gone: bool) -> None:
    assert controller_process.has_ended({**controller_process.describe_run(), **change}) is gone


def test_a_boot_later_a_process_is_gone_but_not_on_a_twin() -> None:
    holder = controller_process.describe_run()
    machine, _boot, namespace = holder["machine"].split("/")
    assert controller_process.has_ended({**holder, "machine": f"{machine}/before/{namespace}"}) is bool(
        machine
    )
    assert not controller_process.has_ended({**holder, "machine": f"twin/before/{namespace}"})
    assert not controller_process.has_ended({**holder, "machine": f"{machine}/before/pid:[1]"})


def test_a_zombie_counts_as_gone() -> None:
    child = os.fork()
    if child == 0:
        time.sleep(0.2)
        os._exit(0)
    start = controller_process.read_start(child)
    assert start
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert controller_process.read_start(child) == ""
    os.waitpid(child, 0)


def test_without_proc_the_start_of_a_process_is_what_ps_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ps = tmp_path / "ps"
    ps.write_text('#!/bin/sh\n[ "$*" = "-o lstart= -p 4711" ] && echo "Mon  3 Mar 12:00:00 2025" || exit 1\n')
    ps.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(controller_process, "read_stat", lambda _pid: None)
    monkeypatch.setattr(controller_process, "OWN_STAT", tmp_path / "nothing")
    assert controller_process.read_start(4711) == "Mon 3 Mar 12:00:00 2025"
    assert controller_process.read_start(4712) == ""


def test_a_call_that_works_on_the_app_is_waited_for_and_then_named(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.deploy()
    monkeypatch.setattr(module_call, "FILE_LOCK_MARGIN", 0)
    file_lock = FileLock(str(app.path / ".state" / "mutex"), 1)
    with file_lock, refused("busy", f"Process {os.getpid()}", "1 s", str(app.path)):
        app.present(force=True, timeout=1)
    assert app.present(force=True)["changed"]


def test_state_is_readable_and_not_writable_by_others(app: App) -> None:
    app.present()
    for file in Path(app.path / ".state").iterdir():
        assert not file.stat().st_mode & 0o022, file
