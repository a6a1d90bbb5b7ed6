# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin, through ansible-playbook: four servers, of which one fails and one is gone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
PLAYBOOK = Path(os.environ.get("ANSIBLE_PLAYBOOK", Path(sys.executable).with_name("ansible-playbook")))
# The second holds the callback plugin, where another ansible-playbook is tried.
COLLECTIONS = os.pathsep.join([str(ROOT / "playbooks" / "collections"), sysconfig.get_path("purelib")])
TASKS = ROOT / "roles" / "masonite_app" / "tasks"

pytestmark = pytest.mark.skipif(not PLAYBOOK.exists(), reason="no ansible-playbook beside this Python")

PLAY = """
- name: prepare
  block:
    - name: saved
      masonite.deploy.run_state:
        state: prepared
        app: blog
        migrations: m
        release:
          release: {name: r2, path: /r2, state: unfinished}
          live: {name: r1, path: /r1, state: good}
          is_live: false
          locked: true
          changes: {m: {added: [a.py], removed: []}}
          framework: {name: masonite, generate: [APP_KEY], migrate: [craft, migrate]}
          virtualenv: {path: /v, ready: true}
        environment: {checksums: {APP_KEY: k}, kept_previous: true}
      register: __masonite_app_run_state
    - name: broken
      ansible.builtin.fail:
        msg: "no {{ '{{' }} luck }}"
      when: inventory_hostname in fails
  rescue:
    - name: saved failure
      masonite.deploy.run_state: {state: failed, app: blog, stage: prepare}
      register: __masonite_app_run_state
- name: unreachable
  ansible.builtin.fail: {msg: gone}
  when: inventory_hostname in gone
- name: compared
  masonite.deploy.run_state: {state: compared, stage: activate}
  run_once: true
  register: compared
- name: recorded
  masonite.deploy.run_state:
    state: failure_recorded
    app: blog
    failure: "{{ compared.servers[inventory_hostname].failed.blog.failure }}"
    release: {live: {name: r1}}
  register: __masonite_app_run_state
- name: reported
  masonite.deploy.run_state: {state: reported}
  run_once: true
- name: ended
  masonite.deploy.run_state: {state: ended}
  run_once: true
  ignore_errors: true
"""
TASKS_OF_PLAY = yaml.safe_load(PLAY)


