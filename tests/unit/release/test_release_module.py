# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules as Ansible runs them: a process that reads its options and answers in JSON."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from release_world import ME, App, Repository

from ansible_collections.masonite.deploy.plugins.module_utils._release.info import INFO_ARGUMENTS
from ansible_collections.masonite.deploy.plugins.module_utils._release.options import ARGUMENTS

COLLECTIONS = Path(__file__).resolve().parents[3] / "playbooks" / "collections"

MODULES = "ansible_collections.masonite.deploy.plugins.modules"

pytest.importorskip("ansible.module_utils.basic")


def call(module: str, check_mode: bool = False, **options: Any) -> dict[str, Any]:
    arguments = {
        "ANSIBLE_MODULE_ARGS": {**options, "_ansible_check_mode": check_mode, "_ansible_remote_tmp": "/tmp"}
    }
    start = (
        "import runpy, sys; from ansible.module_utils import basic;"
        "setattr(basic, '_ANSIBLE_PROFILE', 'legacy'); basic._ANSIBLE_ARGS = sys.stdin.buffer.read();"
        f"runpy.run_module('{MODULES}.{module}', run_name='__main__')"
    )
    run = subprocess.run(
        [sys.executable, "-c", start],
        input=json.dumps(arguments),
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


def options(app: App) -> dict[str, Any]:
    return {key: value for key, value in app.options.items() if value is not None}


def test_present_and_live_and_info(app: App, repository: Repository) -> None:
    os.umask(0o077)
    try:
        present = call("release", **options(app))
    finally:
        os.umask(0o022)
    assert present["changed"], present
    release = present["release"]
    assert oct(os.stat(Path(release["path"]) / "wsgi.py").st_mode)[-3:] == "644"
    assert oct(os.stat(release["path"]).st_mode)[-3:] == "755"
    assert call("release", state="live", path=str(app.path), release=release["name"], holder=ME)["changed"]
    info = call("release_info", path=str(app.path))
    assert info["live"]["revision"] == repository.head()
    assert info["live"]["state"] == "good"
    assert info["previous"] is None
    assert info["lock"] is None
    assert [line["result"] for line in info["history"]] == ["ok"]


def test_info_of_what_was_never_deployed(tmp_path: Path) -> None:
    info = call("release_info", path=str(tmp_path / "nothing"))
    assert (info["live"], info["releases"], info["lock"], info["history"]) == (None, [], None, [])


def test_a_failure_says_what_serves_and_what_to_do(app: App) -> None:
    live = app.deploy()
    answer = call("release", **{**options(app), "version": "nope"})
    assert answer["failed"]
    assert answer["reason"] == "unknown_version"
    assert f"Serving now: {live['name']}" in answer["msg"]
    assert "Correct version" in answer["msg"]
    fresh = call("release", path=str(app.path) + "-2", repository="/nonexistent")
    assert "No release is live yet." in fresh["msg"]


def test_rights_that_are_missing_are_named(repository: Repository) -> None:
    answer = call("release", path="/proc/nowhere", repository=str(repository.path))
    assert answer["failed"]
    assert "/proc/nowhere" in answer["msg"]
    assert "become_user" in answer["msg"]


def test_the_answer_shows_no_secret(app: App) -> None:
    answer = call(
        "release",
        path=str(app.path),
        repository="https://ann:t0psecret@127.0.0.1:1/x.git",
        environment={"https_proxy": "http://proxy:t0psecret@127.0.0.1:1"},
    )
    assert answer["failed"]
    assert answer["reason"] == "unreachable"
    assert "t0psecret" not in json.dumps(answer)


@pytest.mark.parametrize("value", ["1", 1, True, ["1"], "12.5", "site", "releases", "main", "ok", ""])
def test_an_environment_with_ordinary_values_damages_no_answer(app: App, value: object) -> None:
    given = {**options(app), "environment": {"SOME_SETTING": value, "OTHER": "a-long-value-of-its-own"}}
    present = call("release", **given)
    assert present["release"]["path"].startswith(f"{app.path}/releases/"), present
    assert present["release"]["version"] == "main"
    assert "********" not in json.dumps({**present, "invocation": None})
    assert set(present["invocation"]["module_args"]["environment"].values()) == {"********"}


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://127.0.0.1:1/x.git", "http://127.0.0.1:1/x.git"),
        ("http://ann:t0psecret@127.0.0.1:1/x.git", "http://***@127.0.0.1:1/x.git"),
        ("http://t0psecret@127.0.0.1:1/x.git", "http://***@127.0.0.1:1/x.git"),
        ("http://ann:t0psecret%40@127.0.0.1:1/x.git", "http://***@127.0.0.1:1/x.git"),
        ("ssh://git:t0psecret@127.0.0.1:1/x.git", "ssh://git@127.0.0.1:1/x.git"),
        ("/nonexistent/x.git", "/nonexistent/x.git"),
    ],
)
def test_of_an_address_only_the_secret_is_hidden(app: App, address: str, shown: str) -> None:
    answer = call("release", path=str(app.path), repository=address)
    assert answer["failed"]
    assert shown in answer["msg"]
    assert answer["invocation"]["module_args"]["repository"] == shown
    assert "t0psecret" not in json.dumps(answer)


def test_credentials_of_packages_are_hidden_and_their_names_are_not(app: App) -> None:
    packages = [
        "pyuwsgi",
        "lib @ git+https://ann:t0psecret@127.0.0.1/lib.git",
        "--index-url=https://tok3n@h/x",
    ]
    answer = call("release", **options(app), packages=packages)
    said = json.dumps(answer)
    assert answer["changed"]
    assert "t0psecret" not in said
    assert "tok3n" not in said
    assert answer["invocation"]["module_args"]["packages"][0] == "pyuwsgi"


def test_a_value_of_the_environment_that_git_repeats_is_hidden(app: App) -> None:
    answer = call(
        "release",
        path=str(app.path),
        repository="ssh://git@127.0.0.1:1/x.git",
        environment={"GIT_SSH_COMMAND": "/nonexistent/s3cret"},
    )
    assert answer["failed"]
    assert "cannot run ********" in answer["msg"]
    assert "s3cret" not in json.dumps(answer)


@pytest.mark.parametrize("option", ["repository", "environment", "packages"])
def test_the_log_of_the_server_shows_no_option_that_may_hold_a_secret(option: str) -> None:
    assert ARGUMENTS[option]["no_log"] is True


def test_check_mode_makes_nothing(app: App) -> None:
    answer = call("release", check_mode=True, **options(app))
    assert answer["changed"]
    assert not app.path.exists()


@pytest.mark.parametrize(
    ("module", "specification"), [("release", ARGUMENTS), ("release_info", INFO_ARGUMENTS)]
)
def test_the_documentation_agrees_with_the_options(module: str, specification: dict[str, Any]) -> None:
    yaml = pytest.importorskip("yaml")
    found = importlib.import_module(f"{MODULES}.{module}")
    documented = yaml.safe_load(found.DOCUMENTATION)["options"]
    agree(documented, specification)
    assert yaml.safe_load(found.RETURN)
    assert yaml.safe_load(found.EXAMPLES)


def agree(documented: dict[str, Any], specification: dict[str, Any]) -> None:
    assert set(documented) == set(specification)
    for name, option in documented.items():
        spec = specification[name]
        for key in ("type", "default", "choices", "required", "elements"):
            assert option.get(key) == spec.get(key), (name, key)
        agree(option.get("suboptions", {}), spec.get("options", {}))


def test_live_wants_a_release(app: App) -> None:
    assert "release" in call("release", path=str(app.path), state="live")["msg"]
