# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Durations as text."""

from __future__ import annotations

import pytest

from ansible_collections.masonite.deploy.plugins.module_utils._system.duration import format_duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (0, "0 s"),
        (59.9, "59 s"),
        (119, "119 s"),
        (120, "2 min"),
        (5000, "83 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (10800, "3 h"),
    ],
)
def test_a_duration_has_one_unit_and_is_rounded_down(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text
