# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""deploy.yml on servers that exist in name only: who does what, in which order, and what is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from deploy_world import PLAYBOOK, World

pytestmark = pytest.mark.skipif(not PLAYBOOK.exists(), reason="no ansible-playbook beside this Python")

ALL_WELL = ["release present", "env_file present", "uwsgi_instance started", "release live"]
PREPARED = ALL_WELL[:2]


@pytest.fixture
def one(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def three(tmp_path: Path) -> World:
    return World(tmp_path, "abc")


def test_a_new_version_takes_four_steps(one: World) -> None:
    run = one.run("deploy.yml")
    assert (run.rc, run.steps("a")) == (0, ALL_WELL)


def test_nothing_to_do(one: World) -> None:
    run = one.run("deploy.yml", all={"new": False})
    assert (run.rc, run.steps("a")) == (0, ALL_WELL[:3])


def test_a_first_deploy_builds_and_migrates(one: World) -> None:
    run = one.run("deploy.yml", all={"deployed": False, "ready": False})
    migrate = ["app_backup present", "app_command"]
    assert (run.rc, run.steps("a")) == (0, [*PREPARED, "virtualenv", *migrate, *ALL_WELL[2:]])
    build = run.arguments("a", "virtualenv")
    assert (build["user"], build["visible_paths"], build["memory_max"]) == ("blog-build", [], "75%")
    command = run.arguments("a", "app_command")
    assert command["hidden_paths"] == ["/a/sites", "/a/venvs", "/a/sockets"]
    assert command["visible_paths"] == ["/a/sites/blog", "/a/venvs/blog", "/usr/bin/python3"]
    assert command["writable_paths"] == ["/a/sites/blog/shared"]
    instance = run.arguments("a", "uwsgi_instance started")
    assert {name: instance[name] for name in command if name in instance and name.endswith("_paths")} == {
        name: command[name] for name in command if name.endswith("_paths")
    }


def test_an_app_in_a_sub_directory_runs_and_is_served_from_there(tmp_path: Path) -> None:
    app = {"repository": "/git/blog", "domains": ["blog.test"], "directory": "backend"}
    run = World(tmp_path, masonite_apps={"blog": app}).run(
        "deploy.yml",
        all={"deployed": False, "ready": False, "git": {"ssh://git@git.test/lib.git": "/mirror"}},
    )
    release = "/a/sites/blog/releases/r2"
    prepared = run.arguments("a", "release present")
    assert (prepared["directory"], prepared["module"]) == ("backend", "auto")
    build = run.arguments("a", "virtualenv")
    assert (build["chdir"], build["writable_paths"]) == (f"{release}/backend", [release])
    assert (build["git"], build["project"]) == ({"ssh://git@git.test/lib.git": "/mirror"}, False)
    assert run.arguments("a", "app_command")["chdir"] == f"{release}/backend"
    assert run.arguments("a", "app_backup present")["chdir"] == f"{release}/backend"
    instance = run.arguments("a", "uwsgi_instance started")
    assert (instance["chdir"], instance["directory"]) == (release, "backend")
    assert instance["module"] == "wsgi:application", "what the module release has found"


def test_assets_are_built_between_the_virtualenv_and_the_migrations_where_there_are_any(one: World) -> None:
    path = "/a/venvs/blog/assets/89abcdef-0123456789abcdef"
    assets = {
        "path": path, "ready": False, "install": "npm ci", "commands": ["npm run build"], "packages": "p",
        "lock": "package-lock.json", "live": "/a/sites/blog/releases/r1",
    }  # fmt: skip
    run = one.run(
        "deploy.yml",
        "-e",
        '{"masonite_app_build_environment": {"VITE_TITLE": "Blog"}}',
        all={"ready": False, "added": ["2026_c.py"], "assets": assets},
    )
    migrate = ["app_backup present", "app_command"]
    assert (run.rc, run.steps("a")) == (0, [*PREPARED, "virtualenv", "assets", *migrate, *ALL_WELL[2:]])
    build = run.arguments("a", "assets")
    assert {name: build[name] for name in assets if name != "ready"} == {
        name: value for name, value in assets.items() if name != "ready"
    }
    assert (build["user"], build["writable_paths"], build["memory_max"]) == ("blog-build", [], "75%")
    assert build["hidden_paths"] == ["/a/sites", "/a/venvs", "/a/sockets"]
    assert build["visible_paths"] == ["/a/sites/blog/venv"]
    assert build["environment"]["VITE_TITLE"] == "Blog"
    assert build["node_root"] == "/opt/masonite-deploy"
    assert build["static"] == ["storage/static", "storage/compiled", "staticfiles"]


def test_a_build_that_fails_ends_the_deploy_before_any_visitor_notices(three: World) -> None:
    says = {one: {"assets": {"path": f"/{one}/venvs/blog/assets/x", "ready": False}} for one in "abc"}
    says["b"]["fails"] = "assets"  # type: ignore[assignment]
    run = three.run("deploy.yml", **says)
    assert run.rc != 0
    assert [call for call in run.calls if call.step == "uwsgi_instance started"] == []
    assert 'failed in prepare on b ("Build the assets")' in run.output


def test_built_assets_take_no_step(one: World) -> None:
    run = one.run("deploy.yml", all={"assets": {"path": "/x", "ready": True}})
    assert run.steps("a") == ALL_WELL


def test_several_apps_on_several_servers(tmp_path: Path) -> None:
    run = World(tmp_path, "abc", ("blog", "shop")).run("deploy.yml")
    assert run.rc == 0
    for server in "abc":
        assert run.steps(server) == run.steps(server, "shop") == ALL_WELL
    first_live = [call.server for call in run.calls if call.step == "release live"][:2]
    assert first_live == ["a", "a"], "one server first, then all others"
    last_prepared = max(number for number, call in enumerate(run.calls) if call.step in PREPARED)
    assert last_prepared < min(number for number, call in enumerate(run.calls) if call.step not in PREPARED)


@pytest.mark.parametrize("server", ["a", "b", "c"])
def test_a_server_that_cannot_prepare_stops_all(three: World, server: str) -> None:
    run = three.run("deploy.yml", all={"kept": True}, **{server: {"fails": "env_file present"}})
    assert run.rc == 2
    assert run.servers("uwsgi_instance started") == []
    assert sorted(run.servers("release failed")) == ["a", "b", "c"]
    assert sorted(run.servers("env_file restored")) == sorted({"a", "b", "c"} - {server})
    assert f'The deploy of blog failed in prepare on {server} ("Write the environment file")' in run.output
    assert "It does not work. Settings: masonite_app_start_timeout" in run.output
    assert "live: 9fbd8bc on a, b, c" in run.output


def test_the_first_server_that_cannot_go_live_stops_the_roll(three: World) -> None:
    run = three.run("deploy.yml", all={"kept": True}, a={"fails": "uwsgi_instance started"})
    assert run.rc == 2
    assert run.servers("uwsgi_instance started") == ["a"]
    assert (
        sorted(run.servers("release failed")) == sorted(run.servers("env_file restored")) == ["a", "b", "c"]
    )
    assert run.arguments("b", "release failed")["bad"] is True
    assert run.arguments("b", "release failed")["reason"].startswith("activate on a: It does not work.")
    assert run.arguments("b", "release failed")["release"] == "r2"


def test_the_inventory_can_ask_for_one_server_after_the_other(tmp_path: Path) -> None:
    run = World(tmp_path, "abc", masonite_deploy_serial=1).run("deploy.yml")
    assert run.rc == 0
    assert [call.server for call in run.calls if call.step in ALL_WELL[2:]] == list("aabbcc")


def test_of_those_that_go_live_together_each_ends_by_itself(three: World) -> None:
    run = three.run("deploy.yml", all={"kept": True}, b={"fails": "uwsgi_instance started"})
    assert run.rc == 2
    assert sorted(run.servers("release live")) == ["a", "c"], "c had gone live, and says so in its records"
    assert run.servers("release failed") == run.servers("env_file restored") == ["b"]
    assert "live: 998867a on a, c; 9fbd8bc on b" in run.output


def test_an_app_that_fails_does_not_stop_another(tmp_path: Path) -> None:
    world = World(tmp_path, "ab", ("blog", "shop"))
    run = world.run("deploy.yml", b={"fails": "blog release present"})
    assert run.rc == 2
    for server in "ab":
        assert run.steps(server, "shop") == ALL_WELL
        assert run.steps(server)[-1] == "release failed"
    assert "The deploy of blog failed in prepare on b" in run.output
    assert "The deploy of shop" not in run.output


def test_one_database_is_migrated_once_and_own_ones_everywhere(three: World) -> None:
    shared = '{"masonite_app_environment": {"DB_CONNECTION": "postgres"}}'
    run = three.run("deploy.yml", "-e", shared, all={"added": ["2027_c.py"]})
    assert (run.rc, run.servers("app_command")) == (0, ["a"])
    run = three.run("deploy.yml", all={"added": ["2027_c.py"]})
    assert (run.rc, sorted(run.servers("app_command"))) == (0, ["a", "b", "c"])


def test_a_failed_migration_puts_the_database_back_and_stops_all(three: World) -> None:
    shared = '{"masonite_app_environment": {"DB_CONNECTION": "postgres"}}'
    run = three.run("deploy.yml", "-e", shared, all={"added": ["2027_c.py"]}, a={"fails": "app_command"})
    assert run.rc == 2
    assert run.servers("app_backup reverted") == ["a"]
    assert run.servers("uwsgi_instance started") == []
    assert sorted(run.servers("release failed")) == ["a", "b", "c"]
    assert "The database is as it was before." in run.output


def test_servers_without_a_common_key_get_one_before_the_hooks(three: World, tmp_path: Path) -> None:
    hook = tmp_path / "hook.yml"
    hook.write_text(
        "- masonite.deploy.app_command:\n"
        "    {argv: [x], chdir: '{{ masonite_app_release_path }}', memory_max: 1G}\n"
    )
    hooks = f'{{"masonite_app_after_prepare": ["{hook}"]}}'
    run = three.run("deploy.yml", "-e", hooks, b={"app_key": ""})
    assert run.rc == 0
    assert len(run.servers("env_file read")) == 3
    for server in "abc":
        assert run.steps(server)[-4:] == ["env_file present", "app_command", *ALL_WELL[2:]]
    # A hook has none of the defaults that tasks of the role have.
    hooked = run.arguments("a", "app_command")
    assert (hooked["memory_max"], "hidden_paths" in hooked, "tasks_max" in hooked) == ("1G", False, False)


def test_a_hook_that_is_not_there_fails_as_any_other_task(three: World) -> None:
    hooks = '{"masonite_app_after_prepare": ["{{ masonite_app_release_path }}/hook.yml"]}'
    run = three.run("deploy.yml", "-e", hooks, all={"kept": True})
    assert run.rc == 2
    assert (
        sorted(run.servers("release failed")) == sorted(run.servers("env_file restored")) == ["a", "b", "c"]
    )
    assert "masonite_app_after_prepare names" in run.output


def test_a_hook_that_runs_once_and_fails_leaves_no_server_locked(three: World, tmp_path: Path) -> None:
    hook = tmp_path / "hook.yml"
    hook.write_text("- ansible.builtin.fail: {msg: not today}\n  run_once: true\n")
    run = three.run("deploy.yml", "-e", f'{{"masonite_app_after_prepare": ["{hook}"]}}', all={"kept": True})
    assert run.rc == 2
    assert (
        sorted(run.servers("release failed")) == sorted(run.servers("env_file restored")) == ["a", "b", "c"]
    )
    assert "not today" in run.output


ROLLED_BACK = {"removed": ["2026_b.py"], "release_state": "good"}


def test_a_rollback_does_not_cross_migrations_unless_asked_to(one: World) -> None:
    run = one.run("rollback.yml", all=ROLLED_BACK)
    assert run.rc == 2
    assert "r2 does not know these migrations, which are applied: 2026_b." in run.output
    assert run.servers("uwsgi_instance started") == []
    assert run.arguments("a", "release failed")["bad"] is False
    run = one.run("rollback.yml", "-e", "masonite_rollback_migrations=true", all=ROLLED_BACK)
    assert run.rc == 0
    steps = ["app_backup migrations", "app_backup present", "app_command", *ALL_WELL[2:]]
    assert run.steps("a") == [*PREPARED, *steps]
    assert run.arguments("a", "app_command")["argv"][-2:] == ["--migration", "2026_b"]


def test_stages_have_tags_and_failures_are_reported_in_any_case(three: World) -> None:
    run = three.run("deploy.yml", "--tags", "prepare", b={"fails": "release present"})
    assert (run.rc, sorted(run.servers("release failed"))) == (2, ["a", "b", "c"])
    run = three.run("deploy.yml", "--tags", "prepare")
    assert (run.rc, {call.step for call in run.calls}) == (0, set(PREPARED))
    run = three.run("deploy.yml", "--tags", "activate")
    assert (run.rc, run.calls) == (2, [])
    assert "No release was prepared in this run." in run.output


def test_other_hosts_than_the_group_web(tmp_path: Path) -> None:
    run = World(tmp_path, "ab").run("deploy.yml", "-e", "masonite_hosts=b")
    assert (run.rc, {call.server for call in run.calls}) == (0, {"b"})


ROLE_ALONE = """
- hosts: web
  gather_facts: false
  tags: [always]
  roles:
    - role: masonite.deploy.masonite_app
      masonite_app_name: blog
    - role: masonite.deploy.masonite_app
      vars:
        masonite_app_name: shop
"""


def test_the_role_alone_goes_through_the_same_stages(tmp_path: Path) -> None:
    world = World(tmp_path, "ab", ("blog", "shop", "api"))
    (world.base / "alone.yml").write_text(ROLE_ALONE)
    run = world.run("alone.yml", "--skip-tags", "set_up")
    assert run.rc == 0
    for server in "ab":
        assert run.steps(server) == run.steps(server, "shop") == ALL_WELL
        assert run.steps(server, "api") == []
    only = world.run("alone.yml", "--skip-tags", "set_up", "-e", "masonite_app_only=blog")
    assert (only.rc, only.steps("a"), only.steps("a", "shop")) == (0, ALL_WELL, ALL_WELL)
    run = world.run("alone.yml", "--skip-tags", "set_up", a={"fails": "shop uwsgi_instance started"})
    assert run.rc == 2
    assert run.steps("a", "blog") == ALL_WELL
    assert run.steps("a", "shop")[-1] == "release failed"


ROLE_AND_PLAY = """
- hosts: web
  gather_facts: false
  vars:
    masonite_app_name: blog
  roles:
    - masonite.deploy.masonite_app
"""


@pytest.mark.parametrize(
    "play", [ROLE_ALONE, ROLE_AND_PLAY], ids=["roles with a name", "the name in the play"]
)
def test_the_role_alone_warns_of_nothing(tmp_path: Path, play: str) -> None:
    """Through all stages and the handling of a failure."""
    world = World(tmp_path, "ab", ("blog", "shop"))
    (world.base / "alone.yml").write_text(play)
    run = world.run("alone.yml", all={"deployed": False, "ready": False, "fails": "uwsgi_instance started"})
    assert (run.rc, run.steps("a")[-1]) == (2, "release failed")
    assert "app_command" in run.steps("a")
    assert "WARNING" not in run.printed


def test_a_virtual_host_of_others_is_replaced_when_the_app_is_live(tmp_path: Path) -> None:
    world = World(tmp_path)
    (world.base / "alone.yml").write_text(ROLE_AND_PLAY)
    run = world.run("alone.yml", all={"waiting": ["blog.conf"]})
    steps = [call.step for call in run.calls]
    assert run.rc == 0
    assert steps[:3] == ["app_home present", "nginx_config", "release present"]
    assert steps[-3:] == ["uwsgi_instance started", "release live", "nginx_config"]
    assert run.arguments("a", "uwsgi_instance started").get("verify") is None
    (site,) = run.calls[-1].arguments["sites"]
    assert (site["name"], site["waits_for"]) == ("blog.conf", "/a/sockets/blog.sock")
    assert site["content"].count("uwsgi_pass unix:/a/sockets/blog.sock") >= 1


DJANGO = {
    "name": "django",
    "generate": ["SECRET_KEY"],
    "defaults": ["ALLOWED_HOSTS"],
    "migrate": ["manage.py", "migrate", "--noinput"],
    "each_release_migrates": True,
    "collects": True,
}


def test_a_django_project_collects_static_files_and_migrates_with_each_release(one: World) -> None:
    run = one.run("deploy.yml", all={"framework": DJANGO})
    assert run.rc == 0
    assert run.steps("a") == [
        *PREPARED, "app_command", "app_backup present", "app_command", *ALL_WELL[2:]
    ]  # fmt: skip
    static, migrate = (call.arguments for call in run.calls if call.step == "app_command")
    assert static["name"] == "blog:static"
    assert static["writable_paths"][-1] == "/a/sites/blog/releases/r2/staticfiles"
    assert migrate["argv"] == ["/a/sites/blog/venv/bin/python", "manage.py", "migrate", "--noinput"]
    assert migrate["environment_file"] == static["environment_file"] == "/a/sites/blog/.env"
    environment = run.arguments("a", "env_file present")
    assert (environment["generate"], environment["defaults"]) == (
        ["SECRET_KEY"],
        {"ALLOWED_HOSTS": "blog.test"},
    )
    assert run.arguments("a", "uwsgi_instance started")["environment_file"] == "/a/sites/blog/.env"


def test_nothing_more_is_done_for_a_django_project_that_is_up_to_date(one: World) -> None:
    run = one.run("deploy.yml", all={"framework": DJANGO, "new": False})
    assert (run.rc, run.steps("a")) == (0, ALL_WELL[:3])


def test_an_app_of_no_framework_gets_no_settings_of_masonite_and_no_craft(one: World) -> None:
    nothing = {"name": "none", "generate": [], "defaults": [], "migrate": []}
    run = one.run("deploy.yml", all={"framework": nothing, "deployed": False, "added": ["x.py"]})
    assert (run.rc, run.steps("a")) == (0, ALL_WELL)
    environment = run.arguments("a", "env_file present")
    assert (environment["generate"], environment["defaults"]) == ([], {})


def test_the_kind_of_database_in_the_apps_own_env_is_not_replaced(one: World) -> None:
    own = {"defaults": ["APP_ENV"], "committed": {"DB_CONNECTION": "mysql"}}
    run = one.run("deploy.yml", all={"framework": own})
    assert run.arguments("a", "env_file present")["defaults"] == {
        "APP_ENV": "production",
        "DB_CONNECTION": "mysql",
    }
