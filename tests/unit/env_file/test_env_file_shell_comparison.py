# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison by one shell command agrees with the module, and the task shows no secret."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from env_file_world import AS_ROOT, KEY_ONE, KEY_TWO, PUBLISHED, Site
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.masonite.deploy.plugins.module_utils._env_file.options import read_options
from ansible_collections.masonite.deploy.plugins.module_utils._env_file.shell_comparison import (
    render_shell_command,
)

ROOT = Path(__file__).resolve().parents[3]
PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
SETTINGS = {"DB_PASSWORD": "it's ${NOT} hunter2\n-secret", "PORT": 8000, "CR": "a\rb", "END": "\\"}


def edit(old: str, new: str) -> Callable[[Site], None]:
    def change(site: Site) -> None:
        text = site.path.read_bytes().decode()
        assert old in text
        site.put(text.replace(old, new))

    return change


# What happened to the file since it was written, and what the next task asks for on top.
DIFFERENT: dict[str, tuple[Callable[[Site], object], dict[str, Any]]] = {
    "other value": (edit("PORT='8000'", "PORT='8001'"), {}),
    "line removed": (edit("PORT='8000'\n", ""), {}),
    "line added": (edit("PORT='8000'\n", "PORT='8000'\nX='y'\n"), {}),
    "key removed": (edit("APP_KEY=", "#APP_KEY="), {}),
    "key empty": (edit(KEY_ONE, ""), {}),
    "key cut": (edit(KEY_ONE, KEY_ONE[1:]), {}),
    "second key": (edit("APP_KEY", f"APP_KEY='{KEY_TWO}'\nAPP_KEY"), {}),
    "published key": (edit(KEY_ONE, PUBLISHED), {}),
    "file gone": (lambda site: site.path.unlink(), {}),
    "mode": (lambda site: site.path.chmod(0o644), {}),
    "setting added": (lambda site: None, {"settings": {**SETTINGS, "NEW": ""}}),
    "setting removed": (lambda site: None, {"settings": {"PORT": 8000}}),
    "default added": (lambda site: None, {"defaults": {"NEW": "x"}}),
    "other key known": (lambda site: None, {"known": {"APP_KEY": KEY_TWO}}),
    "other key set": (lambda site: None, {"settings": {**SETTINGS, "APP_KEY": KEY_TWO}}),
    "key became refused": (lambda site: None, {"refused_values": [KEY_ONE]}),
    "second name to generate": (lambda site: None, {"generate": ["APP_KEY", "OTHER"]}),
    "other mode": (lambda site: None, {"mode": "0600"}),
    "other group": (lambda site: None, {"group": "54321"}),
    "other owner": (lambda site: None, {"owner": "54321"}),
}
SAME: dict[str, tuple[Callable[[Site], object], dict[str, Any]]] = {
    "nothing": (lambda site: None, {}),
    "same key known": (lambda site: None, {"known": {"APP_KEY": KEY_ONE}}),
    "same key set": (lambda site: None, {"settings": {**SETTINGS, "APP_KEY": KEY_ONE}}),
    "no key may be made": (lambda site: None, {"may_generate": False}),
    "nothing kept": (lambda site: None, {"keep_previous": False}),
    "same rights in other words": (lambda site: None, {"owner": str(os.geteuid()), "mode": 0o640}),
    "a file is kept": (lambda site: site.previous.write_text("A='b'\n"), {}),
}


def write(site: Site) -> None:
    site.call(settings=SETTINGS, known={"APP_KEY": KEY_ONE})


@pytest.mark.parametrize(("change", "options"), SAME.values(), ids=SAME.keys())
def test_the_comparison_returns_what_the_module_returns(
    change: Callable[[Site], object], options: dict[str, Any], site: Site
) -> None:
    write(site)
    change(site)
    asked = {"settings": SETTINGS, **options}
    quick = site.compare_output(**asked)
    assert quick is not None
    result = site.call(**asked)
    assert not result.changed
    assert quick.facts("present") == result.facts("present")


