# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real databases of an app for the module app_backup."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from backup_world import App


@pytest.fixture
def app() -> Iterator[App]:
    app = App()
    try:
        yield app
    finally:
        app.remove()
