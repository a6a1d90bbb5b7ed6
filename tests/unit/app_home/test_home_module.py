# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module app_home as Ansible runs it: a process that reads its options and answers in JSON."""

from __future__ import annotations

import grp
import json
import os
import pwd
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.masonite.deploy.plugins.modules import app_home

COLLECTIONS = Path(__file__).resolve().parents[3] / "playbooks" / "collections"
MODULE = "ansible_collections.masonite.deploy.plugins.modules.app_home"
START = (
    "import runpy, sys; from ansible.module_utils import basic;"
    "setattr(basic, '_ANSIBLE_PROFILE', 'legacy'); basic._ANSIBLE_ARGS = sys.stdin.buffer.read();"
    f"runpy.run_module('{MODULE}', run_name='__main__')"
)


def call(options: dict[str, Any], check_mode: bool = False) -> dict[str, Any]:
    arguments = {**options, "_ansible_check_mode": check_mode, "_ansible_remote_tmp": "/tmp"}
    run = subprocess.run(
        [sys.executable, "-c", START],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(COLLECTIONS), *sys.path])},
        check=False,
    )
    try:
        answer = json.loads(run.stdout)
    except ValueError:
        raise AssertionError(run.stdout + run.stderr) from None
    assert isinstance(answer, dict)
    return answer


def options(root: Path, **changes: Any) -> dict[str, Any]:
    """An app of the user who runs the tests; `checked` where that is root, who would make accounts."""
    for name in ("sites", "venvs", "sockets"):
        (root / name).mkdir(exist_ok=True)
    found: dict[str, Any] = {
        "name": "blog",
        "path": str(root / "sites/blog"),
        "venvs": str(root / "venvs/blog"),
        "runtime_dir": str(root / "sockets/blog"),
        "socket": str(root / "sockets/blog.sock"),
        "live_link": str(root / "sockets/blog.root"),
        "user": "blog-of-the-tests",
        "record_dir": str(root / "records"),
    }
    return {**found, **changes}


def test_the_documentation_names_every_option_with_its_type_and_default() -> None:
    documented = yaml.safe_load(app_home.DOCUMENTATION)["options"]
    assert sorted(documented) == sorted(app_home.ARGUMENTS)
    for name, spec in app_home.ARGUMENTS.items():
        about = documented[name]
        found = {key: about.get(key) for key in ("type", "default", "choices", "elements")}
        assert found == {key: spec.get(key) for key in found}, name
        assert bool(about.get("required")) == bool(spec.get("required")), name


def test_checked_and_check_mode_leave_a_fresh_server_alone(tmp_path: Path) -> None:
    assert call(options(tmp_path, state="checked"))["changed"] is False
    answer = call(options(tmp_path), check_mode=True)
    assert answer["changed"] is True
    assert answer["record"]["name"] == "blog"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["sites", "sockets", "venvs"]


def test_a_refusal_has_a_reason_a_subject_and_a_message(tmp_path: Path) -> None:
    wanted = options(tmp_path, state="checked")
    (tmp_path / "sites/blog").mkdir()
    (tmp_path / "sites/blog/wsgi.py").touch()
    answer = call(wanted)
    assert answer["failed"]
    assert answer["reason"] == "foreign_directory"
    assert [refusal["subject"] for refusal in answer["refusals"]] == [wanted["path"]]
    assert answer["msg"].endswith("Nothing was changed.")


@pytest.mark.parametrize("key", ["1", "abc"])
def test_a_trivial_key_does_not_mask_the_answer(tmp_path: Path, key: str) -> None:
    answer = call(options(tmp_path, deploy_key=key, name="abc1"), check_mode=True)
    assert answer["record"]["name"] == "abc1"


def test_a_key_is_in_no_answer(tmp_path: Path) -> None:
    assert "a secret key" not in str(call(options(tmp_path, deploy_key="a secret key"), check_mode=True))


@pytest.mark.skipif(os.geteuid() == 0, reason="root would make accounts")
def test_an_ordinary_user_sets_up_an_app_of_its_own(tmp_path: Path) -> None:
    user, group = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
    mine = options(tmp_path, user=user, group=group)
    assert call(mine)["changed"]
    assert not call(mine)["changed"]
    assert (tmp_path / "sites/blog/shared").stat().st_mode & 0o777 == 0o750
