# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module as Ansible runs it: packed into a file, its answer in JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from backup_world import ROOT, App

from ansible_collections.masonite.deploy.plugins.module_utils._backup.errors import BackupError
from ansible_collections.masonite.deploy.plugins.module_utils._backup.options import ARGUMENTS, read_options

ANSIBLE = Path(sys.executable).parent / "ansible"
COLLECTIONS = Path(__file__).resolve().parents[3] / "playbooks" / "collections"


@pytest.fixture
def user(app: App) -> str | None:
    """A user with an account: root gives one, an ordinary user is one."""
    if not ROOT:
        return None
    subprocess.run(["chown", "-R", "nobody:", str(app.shared)], check=True)
    return "nobody"


def call(**options: Any) -> dict[str, Any]:
    if not ANSIBLE.exists():
        pytest.skip("Ansible is not installed for this Python")
    arguments = json.dumps({name: value for name, value in options.items() if value is not None})
    argv = [str(ANSIBLE), "localhost", "-i", "localhost,", "-c", "local", "-m", "masonite.deploy.app_backup"]
    argv += ["-e", f"ansible_python_interpreter={sys.executable}", "-a", arguments]
    own = str(Path(options["path"]).parent / "ansible")
    settings = {"COLLECTIONS_PATH": str(COLLECTIONS), "CALLBACK_RESULT_FORMAT": "json"}
    settings.update(HOME=own, LOCAL_TEMP=own, REMOTE_TMP=own)
    env = {**os.environ, **{f"ANSIBLE_{name}": value for name, value in settings.items()}}
    run = subprocess.run(argv, env=env, cwd="/", capture_output=True, text=True, check=False)
    answer = json.loads(run.stdout.partition("=> ")[2] or "null")
    assert isinstance(answer, dict), run.stdout + run.stderr
    return answer


def test_a_backup_its_restore_and_an_error(app: App, user: str | None) -> None:
    app.create("Ada")
    if user:
        subprocess.run(["chown", "nobody", str(app.database)], check=True)
    common = {"path": str(app.backups), "user": user, "service_manager": "none"}
    common.update(python=sys.executable, chdir=str(app.release), writable_paths=[str(app.shared)])
    made = call(**common, max_size="10M")
    assert made["changed"] is True, made
    assert made["backup"]["size"] == (app.backups / made["backup"]["name"]).stat().st_size
    restored = call(**common, state="restored")
    assert restored["restored"] == made["backup"]["name"], restored
    refused = call(**common, state="restored", backup="nothing.sqlite3")
    assert refused["reason"] == "not_found"
    assert made["backup"]["name"] in refused["available"]

    without = call(**{**common, "python": None})
    assert "all of the following are missing: python" in without["msg"]


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("user", "root", "root"),
        ("user", "no-such-user", "no_user"),
        ("label", "../x", "label"),
        ("label", "a\n", "label"),
        ("label", "", "label"),
        ("keep", 0, "keep"),
        ("timeout", 0, "timeout"),
        ("disk_reserve", -1, "disk_reserve"),
    ],
)
def test_options_that_cannot_be_are_refused(option: str, value: Any, reason: str) -> None:
    params = {name: spec.get("default") for name, spec in ARGUMENTS.items()}
    params.update(path="/srv/sites/blog/backups", max_size=0, user="nobody" if ROOT else None)
    read_options(params, False)
    with pytest.raises(BackupError) as refused:
        read_options({**params, option: value}, False)
    assert refused.value.reason == reason
