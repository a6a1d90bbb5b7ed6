"""A run that is killed, at any moment, and one that is in the way of another."""

from __future__ import annotations

import getpass
import json
import os
import platform
import signal
import time

import pytest
from world import Site, created, dropped, extra, migration

TASK = "TASK [masonite.deploy.masonite_app : "


NEW_NEEDS = {
    "requirements.txt": "# needed anew\nmasonite-framework>=5.0,<6\nmasonite-framework-orm>=3.0,<4\n"
}

TABLES = [
    migration(f"2092_01_01_00000{number}_{name}_table", created(name), dropped(name))
    for number, name in enumerate(["first", "second"])
]

# How long after the beginning of which task, and whether its workers go with it (a terminal closed) or not.
MOMENTS = [
    pytest.param("Check the settings of the apps", 0.0, "all", {}, id="checking settings"),
    pytest.param("Export the revision to deploy", 0.2, "one", {}, id="exporting"),
    pytest.param("Export the revision to deploy", 0.6, "all", {}, id="exporting, later"),
    pytest.param("Build the virtualenv", 0.3, "all", NEW_NEEDS, id="building a virtualenv"),
    pytest.param("Back up the database", 0.1, "one", TABLES[0], id="backing up"),
    pytest.param("Apply the migrations", 0.3, "all", TABLES[1], id="migrating"),
    pytest.param("Bring the release live", 0.2, "one", {}, id="starting the candidate"),
    pytest.param("Bring the release live", 0.9, "all", {}, id="checking the candidate"),
    pytest.param("Bring the release live", 1.5, "one", {}, id="switching"),
    pytest.param("Record the release as live", 0.0, "all", {}, id="recording"),
]


@pytest.mark.parametrize(("task", "seconds", "whom", "files"), MOMENTS)
def test_killed_at_any_moment_the_site_serves_and_the_next_run_finishes(
    blog: Site, task: str, seconds: float, whom: str, files: dict[str, str | None]
) -> None:
    before = blog.mark()
    with blog.visitors() as load:
        mark = blog.origin.push(files)
        killed = blog.begin("deploy.yml")
        killed.until(f"{TASK}{task}")
        time.sleep(seconds)
        if whom == "all":
            os.killpg(killed.process.pid, signal.SIGKILL)
        else:
            killed.process.kill()
        killed.process.wait()
        assert blog.mark() in (before, mark)
        left = blog.locked()
        run = blog.run("deploy.yml").succeeded()
    blog.origin.keep()
    # What ran on the server outlives Ansible there, and may have finished the deploy in the meantime.
    if left and run.changed:
        run.says(
            "Took over the lock of", f"(process {killed.process.pid})", "the process that held it is gone"
        )
    assert blog.mark() == mark
    assert {record.mark for record in load.records()} == {before, mark}
    assert not blog.locked()
    assert len(blog.masters()) == 1
    assert blog.state_of(blog.live()) == "good"
    assert (
        blog.server.sh(f"ls -A {blog.path}/releases /venvs/blog | grep -E '^[.](partial|trash)' || true")
        == ""
    )


def test_control_c_leaves_no_lock_in_the_way(blog: Site) -> None:
    mark = blog.origin.push({})
    with blog.visitors():
        run = blog.begin("deploy.yml")
        run.until(f"{TASK}Bring the release live")
        # Ansible prints the name, then forks a process for the task. Python loses an interrupt then.
        time.sleep(0.3)
        os.killpg(run.process.pid, signal.SIGINT)
        assert run.end().rc != 0
        blog.run("deploy.yml").succeeded()
    blog.origin.keep()
    assert blog.mark() == mark
    assert not blog.locked()


def test_of_two_deploys_at_once_the_second_is_told_who_is_at_it(blog: Site) -> None:
    mark = blog.origin.push({})
    with blog.visitors():
        first = blog.begin("deploy.yml")
        first.until("Bring the release live")
        second = blog.run("deploy.yml")
        first.end().succeeded()
    blog.origin.keep()
    second.failed(
        f"is being deployed by {getpass.getuser()} on {platform.node()} (process {first.process.pid})",
        "locked since",
        "-e masonite_deploy_unlock=true",
    )
    assert blog.mark() == mark
    assert not blog.locked()
    assert blog.state_of(blog.live()) == "good"


def lock_from_elsewhere(blog: Site, since: float) -> None:
    holder = {"user": "ann", "host": "laptop", "pid": 4711, "start": "1", "job": "", "machine": "another"}
    lock = {"holder": holder, "since": since, "renewed": since, "token": "0123456789abcdef"}
    blog.server.sh(f"printf %s '{json.dumps(lock)}' > {blog.path}/.state/lock")


def test_a_lock_from_elsewhere_holds_until_it_is_broken(blog: Site) -> None:
    lock_from_elsewhere(blog, time.time() - 600)
    mark = blog.origin.push({})
    with blog.visitors():
        blog.run("deploy.yml").failed("ann on laptop (process 4711)", "10 min ago")
        assert blog.locked(), "a run that was refused must not take another's lock away"
        broken = blog.run("deploy.yml", *extra(masonite_deploy_unlock=True)).succeeded()
    broken.says("Took over the lock of ann on laptop")
    blog.origin.keep()
    assert blog.mark() == mark
    assert not blog.locked()


def test_a_lock_beyond_its_time_is_taken_over(blog: Site) -> None:
    lock_from_elsewhere(blog, time.time() - 4000)
    blog.origin.push({})
    blog.run("deploy.yml").succeeded().says("Took over the lock of ann on laptop", "masonite_app_lock_ttl")
    blog.origin.keep()
    assert not blog.locked()
