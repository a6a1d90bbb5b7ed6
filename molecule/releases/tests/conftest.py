"""The sites of this scenario; see molecule/shared/support/world.py.

What deployers are asked for again and again, and where it is tested:

- failed deploys evict the last good release, or become targets of a rollback: handover/tests/test_rollback.py
- locks stay after Ctrl-C: handover/tests/test_interruptions.py
- workers keep old code after a deploy: handover/tests/test_handover.py
- memory runs out while old and new overlap: test_the_small_server.py
- code is rolled back across a migration: test_databases.py
- check mode fails on a fresh server, sockets are open to everybody: molecule/shared/tests
- a broken virtual host is left on disk: tests/unit/nginx
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3]))
sys.path.insert(0, str(Path(__file__).parents[2] / "shared/support"))

from servers import MAIN, SMALL
from world import Origin, Server, Site


@pytest.fixture(scope="session")
def main_server() -> Server:
    return Server(MAIN)


@pytest.fixture(scope="session")
def small_server() -> Server:
    return Server(SMALL)


@pytest.fixture(scope="session")
def origins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Origin]]:
    directory = tmp_path_factory.mktemp("origin")
    found = {name: Origin(directory / name, name) for name in ("blog", "plain", "shop")}
    yield found
    for origin in found.values():
        origin.tidy()


@pytest.fixture(scope="session")
def blog(main_server: Server, origins: dict[str, Origin]) -> Site:
    """SQLite, systemd; on the small server, too."""
    return Site("blog", main_server, origins["blog"])


@pytest.fixture(scope="session")
def plain(main_server: Server, origins: dict[str, Origin]) -> Site:
    """SQLite, no service manager."""
    return Site("plain", main_server, origins["plain"])


@pytest.fixture(scope="session")
def shop(main_server: Server, origins: dict[str, Origin]) -> Site:
    """PostgreSQL."""
    return Site("shop", main_server, origins["shop"])


@pytest.fixture
def site(request: pytest.FixtureRequest) -> Site:
    """The site a test is parametrized with."""
    found: Site = request.getfixturevalue(request.param)
    return found
