# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a failed task said, and which settings it is about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.masonite.deploy.plugins.module_utils._run.failed_task import (
    HIDDEN,
    LONGEST,
    UNREADABLE_FILE,
    describe_result,
    describe_task,
)
from ansible_collections.masonite.deploy.plugins.module_utils._run.messages import describe_unplanned_rollback
from ansible_collections.masonite.deploy.plugins.module_utils._run.option_settings import (
    SETTINGS,
    find_settings,
)

ROLE = Path(__file__).resolve().parents[3] / "roles" / "masonite_app"

RESULTS: dict[str, tuple[Any, str]] = {
    "a message": ({"msg": " no luck \n"}, "no luck"),
    "a command": (
        {"msg": "non-zero return code", "stderr": "boom", "stdout": "one\ntwo"},
        "boom\nnon-zero return code\nStandard output:\none\ntwo",
    ),
    "a module that crashed": (
        {"msg": "MODULE FAILURE", "module_stderr": "Oh:\nTraceback (most recent call last):\nKeyError: 1"},
        "KeyError: 1\nMODULE FAILURE\nError of the module:\nOh:\nTraceback (most recent call "
        "last):\nKeyError: 1",
    ),
    "the same twice": ({"msg": "boom", "stderr": "boom"}, "boom"),
    "a module of the collection that ran a command": (
        {"msg": "ValueError: x\nThe command failed.", "reason": "exit_code", "stdout": "", "stderr": "a\nb"},
        "ValueError: x\nThe command failed.\nStandard error:\na\nb",
    ),
    "the log of an instance": (
        {"msg": "RuntimeError: x\nIt did not start.", "reason": "not_started", "log": ["one", "two"]},
        "RuntimeError: x\nIt did not start.\nLog:\none\ntwo",
    ),
    "a command that was killed for its memory": (
        {"msg": "It was killed.", "reason": "memory", "options": ["memory_max"], "stderr": ""},
        "It was killed.\nSettings: masonite_app_memory_max",
    ),
    "a loop": (
        {"msg": "One or more items failed", "results": [{"msg": "fine"}, {"msg": "bad", "failed": True}]},
        "bad",
    ),
    "a loop without results": ({"msg": "loop", "results": []}, "loop"),
    "no result": (None, UNREADABLE_FILE),
    "a result without words": ({}, ""),
    "an option": (
        {"msg": "It did not load.", "reason": "not_started", "options": ["start_timeout"]},
        "It did not load.\nSettings: masonite_app_start_timeout",
    ),
    "several options": (
        {"msg": "It answered 500.", "options": ["health_check.path", "health_check.statuses"]},
        "It answered 500.\nSettings: masonite_app_health_path, masonite_app_health_statuses",
    ),
    "an option that no setting is passed on to": ({"msg": "x", "options": ["path"]}, "x"),
    "a setting that the message names": (
        {"msg": "Check masonite_app_version.", "options": ["version"]},
        "Check masonite_app_version.",
    ),
    "an option of the item that failed": (
        {"results": [{"failed": True, "msg": "x", "options": ["user"]}], "options": ["group"]},
        "x\nSettings: masonite_app_user",
    ),
    "options of a module of somebody else": ({"msg": "x", "options": {"user": 1}}, "x"),
}


@pytest.mark.parametrize("name", RESULTS)
def test_what_a_failed_task_said(name: str) -> None:
    result, expected = RESULTS[name]
    assert describe_result({"name": "x"}, result) == expected


def test_the_output_of_a_task_with_no_log_is_not_shown() -> None:
    said = describe_result({"name": "x", "no_log": True}, {"msg": "a secret", "stdout": "a secret"})
    assert "secret" not in said


def test_a_result_that_ansible_marks_as_not_to_be_shown_is_not_shown() -> None:
    result = {"msg": "a secret", "stdout": "a secret", "_ansible_no_log": True}
    assert describe_result({"name": "x"}, result) == HIDDEN
    assert describe_result(None, result) == HIDDEN
    assert describe_result({"name": "x"}, {**result, "_ansible_no_log": False}) == "a secret"


def test_of_a_long_message_the_first_line_and_the_end_are_kept() -> None:
    said = describe_result({}, {"msg": "the cause\n" + "x" * LONGEST + "the end", "options": ["user"]})
    assert said.startswith("the cause\n")
    assert said.endswith("the end\nSettings: masonite_app_user")
    assert len(said) < LONGEST + 100


def test_of_a_long_output_the_end_is_kept() -> None:
    said = describe_result({}, {"msg": "x", "reason": "exit_code", "stdout": "y" * LONGEST + "the end"})
    assert said.startswith("x\nStandard output:\n[…] y")
    assert said.endswith("the end")
    assert len(said) < LONGEST + 100


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ({"name": "Build the assets"}, "Build the assets"),
        ({"name": "Build the virtualenv of {{ masonite_app_name }}"}, "Build the virtualenv of blog"),
        ({"name": ""}, "Include a file of tasks"),
        (None, "Include a file of tasks"),
    ],
)
def test_the_name_of_a_failed_task(task: object, expected: str) -> None:
    assert describe_task(task, "blog") == expected


def test_every_setting_of_the_table_is_one() -> None:
    options = yaml.safe_load((ROLE / "meta/argument_specs.yml").read_text())["argument_specs"]["main"][
        "options"
    ]
    known = set(options) | {"base_environment"}
    assert {setting for names in SETTINGS.values() for setting in names} - known == set()


def test_settings_are_named_once_and_in_the_order_of_the_options() -> None:
    assert find_settings(["user", "python", "user"]) == ["masonite_app_user", "masonite_app_python"]


def test_a_rollback_that_crosses_migrations_says_how_to_go_on() -> None:
    said = describe_unplanned_rollback("r1", ["2024_a", "2025_b"])
    assert "r1 does not know these migrations, which are applied: 2024_a, 2025_b." in said
    assert "-e masonite_rollback_migrations=true" in said
