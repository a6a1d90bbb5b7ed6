# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What env_file writes, keeps, refuses and reports."""

from __future__ import annotations

import grp
import hashlib
import os
import re
import stat
from typing import Any

import pytest
from env_file_world import AS_ROOT, KEY_ONE, KEY_TWO, PUBLISHED, Site, killed_at, refused

VERSION_0_1 = f"""\
# Written by masonite.deploy. A change made here is lost at the next deploy: \
set masonite_app_environment instead.
APP_DEBUG='False'
APP_KEY='{KEY_ONE}'
app_lower='1.5'
APP_NAME='it\\'s'
PATH_LIKE='a\\\\b'
ZIP='8000'
"""
SETTINGS_0_1 = {"ZIP": 8000, "app_lower": 1.5, "APP_NAME": "it's", "PATH_LIKE": "a\\b"}


def test_a_new_file_has_all_values_and_a_new_key(site: Site) -> None:
    result = site.call(settings={"B": "mine", "DEBUG": True}, defaults={"B": "default", "C": 3})
    assert result.changed
    assert result.generated == ["APP_KEY"]
    assert result.names == ["APP_KEY", "B", "C", "DEBUG"]
    values = site.values()
    key = values.pop("APP_KEY")
    assert values == {"B": "mine", "C": "3", "DEBUG": "True"}
    assert re.fullmatch("[A-Za-z0-9_-]{43}=", key)
    assert result.checksums == {"APP_KEY": hashlib.sha256(key.encode()).hexdigest()}
    assert stat.S_IMODE(site.path.stat().st_mode) == 0o640
    assert os.listdir(site.folder) == [".env"]


def test_a_second_run_changes_nothing(site: Site) -> None:
    site.call(settings={"A": "x"})
    before = site.snapshot()
    result = site.call(settings={"A": "x"})
    assert not result.changed
    assert result.generated == []
    assert site.snapshot() == before


def test_a_file_of_version_0_1_is_unchanged(site: Site) -> None:
    site.put(VERSION_0_1)
    assert not site.call(settings=SETTINGS_0_1, defaults={"APP_DEBUG": "False"}).changed
    assert site.compare_output(settings=SETTINGS_0_1, defaults={"APP_DEBUG": "False"}) is not None


def test_two_new_files_have_different_keys(site: Site) -> None:
    site.call()
    first = site.values()
    site.path.unlink()
    site.call()
    assert site.values() != first


# settings, known, the file in place, and the key that the app gets.
SOURCES = {
    "the key in place is kept": ({}, {}, f"APP_KEY='{KEY_ONE}'\n", KEY_ONE),
    "of two keys the first is kept": ({}, {}, f"APP_KEY='{KEY_ONE}'\nAPP_KEY='{KEY_TWO}'\n", KEY_ONE),
    "a key written by hand is kept": ({}, {}, f'export APP_KEY = "{KEY_ONE}" # mine\n', KEY_ONE),
    "a key of another shape is kept": ({}, {}, "APP_KEY=django-insecure-#1$x\n", "django-insecure-#1$x"),
    "known wins over the file": ({}, {"APP_KEY": KEY_TWO}, f"APP_KEY='{KEY_ONE}'\n", KEY_TWO),
    "known is used for a new file": ({}, {"APP_KEY": KEY_TWO}, "", KEY_TWO),
    "an empty known value does not count": ({}, {"APP_KEY": ""}, f"APP_KEY='{KEY_ONE}'\n", KEY_ONE),
    "settings win over known": ({"APP_KEY": KEY_ONE}, {"APP_KEY": KEY_TWO}, "", KEY_ONE),
    "settings win over the file": ({"APP_KEY": KEY_ONE}, {}, f"APP_KEY='{KEY_TWO}'\n", KEY_ONE),
}


@pytest.mark.parametrize(("settings", "known", "file", "key"), SOURCES.values(), ids=SOURCES.keys())
@pytest.mark.parametrize("may_generate", [True, False])
def test_where_a_key_comes_from(
    settings: dict[str, str], known: dict[str, str], file: str, key: str, may_generate: bool, site: Site
) -> None:
    if file:
        site.put(file)
    result = site.call(settings=settings, known=known, may_generate=may_generate)
    assert site.values() == {"APP_KEY": key}
    assert result.generated == result.missing == []
    assert not site.call(settings=settings, known=known).changed


MISSING = {
    "no file": None,
    "no key": "A='b'\n",
    "empty key": "APP_KEY=\n",
    "published key": f"APP_KEY={PUBLISHED}\n",
}


