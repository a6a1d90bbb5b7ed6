# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After a failed migration: what no release has served is put back; of the rest the message tells the way."""

from __future__ import annotations

from pathlib import Path

import pytest
from backup_world import App, rows

HALF = "create table posts (title text)"


def test_after_a_failed_first_migration_there_is_no_database_again(app: App) -> None:
    app.run(release="one")
    app.execute("pragma journal_mode = wal", HALF)
    result = app.run("reverted", release="one")
    assert (result["changed"], result["reverted"]) == (True, True)
    assert list(app.shared.iterdir()) == []
    assert "can be deployed" in result["message"]
    assert result["saved"]["name"] in result["message"], "what the migration left is kept all the same"
    app.run(release="two")
    app.execute(HALF)
    assert app.run(release="three")["database_existed"] is True


def test_what_a_failed_migration_left_is_never_the_newest_backup(app: App) -> None:
    app.run(release="one")
    app.execute(HALF)
    app.run("reverted", release="one")
    app.create("Ada")
    name = app.back_up(release="two")
    app.execute(HALF)
    app.run("reverted", release="two")
    assert app.rows() == ["Ada"]
    assert app.run("checked")["checked"] == name
    assert len(app.names()) == 2, "of those, only the last one is kept"


def test_a_database_that_was_there_before_is_what_it_was(app: App) -> None:
    app.create("Ada")
    app.run(release="one", keep=1)
    app.execute(HALF, "delete from guests")
    result = app.run("reverted", release="one", keep=1)
    assert (app.rows(), result["reverted"]) == (["Ada"], True)
    assert rows(Path(result["saved"]["path"])) == []


def test_a_database_that_a_release_has_served_is_left_and_the_command_is_named(app: App) -> None:
    app.create("Ada")
    name = app.back_up(release="one")
    app.add("Grace")
    app.live_link.symlink_to("/nowhere")
    result = app.run("reverted", release="one")
    assert (result["changed"], result["reverted"], app.rows()) == (False, False, ["Ada", "Grace"])
    assert result["message"].endswith(f"To put it back: restore {name}")
    assert app.names() == [name]


def test_a_first_database_that_a_release_serves_is_not_removed(app: App) -> None:
    app.run(release="one")
    app.create("Ada")
    app.live_link.symlink_to("/nowhere")
    assert app.run("reverted", release="one")["reverted"] is False
    assert app.rows() == ["Ada"]


@pytest.mark.parametrize("release", ["two", ""])
def test_what_was_found_before_another_release_does_not_count(app: App, release: str) -> None:
    """The backup of this release was never made, or not asked for."""
    app.run(release="one")
    app.create("Ada")
    result = app.run("reverted", release=release)
    assert (result["changed"], result["reverted"], app.rows()) == (False, False, ["Ada"])


def test_a_backup_that_fails_makes_the_former_one_count_no_more(app: App) -> None:
    app.run(release="one")
    app.create("Ada")
    app.refuse(release="one", max_size=1)
    assert app.run("reverted", release="one")["reverted"] is False
    assert app.rows() == ["Ada"]


def test_without_backups_a_database_that_was_not_there_is_removed_and_another_is_left(app: App) -> None:
    app.run("inspected", release="one")
    app.create("Ada")
    assert app.run("reverted", release="one")["reverted"] is True
    assert not app.database.exists()
    app.create("Grace")
    app.run("inspected", release="two")
    app.add("Hedy")
    assert app.run("reverted", release="two")["reverted"] is False
    assert app.rows() == ["Grace", "Hedy"]


def test_reverting_twice_changes_nothing_more(app: App) -> None:
    app.run(release="one")
    app.execute(HALF)
    assert app.run("reverted", release="one")["reverted"] is True
    app.create("Ada")
    assert app.run("reverted", release="one")["reverted"] is False
    assert app.rows() == ["Ada"]


def test_a_record_of_before_that_the_app_could_write_does_not_count(app: App) -> None:
    app.run(release="one")
    app.create("Ada")
    (app.backups / ".before.json").chmod(0o666)
    assert app.run("reverted", release="one")["reverted"] is False
    assert app.rows() == ["Ada"]


def test_a_migration_that_failed_before_it_did_anything_leaves_nothing_to_put_back(app: App) -> None:
    app.run(release="one")
    result = app.run("reverted", release="one")
    assert (result["reverted"], result["saved"]) == (True, None)


def test_check_mode_reverts_nothing(app: App) -> None:
    app.run(release="one")
    app.create("Ada")
    assert app.run("reverted", release="one", check_mode=True)["changed"] is True
    assert app.rows() == ["Ada"]


def test_a_database_that_is_not_supported_is_left(app: App) -> None:
    app.configure(DB_CONNECTION="mysql")
    app.run(release="one")
    assert app.run("reverted", release="one")["reverted"] is False
