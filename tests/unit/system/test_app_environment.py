# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of an app's .env, as its processes get them."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.masonite.deploy.plugins.module_utils._system.app_environment import (
    read_app_environment,
    select_secrets,
)
from ansible_collections.masonite.deploy.plugins.module_utils._system.dotenv import format_file
from ansible_collections.masonite.deploy.plugins.module_utils._system.errors import ModuleError


def test_each_value_arrives_as_it_was_given(tmp_path: Path) -> None:
    values = {"TZ": "Europe/Berlin", "SECRET_KEY": "a '\\\" ${b} # c", "EMPTY": "", "WIDE": "schön"}
    (tmp_path / ".env").write_text(format_file(values))
    assert read_app_environment(str(tmp_path / ".env")) == values


def test_a_value_of_several_lines_is_left_to_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(format_file({"PEM": "a\nb", "BELL": "\a", "ONE": "1"}))
    assert read_app_environment(str(tmp_path / ".env")) == {"ONE": "1"}


def test_a_link_that_another_user_could_have_put_there_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    (tmp_path / "other").write_text("A=1\n")
    (tmp_path / ".env").symlink_to(tmp_path / "other")
    with pytest.raises(ModuleError) as caught:
        read_app_environment(str(tmp_path / ".env"))
    assert (caught.value.reason, caught.value.facts["options"]) == ("environment_file", ["environment_file"])


def test_a_file_that_is_missing_is_empty_in_check_mode_alone(tmp_path: Path) -> None:
    path = str(tmp_path / ".env")
    assert read_app_environment(path, missing_is_empty=True) == read_app_environment("") == {}
    with pytest.raises(ModuleError, match="cannot be opened"):
        read_app_environment(path)


def test_secrets_are_known_by_their_names() -> None:
    values = {
        "APP_NAME": "blog-of-ann",
        "SECRET_KEY": "k" * 9,
        "DB_PASSWORD": "short",
        "DATABASE_URL": "postgres://x",
    }
    assert select_secrets(values) == {"k" * 9, "postgres://x"}