@pytest.mark.parametrize("file", MISSING.values(), ids=MISSING.keys())
def test_a_missing_key_is_reported_and_nothing_written_where_none_may_be_made(
    file: str | None, site: Site
) -> None:
    if file is not None:
        site.put(file)
    before = site.snapshot()
    result = site.call(settings={"A": "new"}, may_generate=False)
    assert (result.changed, result.missing, result.checksums) == (False, ["APP_KEY"], {})
    assert site.snapshot() == before


@pytest.mark.parametrize("file", MISSING.values(), ids=MISSING.keys())
def test_a_missing_key_is_made(file: str | None, site: Site) -> None:
    if file is not None:
        site.put(file)
    result = site.call()
    assert result.generated == ["APP_KEY"]
    assert site.values()["APP_KEY"] not in ("", PUBLISHED)
    assert len(result.warnings) == (file is not None and PUBLISHED in file)
    assert not any(PUBLISHED in warning for warning in result.warnings)


SECRET = "hunter2-hunter2"
# What is asked, the reason, and words of the error.
WRONG: dict[str, tuple[dict[str, Any], str, list[str]]] = {
    "NUL": ({"settings": {"A": f"{SECRET}\0"}}, "value", ["settings.A", "NUL"]),
    "half a surrogate pair": ({"settings": {"A": f"{SECRET}\udc80"}}, "value", ["settings.A", "UTF-8"]),
    "list": ({"settings": {"A": [SECRET]}}, "value", ["settings.A", "list"]),
    "dictionary": ({"defaults": {"A": {"b": SECRET}}}, "value", ["defaults.A", "dict"]),
    "null": ({"settings": {"A": None}}, "value", ["settings.A", "no value"]),
    "name with a dash": ({"settings": {"A-B": SECRET}}, "name", ["settings", "A-B"]),
    "name with a line break": ({"settings": {"A\n": SECRET}}, "name", ["settings", "A\\n"]),
    "name to generate": ({"generate": ["A B"]}, "name", ["generate", "A B"]),
    "default of a generated name": ({"defaults": {"APP_KEY": SECRET}}, "contradiction", ["APP_KEY"]),
    "known without generate": ({"known": {"OTHER": SECRET}}, "contradiction", ["OTHER", "generate"]),
    "published key in settings": (
        {"settings": {"APP_KEY": PUBLISHED}},
        "refused_value",
        ["settings.APP_KEY"],
    ),
    "published key in known": ({"known": {"APP_KEY": PUBLISHED}}, "refused_value", ["known.APP_KEY"]),
    "relative path": ({"path": "site/.env"}, "path", ["site/.env"]),
    "path with dots": ({"path": "/srv/../.env"}, "path", ["/srv/../.env"]),
    "mode": ({"mode": "rw"}, "mode", ["rw", '"0640"']),
    "mode that is too large": ({"mode": 640}, "mode", ["640"]),
    "owner": ({"owner": "no-such-user"}, "account", ["owner", "no-such-user"]),
    "group": ({"group": "no-such-group"}, "account", ["group", "no-such-group"]),
}


