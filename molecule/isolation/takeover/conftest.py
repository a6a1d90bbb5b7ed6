"""The server as the version before sets it up."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[3]))
sys.path.insert(0, str(Path(__file__).parents[2] / "shared/support"))

from world import ROOT, Origin, Server, Site

BEFORE = "4331409"  # the last commit of version 0.1


@pytest.fixture(scope="session")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of the version before."""
    clone = tmp_path_factory.mktemp("before")
    archive = subprocess.run(["git", "archive", BEFORE], cwd=ROOT, capture_output=True, check=False)
    assert archive.returncode == 0, (
        f"commit {BEFORE} is not in this clone: git fetch --unshallow. {archive.stderr!r}"
    )
    subprocess.run(["tar", "--extract", "--file=-", f"--directory={clone}"], input=archive.stdout, check=True)
    return clone


@pytest.fixture(scope="session")
def alice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    origin = Origin(tmp_path_factory.mktemp("origin") / "alice", "alice")
    yield Site("alice", Server("masonite-isolation-main"), origin)
    origin.tidy()
