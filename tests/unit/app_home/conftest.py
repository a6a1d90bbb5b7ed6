# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server below /tmp that any user can look into, and the programs for access control lists."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from home_world import World


@pytest.fixture(autouse=True)
def access_control_lists() -> None:
    if shutil.which("setfacl") is None:
        pytest.fail("setfacl is missing. Install the package acl (script/bootstrap does).", pytrace=False)


@pytest.fixture
def world() -> Iterator[World]:
    if os.geteuid() != 0:
        pytest.skip("only root can give files other owners")
    root = Path(tempfile.mkdtemp(prefix="app-home-", dir="/tmp"))
    root.chmod(0o755)
    yield World(root)
    shutil.rmtree(root)