@pytest.mark.parametrize(("options", "reason", "words"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_option_is_named_without_its_value(
    options: dict[str, Any], reason: str, words: list[str], site: Site
) -> None:
    with refused(reason, *words) as caught:
        site.call(**options)
    assert SECRET not in caught.value.message
    assert PUBLISHED not in caught.value.message
    assert list(site.folder.iterdir()) == []


def link(site: Site, name: str) -> None:
    (site.folder.parent / "secret").write_text("root:x\n")
    (site.folder / name).symlink_to("../secret")


PLACES = {
    "link": (link, "link"),
    "dangling link": (lambda site, name: (site.folder / name).symlink_to("nowhere"), "link"),
    "directory": (lambda site, name: (site.folder / name).mkdir(), "not_a_file"),
    "fifo": (lambda site, name: os.mkfifo(site.folder / name), "not_a_file"),
}


@pytest.mark.parametrize("state", ["present", "restored", "accepted", "read"])
@pytest.mark.parametrize("name", [".env", ".env.previous"])
@pytest.mark.parametrize(("place", "reason"), PLACES.values(), ids=PLACES.keys())
def test_what_is_no_regular_file_is_refused_by_name(
    place: Any, reason: str, name: str, state: str, site: Site
) -> None:
    if name == ".env":
        site.previous.write_text("A='b'\n")
    place(site, name)
    before = site.snapshot()
    assert site.compare_output(state=state) is None
    if state == "accepted" and name == ".env":
        return
    with refused(reason, str(site.folder / name)):
        site.call(state=state)
    assert site.snapshot() == before
    assert (
        not (site.folder.parent / "secret").exists()
        or (site.folder.parent / "secret").read_text() == "root:x\n"
    )


@AS_ROOT
@pytest.mark.parametrize("name", [".env", ".env.previous"])
def test_a_file_of_another_user_is_refused_by_name(name: str, site: Site) -> None:
    (site.folder / name).write_text(f"APP_KEY='{KEY_ONE}'\n")
    os.chown(site.folder / name, 54321, -1)
    with refused("owner", str(site.folder / name), "54321"):
        site.call()
    assert site.compare_output() is None


@AS_ROOT
def test_a_file_of_its_future_owner_is_accepted(site: Site) -> None:
    site.put(f"APP_KEY='{KEY_ONE}'\n")
    os.chown(site.path, 54321, -1)
    assert site.call(owner="54321", group="54322").changed
    found = site.path.stat()
    assert (found.st_uid, found.st_gid) == (54321, 54322)
    assert site.compare_output(owner="54321", group="54322") is not None


DIRECTORIES = {
    "world-writable": lambda site: site.folder.chmod(0o777),
    "link": lambda site: (site.folder.rename(site.folder.parent / "real"), site.folder.symlink_to("real")),
    "file": lambda site: (site.folder.rmdir(), site.folder.write_text("")),
    "missing": lambda site: site.folder.rmdir(),
}
if os.geteuid() == 0:
    DIRECTORIES["of another user"] = lambda site: os.chown(site.folder, 54321, -1)
    DIRECTORIES["writable by a group"] = lambda site: (
        os.chown(site.folder, -1, 54321),
        site.folder.chmod(0o770),
    )


@pytest.mark.parametrize("make", DIRECTORIES.values(), ids=DIRECTORIES.keys())
def test_a_directory_that_others_write_to_is_refused_except_in_check_mode(make: Any, site: Site) -> None:
    make(site)
    assert site.compare_output() is None
    with refused("directory", str(site.folder)):
        site.call()
    assert site.call(check_mode=True).changed


@pytest.mark.parametrize("option", [{"owner": "no-such-user"}, {"group": "no-such-group"}])
def test_check_mode_on_a_fresh_server_says_changed(option: dict[str, str], site: Site) -> None:
    site.folder.rmdir()
    result = site.call(check_mode=True, settings={"A": "b"}, **option)
    assert result.changed
    assert result.generated == ["APP_KEY"]
    assert result.checksums == {}
    assert not site.folder.exists()


CHECKED: dict[str, dict[str, Any]] = {
    "other content": {"settings": {"A": "other"}},
    "other mode": {"settings": {"A": "b"}, "mode": "0600"},
    "new key": {"settings": {"A": "b"}, "generate": ["APP_KEY", "OTHER"]},
    "restored": {"state": "restored"},
    "accepted": {"state": "accepted"},
}


@pytest.mark.parametrize("options", CHECKED.values(), ids=CHECKED.keys())
def test_check_mode_says_what_the_real_run_does_and_changes_nothing(
    options: dict[str, Any], site: Site
) -> None:
    site.call(settings={"A": "b"})
    site.previous.write_text("A='a'\n")
    before = site.snapshot()
    checked = site.call(check_mode=True, **options)
    assert site.snapshot() == before
    real = site.call(**options)
    assert checked.changed
    assert real.changed
    assert checked.names == real.names
    assert checked.kept_previous == real.kept_previous


def test_a_replaced_file_is_kept_for_its_owner_only_and_put_back(site: Site) -> None:
    site.call(settings={"A": "one"})
    old = site.path.read_bytes()
    assert site.call(settings={"A": "two"}).kept_previous
    assert stat.S_IMODE(site.previous.stat().st_mode) == 0o600
    assert site.previous.read_bytes() == old
    assert site.call(state="restored").changed
    assert site.path.read_bytes() == old
    assert stat.S_IMODE(site.path.stat().st_mode) == 0o640
    assert not site.previous.exists()
    assert not site.call(state="restored").changed


def test_of_several_replaced_files_the_first_is_put_back(site: Site) -> None:
    for value in ("one", "two", "three"):
        site.call(settings={"A": value})
    assert site.call(settings={"A": "three"}).kept_previous
    site.call(state="restored")
    assert site.values()["A"] == "one"


def test_an_accepted_file_cannot_be_put_back(site: Site) -> None:
    site.call(settings={"A": "one"})
    site.call(settings={"A": "two"})
    assert site.call(state="accepted").changed
    assert not site.call(state="accepted").changed
    assert not site.call(state="restored").changed
    assert site.values()["A"] == "two"


NOT_KEPT: dict[str, dict[str, Any]] = {
    "only rights differ": {"settings": {"A": "one"}, "mode": "0600"},
    "keep_previous is false": {"settings": {"A": "two"}, "keep_previous": False},
    "nothing differs": {"settings": {"A": "one"}},
}


@pytest.mark.parametrize("options", NOT_KEPT.values(), ids=NOT_KEPT.keys())
def test_no_file_is_kept_where(options: dict[str, Any], site: Site) -> None:
    site.call(settings={"A": "one"})
    assert not site.call(**options).kept_previous
    assert not site.previous.exists()


def test_a_run_killed_at_any_moment_leaves_the_old_file_or_the_new_one(site: Site) -> None:
    site.call(settings={"A": "one"})
    old = site.values()
    for event in range(1, 200):
        finished = killed_at(event, lambda: site.call(settings={"A": "two"}))
        assert site.values() in (old, {**old, "A": "two"})
        if site.values() != old:
            assert site.call(settings={"A": "two"}).kept_previous
        site.call(state="restored")
        assert site.values() == old
        if finished:
            assert event > 10
            return
    pytest.fail("the run never came to its end")


def test_a_restore_killed_at_any_moment_is_completed_by_the_next(site: Site) -> None:
    for event in range(1, 200):
        site.call(settings={"A": "one"})
        site.call(settings={"A": "two"})
        finished = killed_at(event, lambda: site.call(state="restored"))
        site.call(state="restored")
        assert site.values()["A"] == "one"
        assert not site.previous.exists()
        if finished:
            return
    pytest.fail("the run never came to its end")


@AS_ROOT
def test_owner_group_and_mode_are_corrected(site: Site) -> None:
    group = grp.getgrgid(1).gr_name
    site.call(settings={"A": "b"}, group=group)
    assert site.path.stat().st_gid == 1
    os.chown(site.path, 0, 54321)
    site.path.chmod(0o666)
    result = site.call(settings={"A": "b"}, group=group)
    assert result.changed
    assert (site.path.stat().st_gid, stat.S_IMODE(site.path.stat().st_mode)) == (1, 0o640)
    assert result.diff is not None
    assert "mode 0666" in result.diff["before"]


def test_a_diff_shows_names_and_never_a_value(site: Site) -> None:
    site.call(settings={"KEPT": "kept-value", "GONE": "gone-value", "OTHER": "old-value"})
    result = site.call(settings={"KEPT": "kept-value", "NEW": "new-value", "OTHER": "changed-value"})
    assert result.diff == {
        "before": "APP_KEY=(a value)\nGONE=(a value)\nKEPT=(a value)\nOTHER=(a value)\n",
        "after": "APP_KEY=(a value)\nKEPT=(a value)\nNEW=(a value)\nOTHER=(another value)\n",
    }


def test_read_returns_the_values_of_generated_names_only(site: Site) -> None:
    site.put(f"A='secret'\nAPP_KEY='{KEY_ONE}'\n")
    result = site.call(state="read", generate=["APP_KEY", "OTHER"])
    assert result.secrets == {"APP_KEY": KEY_ONE}
    assert result.missing == ["OTHER"]
    assert list(result.new_secrets) == ["OTHER"]
    assert result.checksums == {"APP_KEY": hashlib.sha256(KEY_ONE.encode()).hexdigest()}
    assert result.names == ["A", "APP_KEY"]
    assert site.values() == {"A": "secret", "APP_KEY": KEY_ONE}


@pytest.mark.parametrize("file", MISSING.values(), ids=MISSING.keys())
def test_read_offers_a_new_key_where_the_file_has_none(file: str | None, site: Site) -> None:
    if file is not None:
        site.put(file)
    result = site.call(state="read")
    assert result.secrets == {}
    assert re.fullmatch("[A-Za-z0-9_-]{43}=", result.new_secrets["APP_KEY"])
    assert site.call(state="read", may_generate=False).new_secrets == {}


def test_read_of_a_server_without_the_app_is_no_error(site: Site) -> None:
    site.folder.rmdir()
    assert site.call(state="read").missing == ["APP_KEY"]
