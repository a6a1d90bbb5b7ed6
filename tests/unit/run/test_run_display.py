# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person reads of a run, compared with the texts in display/, where each time is N.N."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from deploy_world import PLAYBOOK, ROOT, Deploy, World

from ansible_collections.masonite.deploy.plugins.module_utils._run.status_table import make_status_table

pytestmark = pytest.mark.skipif(not PLAYBOOK.exists(), reason="no ansible-playbook beside this Python")

TEXTS = Path(__file__).with_name("display")
LAST_TASK = "Report what is live where"

NO_MODULE = {
    "msg": "ModuleNotFoundError: No module named 'markdown'\nThe build failed with exit code 1.",
    "reason": "exit_code",
    "options": [],
    "rc": 1,
    "stdout": "",
    "stderr": "Building\nTraceback (most recent call last):\nModuleNotFoundError: No module named 'markdown'",
}
NO_TABLE = {
    "msg": "QueryException: no such table: posts\nThe command python craft migrate failed with exit code 1.",
    "reason": "exit_code",
    "options": [],
    "rc": 1,
    "stdout": "  QueryException\n\n  no such table: posts\n\n  at craft:3 in run",
    "stderr": "",
}
NOT_READY = {
    "msg": "It answered 500 where 200-399 was expected.",
    "reason": "unhealthy",
    "options": ["health_check.path"],
}


class Case:
    """A run of a playbook: on which servers, and what its modules answer."""

    def __init__(self, playbook: str, servers: str = "a", apps: tuple[str, ...] = ("blog",), **answers: Any):
        self.playbook, self.servers, self.apps, self.answers = playbook, servers, apps, answers

    def run(self, base: Path) -> Deploy:
        world = World(base, self.servers, self.apps, configuration=ROOT / "ansible.cfg")
        return world.run(self.playbook, **self.answers)


CASES = {
    "success": Case("deploy.yml", "ab", ("blog", "shop")),
    "first_deploy": Case("deploy.yml", all={"deployed": False, "ready": False}),
    "nothing_to_do": Case("deploy.yml", "ab", all={"new": False}),
    "other_settings": Case("deploy.yml", all={"new": False, "restarted": True}),
    "rollback": Case("rollback.yml", "ab", all={"release_state": "good"}),
    "failed_prepare": Case(
        "deploy.yml", "ab", all={"ready": False, "fails": "virtualenv", "failure": NO_MODULE}
    ),
    "failed_migrate": Case(
        "deploy.yml", all={"added": ["2027_c.py"], "fails": "app_command", "failure": NO_TABLE}
    ),
    "failed_activate": Case("deploy.yml", all={"fails": "uwsgi_instance started", "failure": NOT_READY}),
    "one_of_two_failed": Case(
        "deploy.yml", "ab", b={"fails": "uwsgi_instance started", "failure": NOT_READY}
    ),
    "one_app_failed": Case("deploy.yml", "ab", ("blog", "shop"), b={"fails": "blog release present"}),
}


def read_end(run: Deploy) -> str:
    """What the last lines of a run say, from the task that reports to the recap."""
    found = re.search(
        rf"^TASK \[.*{LAST_TASK}\] \**\n(.*?)\nPLAY RECAP", run.printed, re.DOTALL | re.MULTILINE
    )
    assert found is not None, "nothing is reported"
    text = re.sub(r" \*+$|^Origin: .*?\n\n(?=fatal)", "", found.group(1), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"in \d+\.\d s", "in N.N s", text).rstrip() + "\n"


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Deploy]:
    name = str(request.param)
    return name, CASES[name].run(tmp_path_factory.mktemp("run"))


def test_a_run_ends_with_the_cause_and_with_what_is_live(case: tuple[str, Deploy]) -> None:
    name, run = case
    assert read_end(run) == (TEXTS / f"{name}.txt").read_text()


def test_nothing_is_shown_that_a_person_need_not_read(case: tuple[str, Deploy]) -> None:
    _name, run = case
    for noise in ("skipping:", "[WARNING]", "[DEPRECATION", r"\n", "One or more items"):
        assert noise not in run.printed


def test_the_status_is_a_table_that_fits_a_screen(tmp_path: Path) -> None:
    run = Case("status.yml", "ab", ("blog", "shop")).run(tmp_path)
    found = re.search(r"Show the status of the apps\] \**\n(.*?)\nPLAY RECAP", run.printed, re.DOTALL)
    assert found is not None
    assert found.group(1).rstrip() + "\n" == (TEXTS / "status.txt").read_text()
    assert max(map(len, found.group(1).splitlines())) <= 120


def test_the_status_names_what_is_down_and_what_no_setting_knows() -> None:
    statuses = [
        {"host": "web1", "app": "blog", "live": {"revision": "998867a0"}, "instance": None},
        {"host": "web2", "app": "a-shop-with-a-name-so-long", "live": None},
    ]
    unknown = {"web1": ["former"], "web2": []}
    assert make_status_table(statuses, unknown) == [
        "server  app                         live     since  workers  memory  requests  queue  last deploy",
        "web1    blog                        998867a  down         0       -         -      -  none",
        "web2    a-shop-with-a-name-so-long  -        down         0       -         -      -  none",
        "web1    former                      no setting knows it",
    ]


def test_names_are_shortened_where_the_status_would_not_fit_a_screen() -> None:
    statuses = [
        {"host": "web1", "app": "blog", "live": {"revision": "998867a0"}, "instance": None},
        {"host": "web2", "app": "a-shop-with-a-name-that-does-not-end-on-a-screen", "live": None},
    ]
    unknown = {"web1": ["former"], "web2": []}
    assert make_status_table(statuses, unknown) == [
        "server  app                   live     since  workers  memory  requests  queue  last deploy",
        "web1    blog                  998867a  down         0       -         -      -  none",
        "web2    a-shop-with-a-name-…  -        down         0       -         -      -  none",
        "web1    former                no setting knows it",
    ]


def test_the_lines_are_a_list_where_results_are_shown_as_json(tmp_path: Path) -> None:
    world = World(tmp_path, configuration=tmp_path / "ansible.cfg")
    run = world.run("deploy.yml")
    found = re.search(rf"{LAST_TASK}\] \**\nok: \[a\] => (\{{.*?^\}})", run.printed, re.DOTALL | re.MULTILINE)
    assert found is not None
    (line,) = json.loads(found.group(1))["msg"]
    assert line.startswith("blog  998867a 'Fifth post' (main)  live on a in ")
