# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which backup is the newest, which are removed, and what a record is worth."""

from __future__ import annotations

import fcntl
import json
import os
import time
from pathlib import Path

import pytest
from backup_world import OTHER, ROOT, App
from hypothesis import given
from hypothesis import strategies as some

from ansible_collections.masonite.deploy.plugins.module_utils._backup.records import (
    Record,
    choose_backups_to_remove,
    newest_good,
    read_records,
    write_records,
)

OLD = "20200102T030405Z-20200102T030400Z-1a2b3c4.sqlite3"
# Not in the order in which they are made: neither the clock nor the name says which is the newest.
times = some.text("0123456789", min_size=8, max_size=8)
records = some.lists(
    some.builds(
        Record,
        name=times.map(lambda time: f"{time}.sqlite3"),
        time=times,
        kind=some.just("sqlite"),
        size=some.integers(0, 1 << 40),
        sha256=some.just("0" * 64),
        label=some.text(max_size=8),
        good=some.booleans(),
    ),
    unique_by=lambda record: record.name,
    max_size=12,
)
former = some.lists(times.map(lambda time: f"former-{time}.sqlite3"), unique=True, max_size=6)


@given(records)
def test_records_are_read_as_they_were_written_and_in_that_order(written: list[Record]) -> None:
    assert read_records(write_records(written)) == (written, 0)


@given(records, some.binary(max_size=40))
def test_a_line_cut_short_loses_no_other_record(written: list[Record], torn: bytes) -> None:
    found, _unknown = read_records(write_records(written) + b'{"name": ' + torn)
    assert found == written


@given(records, former, some.integers(1, 8), some.data())
def test_pruning_keeps_the_newest_by_the_record(
    made: list[Record], older: list[str], keep: int, data: some.DataObject
) -> None:
    names = [*older, *(record.name for record in made)]
    protected = data.draw(some.lists(some.sampled_from(names), max_size=2)) if names else []
    removed = choose_backups_to_remove(made, older, keep, protected)
    left = [name for name in names if name not in removed]
    failed = [record.name for record in made if not record.good]
    good = [name for name in names if name not in failed]
    newest = newest_good(made)

    assert set(removed) <= set(names)
    assert len(set(removed)) == len(removed)
    assert not set(protected) & set(removed)
    assert newest is None or newest.name in left
    assert not good or good[-1] in left, "one that can be restored is left, if there was one"
    assert set(good[-keep:]) <= set(left), "the newest are kept"
    assert set(left) <= {*good[-keep:], *failed[-1:], *protected}, "and no more than were asked for"


@given(some.lists(some.tuples(some.booleans(), times), max_size=12), some.integers(1, 4))
def test_whatever_the_clock_says_the_last_one_made_is_the_newest(
    steps: list[tuple[bool, str]], keep: int
) -> None:
    """Each step makes a backup, good or of a failed migration, and prunes."""
    found: list[Record] = []
    for number, (good, stamp) in enumerate(steps):
        found.append(Record(f"{stamp}-{number}.sqlite3", stamp, "sqlite", 1, "0" * 64, good=good))
        removed = choose_backups_to_remove(found, [], keep)
        found = [record for record in found if record.name not in removed]
        newest = newest_good(found)
        assert not good or (newest is not None and newest.name.endswith(f"-{number}.sqlite3"))
        assert sum(record.good for record in found) == min(keep, sum(good for good, _ in steps[: number + 1]))


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{}",
        "[]",
        "null",
        "no JSON",
        '{"name": 1, "kind": "sqlite", "size": 1, "sha256": "0"}',
        *(
            json.dumps({"name": name, "kind": kind, "size": size, "sha256": checksum, "time": ""})
            for name, kind, size, checksum in [
                ("../../etc/shadow", "sqlite", 1, "0" * 64),
                ("a/b.sqlite3", "sqlite", 1, "0" * 64),
                ("a.sqlite3", "postgres", 1, "0" * 64),
                ("a.sqlite3", "sqlite", "1", "0" * 64),
                ("a.sqlite3", "sqlite", 1, "0"),
                (".a.sqlite3", "sqlite", 1, "0" * 64),
            ]
        ),
    ],
)
def test_a_malformed_line_is_no_record(line: str) -> None:
    assert read_records(line.encode())[0] == []


