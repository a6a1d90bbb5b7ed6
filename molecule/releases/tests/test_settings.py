"""Mistakes in the settings are refused before anything changes, and secrets are shown to nobody."""

from __future__ import annotations

import base64
import re
import threading
from typing import Any

import pytest
from world import Playbook, Server, Site, extra, migration, sh

PUBLIC_KEY = "-RkDOqXojJIlsF_I8wWiUq_KRZ0PtGWTOZ676u5HtLg="

# All rules for settings have their cases in tests/unit/settings; here is what refuses them in each place.
MISTAKES = [
    pytest.param(
        {
            "masonite_app_threads": 2,
            "masonite_app_environment": {"APP_KEY": PUBLIC_KEY, "APP_DEBUG": True},
        },
        [
            "masonite_app_threads is 2; allowed is 1",
            "masonite_app_environment.APP_DEBUG is true while APP_ENV is production",
            "the key the Masonite 4 starter app is published with",
        ],
        id="values",
    ),
    pytest.param({"masonite_app_processes": "many"}, ["masonite_app_processes", "many"], id="a type"),
]


@pytest.mark.parametrize(("settings", "says"), MISTAKES)
def test_a_mistake_is_refused_before_anything_changes(
    blog: Site, settings: dict[str, Any], says: list[str]
) -> None:
    before = (
        blog.live(),
        blog.masters(),
        blog.history(),
        blog.server.sh("stat -c %Z /srv/sites/blog/.env"),
    )
    run = blog.run("deploy.yml", *extra(**settings))
    run.failed(*says)
    assert run.changed == 0
    assert before == (
        blog.live(),
        blog.masters(),
        blog.history(),
        blog.server.sh("stat -c %Z /srv/sites/blog/.env"),
    )


class Watch:
    """Every command line there ever was, here and on the server, while a block runs."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.seen: set[str] = set()
        self.over = threading.Event()

    def __enter__(self) -> Watch:
        self.thread = threading.Thread(target=self._look)
        self.thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.over.set()
        self.thread.join()

    def _look(self) -> None:
        # The server's processes are this machine's, too.
        while not self.over.is_set():
            self.seen.update(sh("ps", "-eww", "-o", "args=").splitlines())
            self.over.wait(0.02)


@pytest.mark.parametrize(
    "change",
    ["sed -i '/^APP_ENV/d'", "sed -i '$a APP_KEY='\"'\"'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='\"'\""],
    ids=["a line less", "a second key"],
)
def test_an_environment_file_changed_by_hand_is_put_right(blog: Site, change: str) -> None:
    blog.deploy()
    before, masters = blog.environment(), blog.masters()
    blog.server.sh(f"{change} {blog.path}/.env")
    assert blog.environment() != before
    run = blog.run("deploy.yml").succeeded()
    assert run.changed > 0
    assert blog.environment() == before
    assert blog.masters() == masters
    assert blog.run("deploy.yml").succeeded().changed == 0


def test_a_key_that_is_given_and_in_place_is_no_change(blog: Site) -> None:
    line = next(line for line in blog.environment().splitlines() if line.startswith("APP_KEY="))
    given = extra(masonite_app_environment={"APP_KEY": line.partition("=")[2].strip("'")})
    blog.run("deploy.yml", *given).succeeded()
    assert blog.run("deploy.yml", *given).succeeded().changed == 0
    blog.run("deploy.yml").succeeded()


def decoded(text: str) -> str:
    """What is hidden in the text as base64."""
    found = re.findall(r"[A-Za-z0-9+/]{40,}={0,2}", text)
    return "".join(
        base64.b64decode(one + "==").decode(errors="replace") for one in found if len(one) % 4 != 1
    )


def test_secrets_are_shown_to_nobody(shop: Site, blog: Site) -> None:
    keys = [site.server.sh(f"grep ^APP_KEY= {site.path}/.env") for site in (shop, blog)]
    secrets = [key.split("=", 1)[1].strip("'") for key in keys]
    secrets += ["a1-battery-of-correct-horses", "correct horse battery staple"]
    secrets += blog.server.sh("cat /srv/sites/blog/ssh/id").splitlines()[1:-1]
    assert all(len(secret) > 20 for secret in secrets)
    shop.origin.push(migration("2094_01_01_000000_nothing", "pass"))
    blog.origin.push({})
    # The environment file is read, written and put back.
    for site in (shop, blog):
        site.server.sh(f"echo \"BY_HAND='1'\" >> {site.path}/.env")
    with Watch(shop.server) as watch:
        run = Playbook(
            "deploy.yml", "--limit", shop.server.name, "-vvv", "--diff", *extra(masonite_app_lock_ttl=3000)
        ).end()
        run.succeeded()
        shop.server.sh(f"echo \"BY_HAND='1'\" >> {shop.path}/.env")
        failed = shop.run(
            "deploy.yml",
            "-vvv",
            "--diff",
            *extra(masonite_app_packages=["psycopg2-binary", "whitenoise==99.0"]),
        ).failed("whitenoise")
    shop.origin.keep()
    blog.origin.keep()
    told = run.output + failed.output + "".join(watch.seen)
    told += "".join(str(site.history()) for site in (shop, blog))
    told += shop.server.sh("cat /etc/uwsgi-instances/*/*.ini; journalctl --no-pager -q || true")
    assert "ansible-playbook" in "".join(watch.seen)
    assert "uwsgi" in "".join(watch.seen)
    assert "BY_HAND" in shop.environment(), "a failed deploy puts back what it found"
    told += decoded(told)
    assert [secret for secret in secrets if secret in told] == []
