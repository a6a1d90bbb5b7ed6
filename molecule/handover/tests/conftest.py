"""The sites of this scenario; see molecule/shared/support/world.py."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3]))
sys.path.insert(0, str(Path(__file__).parents[2] / "shared/support"))

from world import Origin, Server, Site


@pytest.fixture(scope="session")
def main_server() -> Server:
    return Server("masonite-handover-main")


@pytest.fixture(scope="session")
def origins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Origin]]:
    directory = tmp_path_factory.mktemp("origin")
    found = {name: Origin(directory / name, name) for name in ("blog", "plain")}
    yield found
    for origin in found.values():
        origin.tidy()


@pytest.fixture(scope="session")
def blog(main_server: Server, origins: dict[str, Origin]) -> Site:
    """SQLite, systemd."""
    return Site("blog", main_server, origins["blog"])


@pytest.fixture(scope="session")
def plain(main_server: Server, origins: dict[str, Origin]) -> Site:
    """SQLite, no service manager."""
    return Site("plain", main_server, origins["plain"])


@pytest.fixture
def site(request: pytest.FixtureRequest) -> Site:
    """The site a test is parametrized with."""
    found: Site = request.getfixturevalue(request.param)
    return found
