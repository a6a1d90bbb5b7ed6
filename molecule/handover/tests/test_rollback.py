"""Back to what worked, in seconds, without the network."""

from __future__ import annotations

import json
import os
from pathlib import Path

from world import Site, extra

# What is promised, where a deploy with nothing to do takes 2.1 s. Visitors, Ansible and the server share the
# machine, whose speed differs by a factor of two from day to day: a slower one gets as much more time.
ROLLBACK_SECONDS = float(os.environ.get("MASONITE_ROLLBACK_SECONDS", "5"))
ROLLBACK_TO_NOTHING = ROLLBACK_SECONDS / 2.1


def test_five_failed_deploys_in_a_row_evict_nothing(blog: Site) -> None:
    first, first_release = blog.deploy(), blog.live()
    second, second_release = blog.deploy(), blog.live()
    with blog.visitors():
        nothing = blog.run("deploy.yml").succeeded()
        assert nothing.changed == 0
        for number in range(5):
            blog.origin.push({"wsgi.py": f"raise RuntimeError('broken {number}')\n"})
            blog.run("deploy.yml", *extra(masonite_app_keep=3)).failed(f"broken {number}")
        assert (blog.mark(), blog.live()) == (second, second_release)
        assert {first_release, second_release} <= set(blog.releases())
        failed = [name for name in blog.releases() if blog.state_of(name) != "good"]
        assert len(failed) <= 1, "of the failed ones only the newest is kept, to be looked at"

        # A failed release is never a target.
        if failed:
            blog.run("rollback.yml", *extra(masonite_app_release=failed[0])).failed(
                failed[0], "bad", "broken 4"
            )

        run = blog.run("rollback.yml").succeeded()
    assert (blog.mark(), blog.live()) == (first, first_release)
    assert run.seconds < max(ROLLBACK_SECONDS, ROLLBACK_TO_NOTHING * nothing.seconds)
    assert blog.history()[-1]["action"] == "rollback"


def test_a_rollback_to_a_named_release_without_the_repository(blog: Site) -> None:
    chosen, release = blog.deploy(), blog.live()
    blog.deploy()
    blog.deploy()
    gone = extra(masonite_app_release=release, masonite_app_repository="/srv/git/gone.git")
    with blog.visitors():
        blog.run("rollback.yml", *gone).succeeded()
    assert (blog.mark(), blog.live()) == (chosen, release)
    assert not blog.locked()


def test_a_rollback_without_service_manager(plain: Site) -> None:
    first = plain.deploy()
    plain.deploy()
    with plain.visitors():
        plain.run("rollback.yml").succeeded()
    assert plain.mark() == first
    assert len(plain.masters()) == 1


def test_an_unknown_release_is_refused_with_those_there_are(blog: Site) -> None:
    before = blog.live()
    run = blog.run("rollback.yml", *extra(masonite_app_release="20010101T000000Z-0000000"))
    run.failed("There is no release 20010101T000000Z-0000000", "masonite_app_release", before)
    assert blog.live() == before
    assert not blog.locked()


def test_keep_bounds_the_releases_and_their_virtualenvs(blog: Site) -> None:
    for number in range(4):
        needs = f"# {number}\nmasonite-framework>=5.0,<6\nmasonite-framework-orm>=3.0,<4\n"
        blog.deploy(*extra(masonite_app_keep=2), files={"requirements.txt": needs})
    good = [name for name in blog.releases() if blog.state_of(name) == "good"]
    assert len(good) == 2
    assert len(blog.releases()) <= 3, "two good ones, and the last failed one to be looked at"
    records = [json.loads(blog.server.sh(f"cat {blog.path}/.state/{name}.json")) for name in blog.releases()]
    used = {Path(record["virtualenv"]).name for record in records if record["virtualenv"]}
    assert set(blog.server.sh("ls /venvs/blog").split()) == used
