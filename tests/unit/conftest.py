# Copyright (c) 2025 The masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the clone importable as the collection it is, sets how much hypothesis tries, finds real servers."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[2]
SERVERS = ROOT / ".venv" / "servers"
COLLECTIONS = ROOT / "playbooks" / "collections"
if str(COLLECTIONS) not in sys.path:
    sys.path.insert(0, str(COLLECTIONS))

settings.register_profile(
    "unit",
    deadline=None,
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "30")),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("unit")


def server_program(name: str) -> str:
    program = SERVERS / name
    if not os.access(program, os.X_OK):
        pytest.fail(
            f"The real {name} is missing: {program}. Run script/bootstrap --no-docker.", pytrace=False
        )
    return str(program)


@pytest.fixture(scope="session")
def nginx_program() -> str:
    return server_program("nginx")


@pytest.fixture(scope="session")
def sshd_program() -> str:
    return server_program("sshd")