def run_playbook(base: Path, play: list[dict[str, Any]], **variables: Any) -> dict[str, dict[str, Any]]:
    """What each task came to, on each server."""
    (base / "play.yml").write_text(yaml.safe_dump(play))
    (base / "ansible.cfg").write_text("[defaults]\n")
    (base / "inventory.json").write_text(
        json.dumps({"all": {"hosts": dict.fromkeys("abcd"), "vars": {"ansible_connection": "local"}}})
    )
    run = subprocess.run(
        [str(PLAYBOOK), "-i", "inventory.json", "play.yml", "-e", json.dumps(variables)],
        cwd=base,
        env={
            **os.environ,
            "ANSIBLE_CONFIG": str(base / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": COLLECTIONS,
            "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
            "ANSIBLE_DEPRECATION_WARNINGS": "false",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if not run.stdout.lstrip().startswith("{"):
        pytest.fail(run.stdout + run.stderr, pytrace=False)
    tasks = [task for one in json.loads(run.stdout)["plays"] for task in one["tasks"]]
    return {task["task"]["name"]: task["hosts"] for task in tasks}


def play(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"hosts": "all", "gather_facts": False, "tasks": tasks}]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    base = tmp_path_factory.mktemp("run")
    return run_playbook(base, play(TASKS_OF_PLAY), fails=["c"], gone=["d"])


def test_the_record_of_each_server_is_returned(results: dict[str, dict[str, Any]]) -> None:
    for server in "abd":
        result = results["saved"][server]
        assert (result["changed"], result["migrates"]) == (False, True)
        assert result["apps"]["blog"]["release"]["name"] == "r2"
        assert result["apps"]["blog"]["failure"] is None


def test_the_failed_task_is_read_in_a_rescue(results: dict[str, dict[str, Any]]) -> None:
    record = results["saved failure"]["c"]["apps"]["blog"]
    assert record["failure"] == {
        "host": "c",
        "stage": "prepare",
        "task": "broken",
        "message": "no {{ luck }}",
    }
    assert record["release"]["name"] == "r2", "what was known before is kept"


def test_one_server_compares_for_all(results: dict[str, dict[str, Any]]) -> None:
    (compared,) = results["compared"].values()
    assert compared["failed_apps"] == ["blog"]
    assert sorted(compared["servers"]) == ["a", "b", "c", "d"]
    for steps in compared["servers"].values():
        assert (steps["activate"], steps["migrate"]) == ([], [])
        assert steps["failed"]["blog"]["failure"]["host"] == "c"
        assert steps["failed"]["blog"]["restore_environment"] is True


def test_a_run_ends_with_the_cause_and_with_what_every_server_serves(
    results: dict[str, dict[str, Any]],
) -> None:
    (reported,) = results["reported"].values()
    assert reported["lines"] == [
        'The deploy of blog failed in prepare on c ("broken"):',
        "no {{ luck }}",
        'On d, in prepare ("connect"): The server failed or could not be reached. '
        "Take it out of the group or of --limit to go on without it.",
        "",
        "blog  r2  failed in prepare on c, d  live: r1 on a, b, c, d",
    ]
    (ended,) = results["ended"].values()
    assert (ended["failed"], ended["reason"]) == (True, "deploy_failed")
    assert ended["msg"] == "blog failed; the cause is shown above."


def test_a_rollback_that_crosses_migrations_fails_and_keeps_the_record(tmp_path: Path) -> None:
    plan = {
        "name": "planned",
        "masonite.deploy.run_state": {"state": "rollback_planned", "app": "blog", "applied": ["a", "b"]},
        "register": "__masonite_app_run_state",
    }
    saved = {
        "name": "saved",
        "masonite.deploy.run_state": {
            "state": "prepared",
            "app": "blog",
            "action": "rollback",
            "migrations": "m",
            "release": {"release": {"name": "r1"}, "changes": {"m": {"removed": ["b.py"]}}},
        },
        "register": "__masonite_app_run_state",
    }
    failed = {
        "name": "failed",
        "masonite.deploy.run_state": {"state": "failed", "app": "blog", "stage": "prepare"},
        "register": "__masonite_app_run_state",
    }
    block = {"block": [saved, plan], "rescue": [failed]}
    results = run_playbook(tmp_path, play([block]))
    assert results["planned"]["a"]["reason"] == "crosses_migrations"
    record = results["failed"]["a"]["apps"]["blog"]
    assert record["release"]["name"] == "r1"
    assert "r1 does not know these migrations, which are applied: b." in record["failure"]["message"]


def test_nothing_goes_live_where_nothing_was_prepared(tmp_path: Path) -> None:
    task = {"name": "compared", "masonite.deploy.run_state": {"state": "compared", "stage": "activate"}}
    results = run_playbook(tmp_path, play([{**task, "run_once": True}]))
    (compared,) = results["compared"].values()
    assert (compared["failed"], compared["reason"]) == (True, "nothing_prepared")


def test_a_result_that_is_not_kept_is_an_error(tmp_path: Path) -> None:
    task = {"name": "live", "masonite.deploy.run_state": {"state": "activated", "app": "blog"}}
    assert run_playbook(tmp_path, play([task]))["live"]["a"]["failed"] is True


def writers(tasks: list[dict[str, Any]], file: str) -> list[tuple[str, dict[str, Any]]]:
    """Every task of the role that writes records, with its file."""
    found = []
    for task in tasks:
        for part in ("block", "rescue", "always"):
            found += writers(task.get(part, []), file)
        options = task.get("masonite.deploy.run_state")
        if options and options["state"] not in ("compared", "reported", "ended"):
            found.append((file, task))
    return found


@pytest.mark.parametrize("file", sorted(path.name for path in TASKS.glob("*.yml")))
def test_no_writer_of_records_is_ever_skipped(file: str) -> None:
    """A skipped task registers its skipping, and the records of the server would be gone."""
    tasks = yaml.safe_load((TASKS / file).read_text())
    for _file, task in writers(tasks, file):
        assert task["register"] == "__masonite_app_run_state"
        assert "when" not in task
        assert "loop" not in task
    for block in tasks:
        if writers([block], file) and "block" in block:
            assert "when" not in block


@pytest.mark.parametrize("file", sorted(path.name for path in TASKS.glob("*.yml")))
def test_every_file_of_tasks_is_found_by_its_name(file: str) -> None:
    """Includes are written out, so that a search for the name of a file finds who uses it."""
    users = [*(ROOT / "playbooks").glob("*.yml"), *TASKS.glob("*.yml")]
    assert file == "main.yml" or [user for user in users if f" {file}\n" in user.read_text()]
