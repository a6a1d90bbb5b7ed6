# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of `environment` reach the application and nothing else."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_instance_config import ACCOUNT, CONFIGURATION, FILES, PATHS
from test_instance_module import main
from uwsgi_world import World

from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.environment_file import (
    parse_environment,
    render_environment,
)
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.secret_options import select_masked
from ansible_collections.masonite.deploy.plugins.module_utils._uwsgi.systemd_unit import render_unit

SECRET = "s3cr3t-of-the-shop"
ONE_LINE = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\n\r\0\v\f\x1c\x1d\x1e\x85\u2028\u2029")
)


@given(st.dictionaries(st.from_regex(r"\A[A-Za-z_][A-Za-z0-9_]{0,8}\Z"), ONE_LINE, max_size=4))
def test_an_environment_file_gives_back_what_was_written(environment: dict[str, str]) -> None:
    assert parse_environment(render_environment(environment)) == environment


@given(st.text())
def test_an_environment_file_of_junk_is_read_without_an_error(text: str) -> None:
    parse_environment(text)


def test_the_unit_holds_no_value() -> None:
    configuration = replace(CONFIGURATION, environment={"API_KEY": SECRET, "LD_PRELOAD": "/usr/lib/x.so"})
    unit = render_unit(PATHS, configuration, ACCOUNT, FILES, 60, 60)
    assert SECRET not in unit
    assert "API_KEY" not in unit


def test_what_the_loader_reads_does_not_reach_roots_command() -> None:
    """LD_PRELOAD in a unit's environment would run code of the application as root."""
    configuration = replace(
        CONFIGURATION, environment={"LD_PRELOAD": "/srv/app/x.so", "GCONV_PATH": "/srv/app"}
    )
    unit = render_unit(PATHS, configuration, ACCOUNT, FILES, 60, 60).splitlines()
    assert [line.partition("=")[0] for line in unit if "/srv/app/x.so" in line] == ["ExecStart"]
    assert not any(line.startswith("EnvironmentFile=") for line in unit)
    assert [line for line in unit if line.startswith("ExecStartPost=+/usr/bin/env -i PATH=")]


def echoing(name: str) -> str:
    return f"""
        import os
        def application(env, start):
            start("200 OK", [])
            return [os.environ[{name!r}].encode()]
    """


def test_a_value_is_in_the_app_and_in_one_file_of_roots(world: World) -> None:
    chdir = world.app("v1", source=echoing("API_KEY"))
    result = world.run(chdir=chdir, environment={"API_KEY": SECRET})
    assert world.serves() == SECRET
    assert SECRET not in json.dumps(result)
    holders = [
        path for path in world.base.rglob("*") if path.is_file() and SECRET in path.read_text("latin-1")
    ]
    assert holders == [world.config / f"{result['instance']['id']}.env"]
    assert stat.S_IMODE(os.stat(holders[0]).st_mode) == 0o600
    assert os.stat(holders[0]).st_uid == os.geteuid()
    for pid in world.processes():
        assert SECRET not in Path(f"/proc/{pid}/cmdline").read_text("latin-1")


def test_the_variables_of_an_apps_env_are_in_the_app(world: World, tmp_path: Path) -> None:
    """As the role passes it: TZ counts before the first line of the app's code is run."""
    env = tmp_path / ".env"
    env.write_text(f"TZ='Asia/Tokyo'\nAPI_KEY='{SECRET}'\nLINES='a\nb'\n")
    source = """
        import os, time
        def application(env, start):
            start("200 OK", [])
            return [(time.strftime("%Z") + os.environ["API_KEY"] + os.environ.get("LINES", "")).encode()]
    """
    options = {"chdir": world.app("v1", source=source), "environment_file": str(env), "watch": [str(env)]}
    result = world.run(**options)
    assert world.serves() == f"JST{SECRET}"
    assert SECRET not in json.dumps(result)
    assert not world.run(**options)["changed"]
    env.write_text("TZ='Europe/Berlin'\nAPI_KEY='x'\n")
    assert world.run(**options)["changed"]
    assert world.serves() in ("CETx", "CESTx")


