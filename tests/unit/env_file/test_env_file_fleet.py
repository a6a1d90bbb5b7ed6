# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All servers of an app end with one key, whatever each of them had, in one batch or in several."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from env_file_world import KEY_ONE, KEY_TWO, PUBLISHED, Site

ROOT = Path(__file__).resolve().parents[3]
PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")

pytestmark = pytest.mark.skipif(not PLAYBOOK.exists(), reason="no ansible-playbook beside this Python")

# The tasks of role masonite_app, with shorter names.
TASKS = """
- masonite.deploy.env_file:
    path: "{{ base }}/{{ inventory_hostname }}/.env"
    settings: {A: x}
    generate: [APP_KEY]
    may_generate: "{{ ansible_play_hosts_all | length == 1 }}"
    refused_values: "{{ refused }}"
    keep_previous: true
  register: env

- ansible.builtin.set_fact:
    run: {key: "{{ env.checksums.APP_KEY | default('') }}", case: "{{ case }}"}

- ansible.builtin.include_tasks: one_key.yml
  when: ansible_play_hosts_all | length > 1 and (keys | length != 1 or keys[0] == '')
  vars:
    keys: >-
      {{ ansible_play_hosts_all | map('extract', hostvars) | selectattr('run', 'defined')
         | map(attribute='run') | map(attribute='key') | unique | list }}
"""
ONE_KEY = """
- masonite.deploy.env_file:
    path: "{{ base }}/{{ item }}/.env"
    generate: [APP_KEY]
    refused_values: "{{ refused }}"
    state: read
  delegate_to: "{{ item }}"
  loop: "{{ ansible_play_hosts }}"
  run_once: true
  no_log: true
  register: found

- masonite.deploy.env_file:
    path: "{{ base }}/{{ inventory_hostname }}/.env"
    settings: {A: x}
    generate: [APP_KEY]
    known: >-
      {{ ([found.results[0].new_secrets] + (found.results | map(attribute='secrets') | reverse | list))
         | combine }}
    refused_values: "{{ refused }}"
    keep_previous: true
  register: env

- ansible.builtin.set_fact:
    run: {key: "{{ env.checksums.APP_KEY }}", case: "{{ case }}"}
"""
NEW = ""
# The key on each server (None: no file), how many servers a batch has, and the key that all have at the end.
CASES: dict[str, tuple[list[str | None], str, str]] = {
    "new": ([None, None], "100%", NEW),
    "same": ([KEY_ONE, KEY_ONE], "100%", KEY_ONE),
    "published": ([PUBLISHED, KEY_ONE], "100%", KEY_ONE),
    "different": ([KEY_TWO, KEY_ONE], "100%", KEY_TWO),
    "batches_last": ([None, KEY_ONE], "1", KEY_ONE),
    "batches_different": ([KEY_TWO, KEY_ONE], "1", KEY_TWO),
}


class Fleet:
    def __init__(self, base: Path) -> None:
        self.base = base
        self.sites: dict[str, list[Site]] = {}
        plays = []
        for case, (keys, batch, _key) in CASES.items():
            self.sites[case] = []
            for number, key in enumerate(keys):
                site = Site(base / f"{case}{number}")
                self.sites[case].append(site)
                if key is not None:
                    site.put(f"APP_KEY='{key}'\n")
            play = {"hosts": case, "gather_facts": False, "connection": "local", "serial": batch}
            plays.append({**play, "vars": {"case": case}, "tasks": [{"import_tasks": "tasks.yml"}]})
        (base / "tasks.yml").write_text(TASKS)
        (base / "one_key.yml").write_text(ONE_KEY)
        (base / "play.yml").write_text(json.dumps(plays))
        groups = {
            case: {"hosts": {site.folder.name: {} for site in found}} for case, found in self.sites.items()
        }
        variables = {"base": str(base), "refused": [PUBLISHED], "ansible_python_interpreter": sys.executable}
        (base / "hosts.json").write_text(json.dumps({"all": {"children": groups, "vars": variables}}))
        self.output = self._run()

    def _run(self) -> str:
        environment: dict[str, Any] = {
            **os.environ,
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "playbooks" / "collections"),
            "ANSIBLE_NOCOLOR": "1",
        }
        command = [
            str(PLAYBOOK),
            "-vvv",
            "--diff",
            "-i",
            str(self.base / "hosts.json"),
            str(self.base / "play.yml"),
        ]
        run = subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        assert run.returncode == 0, run.stdout
        return run.stdout


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    return Fleet(tmp_path_factory.mktemp("fleet"))


@pytest.mark.parametrize("case", CASES)
def test_all_servers_end_with_one_key(case: str, fleet: Fleet) -> None:
    wanted = CASES[case][2]
    keys = [site.values()["APP_KEY"] for site in fleet.sites[case]]
    assert len(set(keys)) == 1
    assert re.fullmatch("[A-Za-z0-9_-]{43}=", keys[0])
    assert keys[0] == wanted if wanted else keys[0] not in (KEY_ONE, KEY_TWO, PUBLISHED)


def test_the_keys_of_a_fleet_are_shown_nowhere(fleet: Fleet) -> None:
    for found in fleet.sites.values():
        for site in found:
            assert site.values()["APP_KEY"] not in fleet.output


def test_servers_that_have_one_key_take_no_further_task(fleet: Fleet) -> None:
    play = fleet.output.split("PLAY [same]")[1].split("PLAY [")[0]
    assert "one_key.yml for" not in play
    assert "one_key.yml for" in fleet.output