@pytest.mark.parametrize(("change", "options"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_the_comparison_leaves_what_differs_to_the_module(
    change: Callable[[Site], object], options: dict[str, Any], site: Site
) -> None:
    write(site)
    change(site)
    assert site.compare_output(**{"settings": SETTINGS, **options}) is None


@given(
    values=st.dictionaries(
        st.sampled_from(["A", "B", "Z"]),
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
        | st.just(f"'\nAPP_KEY='{KEY_ONE}'\n"),
    )
)
def test_any_value_is_compared_as_it_was_written(
    values: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    site = Site(tmp_path_factory.mktemp("any") / "site")
    written = site.call(settings=values)
    compared = site.compare_output(settings=values)
    assert compared is not None
    assert compared.checksums == written.checksums
    assert site.compare_output(settings={**values, "B": values.get("B", "") + "x"}) is None


@pytest.mark.parametrize("state", ["restored", "accepted"])
def test_there_is_nothing_to_do_where_no_file_was_kept(state: str, site: Site) -> None:
    write(site)
    assert site.compare_output(state=state) is not None
    site.previous.write_text("A='b'\n")
    assert site.compare_output(state=state) is None


def test_a_path_with_awkward_characters_is_compared(tmp_path: Path) -> None:
    site = Site(tmp_path / 'it\'s $(touch pwned) "x" \n é')
    write(site)
    assert site.compare_output(settings=SETTINGS) is not None
    assert list(tmp_path.iterdir()) == [site.folder]


def test_a_fifo_in_place_does_not_hang_the_comparison(site: Site) -> None:
    os.mkfifo(site.path)
    assert site.compare_output() is None


def test_the_command_holds_no_value(site: Site) -> None:
    options = site.options(settings=SETTINGS, defaults={"D": "default-value"}, known={"APP_KEY": KEY_ONE})
    command = render_shell_command(read_options(options))
    for value in (*map(str, SETTINGS.values()), "default-value", KEY_ONE, PUBLISHED):
        assert value == "\\" or value not in command


SECRET = "correct-horse-battery"
DEFAULT = "staple-of-defaults"
PLAY = """
- hosts: localhost
  gather_facts: false
  connection: local
  vars:
    ansible_python_interpreter: PYTHON
  tasks:
    - masonite.deploy.env_file: &file
        path: "{{ path }}"
        settings: "{{ settings }}"
        defaults: {APP_NAME: site, OTHER: "{{ other }}"}
        known: "{{ known | default({}) }}"
        generate: [APP_KEY]
        keep_previous: true
        state: "{{ state | default('present') }}"
      register: result
    - ansible.builtin.copy:
        content: "{{ result | to_json }}"
        dest: "{{ answer }}"
      when: not ansible_check_mode
""".replace("PYTHON", sys.executable)


class Play:
    def __init__(self, site: Site, base: Path) -> None:
        self.book = base / "play.yml"
        self.book.write_text(PLAY)
        self.answer = base / "answer.json"
        self.variables = {
            "path": str(site.path),
            "answer": str(self.answer),
            "settings": {"DB_PASSWORD": SECRET, "ONE": 1, "YES": True},
            "other": DEFAULT,
        }

    def run(self, *arguments: str, rc: int = 0, **variables: Any) -> str:
        file = self.book.with_name("variables.json")
        file.write_text(json.dumps({**self.variables, **variables}))
        run = subprocess.run(
            [str(PLAYBOOK), "-i", "localhost,", str(self.book), "-e", f"@{file}", *arguments],
            env={
                **os.environ,
                "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
                "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "playbooks" / "collections"),
                "ANSIBLE_NOCOLOR": "1",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            cwd=self.book.parent,
        )
        assert run.returncode == rc, run.stdout
        return run.stdout

    def result(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.answer.read_text())
        return found


def task(output: str) -> str:
    """What a play said of the task env_file."""
    return output.split("TASK [masonite.deploy.env_file]")[1].split("TASK [")[0]


@pytest.fixture
def play(site: Site, tmp_path: Path) -> Play:
    if not PLAYBOOK.exists():
        pytest.skip("no ansible-playbook beside this Python")
    return Play(site, tmp_path)


def test_a_play_writes_the_file_once_and_shows_no_value(play: Play, site: Site) -> None:
    first = play.run("-vvv", "--diff")
    assert site.values()["DB_PASSWORD"] == SECRET
    assert play.result()["changed"]
    assert play.result()["generated"] == ["APP_KEY"]
    key = site.values()["APP_KEY"]
    checksums = play.result()["checksums"]
    again = play.run("-vvv", "--diff")
    assert not play.result()["changed"]
    assert play.result()["checksums"] == checksums
    assert ("module_args" in first, "module_args" in task(again)) == (True, False)
    changed = play.run("-vvv", "--diff", settings={"DB_PASSWORD": SECRET + "2"}, known={"APP_KEY": KEY_TWO})
    assert play.result()["kept_previous"]
    for output in (first, again, changed):
        for value in (SECRET, DEFAULT, key, KEY_TWO):
            assert value not in output
    assert "+DB_PASSWORD=(another value)" in changed
    # The default APP_NAME is "site", which is a part of the path, too.
    assert f"path: {site.path}" in changed


def test_a_play_in_check_mode_on_a_fresh_server_says_changed(play: Play, site: Site) -> None:
    site.folder.rmdir()
    assert "changed=1" in play.run("--check", "--diff")
    assert not site.folder.exists()


def test_a_refused_file_fails_the_play_with_a_reason(play: Play, site: Site) -> None:
    site.path.symlink_to("/etc/passwd")
    output = play.run("-vvv", rc=2)
    assert f"{site.path} is a symbolic link to /etc/passwd" in output
    assert "reason: link" in output
    assert SECRET not in output


@AS_ROOT
def test_a_group_by_name_is_compared_by_name(site: Site) -> None:
    site.call(settings=SETTINGS, group="daemon")
    assert site.compare_output(settings=SETTINGS, group="daemon") is not None
    assert site.compare_output(settings=SETTINGS, group="root") is None