def test_a_changed_value_is_named_in_the_diff_and_not_shown(world: World) -> None:
    world.run(version="v1", environment={"API_KEY": SECRET, "SAME": "as before"})
    result = world.run(version="v1", environment={"API_KEY": "another-value", "SAME": "as before"})
    assert result["changed"]
    assert "# environment API_KEY\n" in result["diff"]["before"]
    assert "# environment API_KEY (another value)\n" in result["diff"]["after"]
    assert "# environment SAME\n" in result["diff"]["after"]
    assert SECRET not in json.dumps(result)
    assert "another-value" not in json.dumps(result)
    world.assert_one_instance()


def test_what_was_stopped_for_lack_of_room_comes_back_with_its_environment(world: World) -> None:
    chdir = world.app("v1", source=echoing("API_KEY"))
    world.run(chdir=chdir, environment={"API_KEY": SECRET})
    world.fails(chdir=world.app("v2", source="import nothing_here\n"), strategy="restart")
    assert world.serves() == SECRET


@pytest.mark.parametrize("damage", ["missing", "other", "mode"])
def test_a_damaged_environment_file_is_repaired(world: World, damage: str) -> None:
    result = world.run(version="v1", environment={"API_KEY": SECRET})
    path = world.config / f"{result['instance']['id']}.env"
    if damage == "missing":
        path.unlink()
    else:
        path.write_text("API_KEY=1\n")
    again = world.run(version="v1", environment={"API_KEY": SECRET})
    assert again["changed"]
    assert again["instance"]["pid"] == result["instance"]["pid"]
    assert parse_environment(path.read_text()) == {"API_KEY": SECRET}
    assert not world.run(version="v1", environment={"API_KEY": SECRET})["changed"]
    world.assert_one_instance()


def test_the_result_of_the_module_shows_no_value_and_stays_readable(world: World) -> None:
    environment = {"API_KEY": SECRET, "DEBUG": "1", "WORKERS": "22", "ROOT": "", "FLAG": True, "NAME": "blog"}
    options = world.options(chdir=world.app("v1", source=echoing("API_KEY")), environment=environment)
    started = main("uwsgi_instance", options)
    assert world.serves() == SECRET
    assert SECRET not in json.dumps(started)
    assert started["changed"] is True
    assert started["instance"]["chdir"] == options["chdir"]
    assert "blog" in started["instance"]["socket"]
    shown = started["invocation"]["module_args"]["environment"]
    assert sorted(shown) == sorted(environment)
    assert len(set(shown.values())) == 1
    broken = main("uwsgi_instance", {**options, "chdir": world.app("v2", source="import nothing_here\n")})
    assert (broken["rc"], broken["reason"], broken["stage"]) == (22, "not_started", "start")
    assert SECRET not in json.dumps(broken)


def test_a_secret_that_the_app_logs_as_it_fails_is_masked(world: World) -> None:
    source = "import os\nraise RuntimeError('no access with ' + os.environ['API_KEY'])\n"
    broken = main(
        "uwsgi_instance", world.options(chdir=world.app("v1", source=source), environment={"API_KEY": SECRET})
    )
    assert "no access with ********" in broken["msg"]
    assert SECRET not in json.dumps(broken)


@pytest.mark.parametrize(
    ("value", "is_masked"),
    [
        (SECRET, True),
        ("1", False),
        ("22", False),
        ("true", False),
        ("3.14", False),
        ("8080", False),
        ("/srv/app", False),
    ],
)
def test_what_is_masked_in_a_result(value: str, is_masked: bool) -> None:
    params: dict[str, Any] = {"chdir": "/srv/app/releases/1", "environment": {"A": value}}
    assert select_masked({value}, params, {"environment"}) == ({value} if is_masked else set())
