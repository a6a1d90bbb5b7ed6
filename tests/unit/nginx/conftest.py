# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server of its own for each test, with the real NGINX."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from nginx_world import Server


@pytest.fixture
def server(tmp_path: Path, nginx_program: str) -> Iterator[Server]:
    server = Server(tmp_path, nginx_program)
    try:
        yield server
    finally:
        server.stop()
