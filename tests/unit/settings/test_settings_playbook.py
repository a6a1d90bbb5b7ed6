# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin, through ansible-playbook: every case is a host with variables of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[3]
PLAYBOOK = Path(os.environ.get("ANSIBLE_PLAYBOOK", Path(sys.executable).with_name("ansible-playbook")))

VAULT = Path(sys.executable).with_name("ansible-vault")
# The second holds the callback plugin, where another ansible-playbook is tried.
COLLECTIONS = os.pathsep.join([str(ROOT / "playbooks" / "collections"), sysconfig.get_path("purelib")])

pytestmark = pytest.mark.skipif(not PLAYBOOK.exists(), reason="no ansible-playbook beside this Python")

PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.import_role:
        name: masonite.deploy.masonite_app
        tasks_from: check_settings
        public: true
      when: false
    - name: first
      masonite.deploy.check_settings:
      register: first
      ignore_errors: true
    - ansible.builtin.set_fact: {"{{ item.key }}": "{{ item.value }}"}
      loop: "{{ then | default({}) | dict2items }}"
    - name: second
      masonite.deploy.check_settings:
        accepted: "{{ first.accepted }}"
      when: first is not failed
      ignore_errors: true
"""

BLOG = {"repository": "/srv/git/blog.git", "domains": ["blog.test"]}
SHOP = {"repository": "/srv/git/shop.git", "domains": ["shop.test"]}
TWO = {"blog": BLOG, "shop": SHOP}


def blog(**settings: Any) -> dict[str, Any]:
    return {"masonite_apps": {"blog": {**BLOG, **settings}}}


@dataclass
class Case:
    """Variables of a host, and words of each line that is said of them; none if they are right."""

    variables: dict[str, Any]
    says: list[str] = field(default_factory=list)
    then: dict[str, Any] | None = None
    """What a task sets between check and comparison."""
    changed: bool = False
    """Whether the comparison refuses it."""


CASES: dict[str, Case] = {
    "one app": Case(blog()),
    "two apps": Case({"masonite_apps": TWO}),
    "an app named by flat variables": Case(
        {"masonite_app_name": "blog", "masonite_app_repository": "/srv/x"}
    ),
    "an app beside those of the dictionary": Case(
        {"masonite_apps": TWO, "masonite_app_name": "one", "masonite_app_repository": ""},
        [
            "masonite_app_repository is empty; give the address of the git repository (https://…, "
            "git@host:…, ssh://…) or a path on the server. (app: one)"
        ],
    ),
    "only one of two": Case(
        {"masonite_apps": {**TWO, "bad": {"repository": ""}}, "masonite_app_only": "shop"},
    ),
    "apps from another variable": Case({"masonite_apps": "{{ others }}", "others": TWO}),
    "an app from another variable": Case({"masonite_apps": {"blog": "{{ other }}"}, "other": BLOG}),
    "a value from another variable": Case(
        blog(keep="{{ number }}", number=3) | {"number": 3}, ["unknown settings: number"]
    ),
    "a value that is a template": Case(blog(domains=["{{ masonite_app_name }}.test"])),
    "a number in quotes": Case(blog(processes="2", verify="yes")),
    "no app": Case({}, ["masonite_apps is empty; give at least one app"]),
    "no app, given as nothing": Case({"masonite_apps": None}, ["masonite_apps is empty"]),
    "an unknown app": Case(
        {"masonite_apps": TWO, "masonite_app_only": "blgo"},
        [
            'masonite_app_only is "blgo", which is not in masonite_apps. Did you mean "blog"? Known apps: '
            "blog, shop."
        ],
    ),
    "apps as a list": Case(
        {"masonite_apps": [BLOG]},
        ["masonite_apps is a list; allowed is a name for each app, with its settings below it"],
    ),
    "an app with a number for a name": Case(
        {"masonite_apps": "{{ {1: {'repository': '/x'}} }}"},
        ["masonite_apps has the name 1, which YAML reads as no text; write it in quotes."],
    ),
    "an app as a text": Case(
        {"masonite_apps": {"blog": "/srv/git"}},
        ['masonite_apps.blog is the text "/srv/git"; write masonite_apps.blog.repository: /srv/git.'],
    ),
    "a setting in the dictionary": Case(
        blog(keep=0), ["masonite_apps.blog.keep is 0; allowed is 1 or more."]
    ),
    "a flat setting": Case(
        {"masonite_apps": TWO, "masonite_app_keep": 0},
        ["masonite_app_keep is 0; allowed is 1 or more. (apps: blog, shop)"],
    ),
    "a setting of the base role": Case(
        {**blog(), "base_sites_root": "srv"}, ['base_sites_root is "srv"; allowed is an absolute path']
    ),
    "types": Case(
        blog(
            processes="many",
            verify="perhaps",
            environment=["A=1"],
            packages={"x": 1},
            static=[{"path": "x"}],
            keep=[1],
        ),
        [
            'masonite_apps.blog.processes is "many"; allowed is a whole number.',
            'masonite_apps.blog.verify is "perhaps"; allowed is true or false.',
            "masonite_apps.blog.environment is a list; allowed is a dictionary.",
            "masonite_apps.blog.packages is a dictionary; allowed is a list",
            "masonite_apps.blog.static is not as it must be; missing required arguments: location",
            "masonite_apps.blog.keep is [1]; allowed is a whole number.",
        ],
    ),
    "choices": Case(
        blog(strategy="hope"),
        ['masonite_apps.blog.strategy is "hope"; allowed is one of auto, handover, restart.'],
    ),
    "a choice of the run": Case(
        {**blog(), "masonite_status_format": "xml"},
        ['masonite_status_format is "xml"; allowed is one of table, json.'],
    ),
    "nothing, which means that it is not given": Case(
        blog(environment=None, version="", keep="{{ nothing }}", domains=None)
        | {"nothing": "", "masonite_app_processes": "", "masonite_app_only": None}
    ),
    "a text where a list belongs": Case(
        blog(domains="blog.test", packages="redis", shared="{{ directory }}", after_prepare="hooks/good.yml")
        | {"directory": "storage/"}
    ),
    "a setting that is like another": Case(
        {**blog(), "masonite_app_domain": "x", "masonite_app_secrets_of_mine": "y"},
        ['masonite_app_domain is no setting; did you mean "masonite_app_domains"?'],
    ),
    "a variable that is not there": Case(
        blog(deploy_key="{{ vault_key }}"),
        ["masonite_apps.blog.deploy_key cannot be read: 'vault_key' is undefined"],
    ),
    "a secret that cannot be read": Case(
        blog(deploy_key="{{ secret | from_json }}", environment="{{ secret | from_json }}")
        | {"secret": "s3cr3t"},
        ["masonite_apps.blog.deploy_key cannot be read: ", "masonite_apps.blog.environment cannot be read: "],
    ),
    "unknown settings": Case(blog(colour="red"), ["masonite_apps.blog has unknown settings: colour. Known:"]),
    "the common deploy user": Case(
        {**blog(), "base_deploy_user": "deploy"},
        ["base_deploy_user is set, but is no longer used; remove it"],
    ),
    "names that become one user": Case(
        {"masonite_apps": {"a.b": BLOG, "a-b": SHOP}, "masonite_app_only": "a.b"},
        [
            'masonite_apps.a-b.user is "a-b", which is the user of the app a.b, too',
            "masonite_apps.a-b.build_user is",
        ],
    ),
    "one user by a flat setting": Case(
        {"masonite_apps": TWO, "masonite_app_user": "web"},
        [
            'masonite_app_user is "web", which is the user of the app blog, too',
            'masonite_apps.shop.build_user is "web-build"',
        ],
    ),
    "a domain of another app": Case(
        {"masonite_apps": {"blog": BLOG, "shop": {**SHOP, "domains": ["blog.test"]}}},
        ['masonite_apps.shop.domains has "blog.test", which the app blog has, too'],
    ),
    "hooks": Case(
        blog(
            after_prepare=["hooks/good.yml", "{{ playbook_dir }}/hooks/empty.yml"],
            before_migrate="{{ mine }}",
        )
        | {"mine": ["hooks/good.yml"]}
    ),
    "hooks in a release": Case(
        blog(after_activate=["{{ masonite_app_release_path }}/x.yml", "{{ later }}/y.yml"])
    ),
    "hooks that are not there": Case(
        blog(after_prepare=["hooks/missing.yml", "hooks"], before_finish={"hooks/good.yml": 1}),
        [
            'masonite_apps.blog.after_prepare names "hooks/missing.yml", which is not there (',
            'masonite_apps.blog.after_prepare names "hooks", which is no file (',
            "masonite_apps.blog.before_finish is a dictionary; allowed is a list of paths of task files.",
        ],
    ),
    "hooks that are no tasks": Case(
        blog(after_prepare=["hooks/broken.yml", "hooks/dictionary.yml"]),
        ["hooks/broken.yml, which cannot be read: ", "hooks/dictionary.yml, which is no list of tasks"],
    ),
    "many mistakes": Case(
        {
            "masonite_apps": {
                "blog": {"repository": "", "domains": []},
                "Shop!": {"threads": 2, "user": "root"},
            }
        },
        [
            "masonite_apps.blog.repository is empty",
            "masonite_apps.blog.domains is empty",
            'masonite_apps has the name "Shop!"; write "shop". Allowed are lower-case letters',
            "masonite_apps.Shop!.repository is empty",
            "masonite_apps.Shop!.threads is 2",
            'masonite_apps.Shop!.user is "root", a name of the system',
            'masonite_apps.Shop!.group is "root"',
        ],
    ),
    "a user that a task sets after the check": Case(blog(), then={"masonite_app_user": "root"}, changed=True),
    "a module that a task sets after the check": Case(
        blog(), then={"masonite_app_module": "x:y"}, changed=True
    ),
    "a hook that a task sets after the check": Case(
        blog(), then={"masonite_app_after_activate": ["/tmp/x.yml"]}, changed=True
    ),
    "what a deploy sets": Case(
        blog(after_activate=["{{ masonite_app_release_path }}/x.yml"]),
        then={"__masonite_app_run_state": {"apps": {"blog": {"release": {"path": "/srv/x", "name": "x"}}}}},
    ),
}
HOOKS = {
    "good.yml": "- ansible.builtin.debug:\n",
    "empty.yml": "---\n",
    "broken.yml": "- a: [\n",
    "dictionary.yml": "a: b\n",
}


def run_playbook(base: Path, *options: str) -> dict[str, dict[str, Any]]:
    """What each task came to, on each host."""
    (base / "play.yml").write_text(PLAY)
    (base / "ansible.cfg").write_text("[defaults]\n")
    run = subprocess.run(
        [str(PLAYBOOK), "-i", "inventory.json", "play.yml", *options],
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
    tasks = json.loads(run.stdout)["plays"][0]["tasks"]
    return {task["task"]["name"]: task["hosts"] for task in tasks}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    base = tmp_path_factory.mktemp("settings")
    (base / "hooks").mkdir()
    for name, content in HOOKS.items():
        (base / "hooks" / name).write_text(content)
    hosts = {
        name.replace(" ", "_").replace(",", ""): {
            **case.variables,
            **({"then": case.then} if case.then else {}),
        }
        for name, case in CASES.items()
    }
    (base / "inventory.json").write_text(json.dumps({"all": {"hosts": hosts}}))
    return run_playbook(base)


@pytest.mark.parametrize("name", CASES)
def test_the_settings_of_all_apps_are_checked_at_once(name: str, results: dict[str, dict[str, Any]]) -> None:
    case, result = CASES[name], results["first"][name.replace(" ", "_").replace(",", "")]
    assert result["changed"] is False
    assert ("accepted" in result) is (not case.says), result["msg"]
    assert {"problems", "published_keys", "time"}.isdisjoint(result) or not case.says
    lines = result.get("msg", "").splitlines() if case.says else []
    assert [words for words in case.says if not any(words in line for line in lines)] == [], lines
    assert len(lines) == len(case.says), lines
    assert "s3cr3t" not in str(result)
    assert bool(result.get("settings")) is bool(case.says)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.says])
def test_settings_that_changed_since_the_check_are_refused(
    name: str, results: dict[str, dict[str, Any]]
) -> None:
    result = results["second"][name.replace(" ", "_").replace(",", "")]
    assert ("accepted" in result) is not CASES[name].changed
    if CASES[name].changed:
        assert "have changed since they were checked" in result["msg"]
        assert "nothing goes live with them" in result["msg"]


def test_secrets_out_of_a_vault_are_read(tmp_path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "id")], check=True)
    (tmp_path / "password").write_text("x\n")

    def encrypt(text: str) -> dict[str, str]:
        vault = [str(VAULT), "encrypt_string", "--vault-password-file", str(tmp_path / "password")]
        run = subprocess.run(vault, input=text, capture_output=True, text=True, check=True)
        return {"__ansible_vault": "\n".join(line.strip() for line in run.stdout.splitlines()[1:]) + "\n"}

    private, public = (tmp_path / "id").read_text(), (tmp_path / "id.pub").read_text()
    right = blog(deploy_key=encrypt(private), environment={"DB_PASSWORD": encrypt("s3cr3t")})
    flat = {**blog(), "masonite_app_deploy_key": encrypt(private)}
    hosts = {"right": right, "flat": flat, "wrong": blog(deploy_key=encrypt(public))}
    (tmp_path / "inventory.json").write_text(json.dumps({"all": {"hosts": hosts}}))
    results = run_playbook(tmp_path, "--vault-password-file", "password")
    assert "accepted" in results["first"]["right"]
    assert "accepted" in results["first"]["flat"]
    assert "accepted" in results["second"]["right"]
    assert "masonite_apps.blog.deploy_key is a public key" in results["first"]["wrong"]["msg"]
    assert "s3cr3t" not in json.dumps(results)
