"""What runs where: for a person, and for a program."""

from __future__ import annotations

import json
import re
from typing import Any

from servers import MAIN, SMALL
from world import Playbook, Site


def test_a_table_for_a_person(blog: Site, plain: Site) -> None:
    blog.origin.push({"wsgi.py": "raise RuntimeError('not today')\n"})
    blog.run("deploy.yml").failed("not today")
    run = Playbook("status.yml").end().succeeded()
    assert run.changed == 0
    # The heads of the columns.
    run.says("server", "app", "live", "since", "workers", "memory", "requests", "queue", "last deploy")
    revision = blog.live().rpartition("-")[2]
    (row,) = [
        line
        for line in run.output.splitlines()
        if MAIN in line and " blog " in line and f" {revision} " in line
    ]
    assert "deploy failed" in row
    run.says(blog.live(), plain.live(), SMALL)


def test_json_for_a_program(blog: Site) -> None:
    run = Playbook("status.yml", "-e", "masonite_status_format=json").end().succeeded()
    statuses = parsed(run.output)
    assert len(statuses) == 6
    (mine,) = [status for status in statuses if (status["host"], status["app"]) == (MAIN, "blog")]
    assert mine["live"]["name"] == blog.live()
    assert mine["live"]["state"] == "good"
    assert mine["lock"] is None
    assert len(mine["instance"]["workers"]) == 2
    assert mine["instance"]["memory_pss_mb"] > 10
    assert mine["instance"]["listen_queue"] == 0
    assert mine["last_deploy"]["result"] in ("ok", "failed")


def parsed(output: str) -> list[dict[str, Any]]:
    found = re.search(r"^ *msg: \|-?\n(.*?)^PLAY RECAP", output, re.DOTALL | re.MULTILINE)
    assert found is not None
    return list(json.loads(found.group(1)))
