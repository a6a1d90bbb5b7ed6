# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules as Ansible runs them: a process that reads its options and answers in JSON."""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest
from release_world import ME, OTHER, App, Repository

from ansible_collections.masonite.deploy.plugins.module_utils._release.errors import OptionName, Reason
from ansible_collections.masonite.deploy.plugins.module_utils._release.git_output import GitOutput
from ansible_collections.masonite.deploy.plugins.module_utils._release.info import INFO_ARGUMENTS
from ansible_collections.masonite.deploy.plugins.module_utils._release.option_names import OptionNames
from ansible_collections.masonite.deploy.plugins.module_utils._release.options import ARGUMENTS, read_options
from ansible_collections.masonite.deploy.plugins.module_utils._release.remote import Remote
from ansible_collections.masonite.deploy.plugins.module_utils._release.remote_errors import make_remote_error

ROOT = Path(__file__).resolve().parents[3]
COLLECTIONS = ROOT / "playbooks" / "collections"
PLUGINS = ROOT / "plugins"

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


@pytest.mark.parametrize("module", ["release", "release_info"])
def test_each_part_of_a_result_is_documented(module: str, app: App) -> None:
    yaml = pytest.importorskip("yaml")
    documented = yaml.safe_load(importlib.import_module(f"{MODULES}.{module}").RETURN)
    agree_on_contents(documented)
    present = app.present()
    results = [present, app.live(present["release"]["name"]), app.failed("", reason="500"), app.present()]
    if module == "release_info":
        app.present(force=True)
        results = [app.info()]
    for result in results:
        known = {key: value for key, value in result.items() if key not in ("changed", "diff", "warnings")}
        agree_on_result(known, documented)


def agree_on_contents(documented: dict[str, Any]) -> None:
    """Whatever has keys of its own says which ones; those of `changes`, `committed` and `git` are data."""
    for name, value in documented.items():
        has_keys = "dict" in (value["type"], value.get("elements"))
        assert ("contains" in value) is (has_keys and name not in ("changes", "committed", "git")), name
        assert value["description"], name
        assert value["returned"], name
        agree_on_contents(value.get("contains", {}))


def agree_on_result(result: dict[str, Any], documented: dict[str, Any]) -> None:
    assert set(result) <= set(documented), set(result) - set(documented)
    for name, value in result.items():
        kind = {"dict": dict, "list": list, "str": str, "bool": bool, "int": int, "float": float}
        assert value is None or isinstance(value, kind[documented[name]["type"]]), (name, value)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict) and "contains" in documented[name]:
                assert set(item) == set(documented[name]["contains"]), name
                agree_on_result(item, documented[name]["contains"])


def test_each_reason_is_documented_and_given_somewhere() -> None:
    yaml = pytest.importorskip("yaml")
    documented = yaml.safe_load(importlib.import_module(f"{MODULES}.release").RETURN)["reason"]["description"]
    assert sorted(re.findall(r"\bV\((\w+)\)", " ".join(documented))) == sorted(get_args(Reason))
    sources = [*(PLUGINS / "module_utils" / "_release").glob("*.py"), PLUGINS / "action" / "release.py"]
    code = "".join(source.read_text() for source in sources if source.name != "errors.py")
    assert [reason for reason in get_args(Reason) if f'"{reason}"' not in code] == []


def test_errors_are_about_options_of_the_module() -> None:
    assert set(get_args(OptionName)) <= set(ARGUMENTS)


@pytest.mark.parametrize(
    ("given", "reason", "about"),
    [
        ({"version": "nope"}, "unknown_version", ["version"]),
        ({"repository": "/nonexistent"}, "unknown_repository", ["repository"]),
        ({"repository": "../x"}, "unknown_repository", ["repository"]),
        ({"repository": None}, "no_repository", ["repository", "release"]),
        ({"repository": "http://127.0.0.1:1/x.git"}, "unreachable", ["repository", "environment"]),
        ({"repository": "git://127.0.0.1:1/x"}, "transport", ["repository"]),
        ({"release": "previous"}, "no_previous", ["release"]),
        ({"release": "20200101T000000Z-1234567"}, "unknown_release", ["release"]),
        ({"required": ["nothing"]}, "missing_files", ["required", "version"]),
        ({"requirements": "nothing.txt"}, "missing_requirements", ["requirements"]),
        ({"python": "/nonexistent"}, "python", ["python"]),
        ({"shared": ["/etc"]}, "shared", ["shared"]),
        ({"links": {"a": "b"}}, "links", ["links"]),
        ({"build_user": "no-such-user"}, "unknown_user", ["build_user"]),
        ({"disk_check": "fail", "disk_reserve": 100}, "disk", ["disk_check", "disk_reserve", "keep"]),
        ({"holder": OTHER}, "locked", ["break_lock", "lock_ttl"]),
        ({"state": "live", "release": "x"}, "unknown_release", ["release"]),
    ],
)
def test_a_failure_has_a_reason_and_the_options_it_is_about(
    app: App, given: dict[str, Any], reason: str, about: list[str]
) -> None:
    app.present()
    names = {"setting_names": {option: f"masonite_app_{option}" for option in about}}
    answer = call("release", **{**options(app), "force": True, **given, **names})
    assert (answer["reason"], answer["options"]) == (reason, about), answer["msg"]


def test_git_that_cannot_use_the_key_is_about_the_key() -> None:
    for text, about in (
        ("Host key verification failed.", ("known_hosts", "accept_hostkey")),
        ("@ REMOTE HOST IDENTIFICATION HAS CHANGED! @", ("known_hosts",)),
        ('Load key "/k": error in libcrypto', ("ssh_key",)),
        ("git@example.org: Permission denied (publickey).", ("ssh_key", "repository")),
        ("something else", ("repository",)),
    ):
        error = make_remote_error(Remote.parse("x:y"), GitOutput(128, b"", text), OptionNames())
        assert error.options == about, text


def test_options_are_typed_and_cannot_change(app: App) -> None:
    found = read_options(options(app))
    assert {field.name for field in dataclasses.fields(found)} == (
        {*ARGUMENTS, "names", "ssh_files"}
        - {"setting_names", "ssh_directory", "ssh_key_content", "known_hosts_content"}
    )
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.version = "other"  # type: ignore[misc]
    assert read_options({"path": "/x", "keep": 0, "timeout": None}).keep == 1
    assert read_options({"path": "/x", "holder": {"pid": True, "user": None}}).holder.pid == 0


def test_live_wants_a_release(app: App) -> None:
    assert "release" in call("release", path=str(app.path), state="live")["msg"]


def test_the_deploy_key_appears_in_no_result(app: App) -> None:
    ssh = {"ssh_directory": str(app.path / "ssh"), "ssh_key_content": "-----BEGIN KEY-----\nabcdef\n"}
    present = call("release", **options(app), **ssh)
    assert present["changed"], present
    assert "abcdef" not in json.dumps(present)
    assert (app.path / "ssh" / "id").read_text() == ssh["ssh_key_content"]
