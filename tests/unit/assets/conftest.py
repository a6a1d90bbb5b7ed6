# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real node, as the module installs it from PyPI, and a site of the build user."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from asset_world import NODE_VERSION, PYTHON, ROOT, UV, Site

from ansible_collections.masonite.deploy.plugins.module_utils._assets.node import (
    Node,
    find_own_account,
)
from ansible_collections.masonite.deploy.plugins.module_utils._system.command_runner import choose_runner


@pytest.fixture(scope="session")
def node_root() -> Iterator[Path]:
    root = Path(tempfile.mkdtemp(prefix="masonite-node-"))
    root.chmod(0o755)
    directory = str(root / f"node-{NODE_VERSION}")
    environment = {name: value for name, value in os.environ.items() if name.isidentifier()}
    account, runner = find_own_account(), choose_runner("none")
    assert Node(directory, NODE_VERSION, str(UV), PYTHON, environment, account, runner).install()
    yield root
    shutil.rmtree(root)


@pytest.fixture
def site(node_root: Path) -> Iterator[Site]:
    top = Path("/srv" if ROOT else Path.home()) / f"masonite-assets-test-{os.getpid()}"
    yield Site(top, node_root)
    shutil.rmtree(top)
