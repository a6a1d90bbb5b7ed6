# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin, through ansible-playbook."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from release_world import App, Repository

ROOT = Path(__file__).resolve().parents[3]
PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")

pytestmark = pytest.mark.skipif(not PLAYBOOK.exists(), reason="no ansible-playbook beside this Python")

PLAY = """
- hosts: localhost
  gather_facts: false
  connection: local
  vars:
    ansible_python_interpreter: PYTHON
  tasks:
    - masonite.deploy.release: &release
        path: "{{ path }}"
        repository: "{{ repository }}"
        break_lock: "{{ break_lock | default(false) }}"
      register: first
    - masonite.deploy.release: *release
      register: second
    - ansible.builtin.assert:
        that: first.release == second.release and first.is_live | bool == second.is_live | bool
    - ansible.builtin.shell: while [ -e "{{ wait_for }}" ]; do sleep 0.1; done
      when: wait_for is defined
    - masonite.deploy.release:
        path: "{{ path }}"
        state: live
        release: "{{ first.release.name }}"
""".replace("PYTHON", sys.executable)


class Play:
    def __init__(self, base: Path, app: App) -> None:
        self.book = base / "play.yml"
        self.book.write_text(PLAY)
        self.path = app.path
        self.variables = {"path": str(app.path), "repository": app.options["repository"]}

    def start(self, **variables: Any) -> subprocess.Popen[str]:
        environment = {
            **os.environ,
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "playbooks" / "collections"),
            "ANSIBLE_NOCOLOR": "1",
            "COLUMNS": "1000",
        }
        return subprocess.Popen(
            [
                str(PLAYBOOK),
                "-i",
                "localhost,",
                str(self.book),
                "-e",
                json.dumps({**self.variables, **variables}),
            ],
            cwd=self.book.parent,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, **variables: Any) -> tuple[int, str]:
        process = self.start(**variables)
        output = process.communicate(timeout=300)[0]
        return process.returncode, output

    def wait_for_lock(self, process: subprocess.Popen[str]) -> dict[str, Any]:
        """Until the release is prepared and the run sleeps."""
        lock = self.path / ".state" / "lock"
        for _ in range(600):
            if lock.exists() and "since" in lock.read_text():
                found = json.loads(lock.read_text())
                if found["release"]:
                    return dict(found)
            assert process.poll() is None, process.communicate()[0]
            time.sleep(0.1)
        raise AssertionError("it never locked")


@pytest.fixture
def play(tmp_path: Path, app: App) -> Play:
    return Play(tmp_path, app)


def test_one_run_prepares_once_and_a_job_is_named(play: Play, app: App) -> None:
    code, output = play.run(awx_job_id=77, awx_user_name="carol")
    assert code == 0, output
    line = app.history()[0]
    assert (line["user"], line["job"], line["result"]) == ("carol", "77", "ok")
    assert app.info()["lock"] is None
    code, output = play.run()
    assert code == 0, output
    assert "changed=0" in output
    assert len(app.history()) == 1


def test_a_run_under_way_is_not_disturbed_and_a_killed_one_is_taken_over(
    play: Play, app: App, tmp_path: Path
) -> None:
    flag = tmp_path / "until-removed"
    flag.touch()
    sleeping = play.start(wait_for=str(flag))
    try:
        lock = play.wait_for_lock(sleeping)
        assert lock["holder"]["pid"] == sleeping.pid
        code, output = play.run()
        assert code != 0
        assert f"process {sleeping.pid}" in output
        assert "break_lock=true" in output
        assert "No release is live yet." in output
    finally:
        os.killpg(sleeping.pid, signal.SIGKILL)
        flag.unlink()
        sleeping.communicate()
    code, output = play.run()
    assert code == 0, output
    assert "Took over the lock of" in output
    assert "is gone" in output
    assert app.info()["live"]["name"] != lock["release"]
    assert app.names() == [app.info()["live"]["name"]]


def test_a_lock_from_elsewhere_is_broken_on_demand_only(play: Play, app: App, repository: Repository) -> None:
    app.present()
    code, output = play.run()
    assert code != 0
    assert "ann on laptop" in output
    code, output = play.run(break_lock=True)
    assert code == 0, output
    assert "break_lock was asked for" in output
    assert app.info()["live"]["revision"] == repository.head()