def test_the_newest_is_the_last_one_made_though_a_clock_or_a_name_says_otherwise(app: App) -> None:
    app.create("Ada")
    first = app.back_up(label="z")
    app.add("Grace")
    second = app.back_up(label="a")
    os.utime(app.backups / first, (2_000_000_000, 2_000_000_000))
    app.add("Hedy")
    assert app.order() == [second, first]
    assert app.run("restored")["restored"] == second
    assert app.rows() == ["Ada", "Grace"]


def test_only_as_many_as_asked_for_are_kept_and_never_none(app: App) -> None:
    app.create("Ada")
    names = [app.back_up(label=f"number-{number}", keep=3) for number in range(5)]
    assert app.order() == names[:1:-1]
    result = app.run(keep=1)
    assert result["removed"] == names[2:]
    assert app.names() == [result["backup"]["name"]]


def test_a_backup_that_is_restored_is_not_removed_by_the_one_made_before(app: App) -> None:
    app.create("Ada")
    oldest = app.back_up(keep=2)
    newer = app.back_up(keep=2)
    result = app.run("restored", backup=oldest, keep=2)
    assert app.names() == sorted([oldest, newer, result["saved"]["name"]])


def test_files_of_version_0_1_count_as_older_and_can_be_restored_with_a_warning(app: App) -> None:
    app.create("Ada")
    content = app.database.read_bytes()
    future = OLD.replace("2020", "2099")
    app.put(future, content, app.account.uid)
    app.put(OLD, content, app.account.uid)
    os.utime(app.backups / future, (1_000_000_000, 1_000_000_000))
    app.add("Grace")
    assert app.run("checked")["checked"] == OLD, "without any record it is the youngest file"
    new = app.back_up()
    assert app.order() == [new, OLD, future]
    result = app.run("restored", backup=future)
    assert (app.rows(), "no record" in result["warnings"][0]) == (["Ada"], True)
    app.run(keep=1)
    assert not {OLD, future} & set(app.names())


def test_a_file_that_a_person_put_there_is_never_removed(app: App) -> None:
    app.create("Ada")
    own = app.put("from-the-old-server.sqlite3", app.database.read_bytes())
    for _ in range(3):
        app.run(keep=1)
    assert own.exists()
    assert app.run("restored", backup=own.name)["restored"] == own.name


def test_what_a_killed_run_left_is_removed_and_its_record_forgotten(app: App) -> None:
    app.create("Ada")
    name = app.back_up()
    app.put(".20260102T030405Z-backup.sqlite3.unfinished", b"half")
    app.put("20260102T030405Z-backup.unfinished", b"half, by version 0.1")
    (app.backups / name).unlink()
    second = app.back_up()
    assert (app.names(), app.order()) == ([second], [second])


def test_a_record_that_the_app_could_write_does_not_count(app: App) -> None:
    if not ROOT:
        pytest.skip("needs a file of another user")
    app.create("Ada")
    name = app.back_up()
    app.give(app.backups / "index.jsonl")
    result = app.run("checked")
    assert result["checked"] == name
    assert any("ignored" in warning for warning in result["warnings"])


@pytest.mark.parametrize("case", ["owner", "mode", "link", "missing"])
def test_a_directory_that_the_app_could_write_is_refused(app: App, case: str, tmp_path: Path) -> None:
    app.create("Ada")
    if case == "owner":
        if not ROOT:
            pytest.skip("needs a directory of another user")
        app.give(app.backups)
    if case == "mode":
        app.backups.chmod(0o770)
    if case in ("link", "missing"):
        app.backups.rmdir()
    if case == "link":
        app.backups.symlink_to(tmp_path)
    error = app.refuse("checked" if case != "missing" else "restored")
    assert error.reason == {"owner": "not_ours", "mode": "not_ours", "link": "no_directory"}.get(
        case, "not_found"
    )


def test_a_lock_that_the_app_made_and_holds_is_not_waited_for(app: App) -> None:
    if not ROOT:
        pytest.skip("needs a file of another user")
    app.create("Ada")
    lock = app.put(".lock", b"", app.account.uid)
    with lock.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        started = time.monotonic()
        app.back_up()
    assert time.monotonic() - started < 10


def test_two_backups_at_once_come_one_after_the_other(app: App) -> None:
    app.create("Ada")
    app.back_up()
    with (app.backups / ".lock").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        error = app.refuse(timeout=1)
    assert error.reason == "locked"


def test_a_copy_that_belongs_to_another_app_is_no_backup(app: App) -> None:
    if not ROOT:
        pytest.skip("needs a file of another user")
    app.create("Ada")
    app.put(OLD, app.database.read_bytes(), OTHER)
    assert app.refuse("restored", backup=OLD).reason == "not_a_file"
