# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mistakes as users make them, through deploy.yml: what they read, and that nothing happened on a server.

Each mistake of wrong_settings.yml is the settings of a server of its own, all in one run.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from deploy_world import PLAYBOOK, Deploy, World

pytestmark = pytest.mark.skipif(not PLAYBOOK.exists(), reason="no ansible-playbook beside this Python")

MISTAKES = yaml.safe_load(Path(__file__).with_name("wrong_settings.yml").read_text(encoding="utf-8"))
CHECK = "Check the settings of the apps"


@dataclass(frozen=True)
class Run:
    deploy: Deploy
    tasks: list[dict[str, Any]]

    def message(self, server: str) -> str:
        checks = [task["hosts"] for task in self.tasks if CHECK in task["task"]["name"]]
        (result,) = [hosts[server] for hosts in checks if server in hosts]
        assert result["failed"] is True
        return str(result["msg"])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    base = tmp_path_factory.mktemp("wrong")
    world = World(base, [f"server{number}" for number in range(len(MISTAKES))], masonite_apps=None)
    (base / "host_vars").mkdir()
    for number, mistake in enumerate(MISTAKES):
        (base / "host_vars" / f"server{number}.yml").write_text(mistake["settings"] or "{}\n")
    deploy = world.run("deploy.yml", environment={"ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json"})
    text = deploy.printed[deploy.printed.index("{\n") :]
    plays = json.JSONDecoder().raw_decode(text)[0]["plays"]
    return Run(deploy, [task for play in plays for task in play["tasks"]])


def test_there_are_enough_mistakes() -> None:
    assert len(MISTAKES) >= 80
    assert len({mistake["mistake"] for mistake in MISTAKES}) == len(MISTAKES)


@pytest.mark.parametrize(
    ("number", "mistake"), list(enumerate(MISTAKES)), ids=[mistake["mistake"] for mistake in MISTAKES]
)
def test_a_mistake_is_named_in_the_words_of_the_user(run: Run, number: int, mistake: dict[str, Any]) -> None:
    message = run.message(f"server{number}")
    lines = message.splitlines()
    assert [words for words in mistake["says"] if not any(words in line for line in lines)] == [], message
    one_line = len(mistake["says"]) == 1
    assert len(lines) == 1 or not one_line, message
    assert "s3cr3t" not in message
    assert "__masonite" not in message
    assert "nginx_site" not in message


def test_nothing_happens_on_a_server(run: Run) -> None:
    assert run.deploy.rc != 0
    assert run.deploy.calls == []
    assert [task["task"]["name"] for task in run.tasks if CHECK not in task["task"]["name"]] == []
