# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fork of an Ansible that is imported says and does what the program ansible-playbook says and does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import playbook_runs
import pytest
from deploy_world import PLAYBOOK, Deploy, World

pytestmark = pytest.mark.skipif(not PLAYBOOK.exists(), reason="no ansible-playbook beside this Python")

# Playbooks whose servers are stubs from the first task to the last, and others, which end before the first.
RUNS: dict[str, tuple[str, list[str], dict[str, Any]]] = {
    "deploy": ("deploy.yml", ["--diff"], {}),
    "failed deploy": ("deploy.yml", [], {"all": {"fails": "uwsgi_instance started"}}),
    "rollback": ("rollback.yml", [], {"all": {"release_state": "good"}}),
    "status": ("status.yml", ["-v"], {}),
    "restore": ("restore.yml", [], {}),
    "remove": ("remove.yml", ["-e", "masonite_remove=blog"], {}),
    "wrong setting": ("site.yml", ["-e", "masonite_app_keep=0"], {}),
    "no such playbook": ("missing.yml", [], {}),
    "wrong option": ("deploy.yml", ["--perhaps"], {}),
}


def describe(run: Deploy) -> tuple[int, str, list[str]]:
    """A run without what differs from one to the next: time and names of temporary files."""
    varying = r"\d+\.\d+ ?s\b|\d\d:\d\d:\d\d(\.\d+)?|\b1\d{9}(\.\d+)?\b|ansible-local-\w+|\d{8}T\d{6}Z"
    calls = [json.dumps([call.server, call.app, call.step, sorted(call.arguments)]) for call in run.calls]
    return run.rc, re.sub(varying, "N", run.printed), calls


@pytest.mark.parametrize("name", RUNS)
def test_a_fork_is_the_program(name: str, tmp_path: Path) -> None:
    playbook, options, answers = RUNS[name]
    world = World(tmp_path)
    program = world.run(playbook, *options, fork=False, **answers)
    fork = world.run(playbook, *options, **answers)
    assert any(playbook_runs.seen.values()), "the second run was a fork"
    assert describe(fork) == describe(program)


def test_another_configuration_is_read_anew(tmp_path: Path) -> None:
    world = World(tmp_path)
    for callback, begin in (
        ("ansible.builtin.minimal", "a | SUCCESS"),
        ("ansible.builtin.default", "PLAY ["),
    ):
        for _twice in range(2):
            run = world.run("status.yml", environment={"ANSIBLE_STDOUT_CALLBACK": callback})
            assert (run.rc, begin in run.printed) == (0, True)
