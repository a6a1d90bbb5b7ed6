"""Two apps on one server: alice's, and mallory's, which is hostile."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3]))
sys.path.insert(0, str(Path(__file__).parents[2] / "shared/support"))

from world import Origin, Server, Site

SERVER = Server("masonite-isolation-main")


@pytest.fixture(scope="session")
def server() -> Server:
    return SERVER


def site(name: str, directory: Path) -> Iterator[Site]:
    origin = Origin(directory / name, name)
    yield Site(name, SERVER, origin)
    origin.tidy()


@pytest.fixture(scope="session")
def alice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    yield from site("alice", tmp_path_factory.mktemp("origin"))


@pytest.fixture(scope="session")
def mallory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    yield from site("mallory", tmp_path_factory.mktemp("origin"))
