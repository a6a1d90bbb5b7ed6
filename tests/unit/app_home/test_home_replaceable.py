# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A database is moved only where no other user than root can exchange a directory above it meanwhile."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from ansible_collections.masonite.deploy.plugins.module_utils._app_home.adoption_checks import (
    find_replaceable_directory,
)
from ansible_collections.masonite.deploy.plugins.module_utils._app_home.former_access import (
    DatabaseOwnerChange,
    may_write,
)

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="directories of other users need root")
NOBODY = 65534


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The clone of a person, which another user may own."""
    place = tmp_path / "sites" / "example"
    (place / "data").mkdir(parents=True)
    (place / "data" / "app.sqlite3").write_bytes(b"rows")
    (place / "app.sqlite3").write_bytes(b"rows")
    return place


def test_a_database_directly_in_the_clone_of_another_user_can_be_moved(clone: Path) -> None:
    os.chown(clone, NOBODY, NOBODY)
    assert find_replaceable_directory(str(clone / "app.sqlite3")) == ""


def test_a_directory_in_the_clone_of_another_user_can_be_replaced(clone: Path) -> None:
    os.chown(clone, NOBODY, NOBODY)
    assert find_replaceable_directory(str(clone / "data" / "app.sqlite3")) == str(clone / "data")


@pytest.mark.parametrize("mode", [0o777, 0o775])
def test_a_directory_that_others_write_to_can_be_exchanged(clone: Path, mode: int) -> None:
    clone.chmod(mode)
    assert find_replaceable_directory(str(clone / "data" / "app.sqlite3")) == str(clone / "data")


def test_a_file_that_was_exchanged_is_not_given_away(clone: Path, tmp_path: Path) -> None:
    database = clone / "app.sqlite3"
    change = DatabaseOwnerChange(str(database), os.lstat(database), (NOBODY, NOBODY), ())
    secret = tmp_path / "secret"
    secret.write_text("of root alone")
    database.unlink()
    os.link(secret, database)
    with pytest.raises(OSError, match="replaced by another process"):
        change.apply()
    assert secret.stat().st_uid == 0


def test_a_process_that_only_stands_in_a_directory_gets_no_access(clone: Path) -> None:
    database = clone / "app.sqlite3"
    database.chmod(0o644)
    assert not may_write(NOBODY, str(database))
    for folder in [*database.parents][:-2]:
        subprocess.run(["chmod", "o+x", str(folder)], check=True)
    database.chmod(0o666)
    assert may_write(NOBODY, str(database))
