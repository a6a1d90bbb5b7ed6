# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP statuses that are expected of an answer."""

from __future__ import annotations

from collections.abc import Sequence


class HttpStatuses:
    """Single statuses and ranges, such as ["200-399", "404"]."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.texts = [str(text).strip() for text in texts]
        self.ranges = [_parse_range(text) for text in self.texts]
        if not self.ranges:
            raise ValueError("at least one expected status is needed")

    def __contains__(self, status: object) -> bool:
        return isinstance(status, int) and any(low <= status <= high for low, high in self.ranges)

    def __str__(self) -> str:
        return ", ".join(self.texts)


def _parse_range(text: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    try:
        low, high = int(first), int(last if dash else first)
    except ValueError:
        raise ValueError(f"{text!r} is neither a status like 200 nor a range like 200-399") from None
    if not 100 <= low <= high <= 599:
        raise ValueError(f"{text!r} is not a range of HTTP statuses")
    return low, high
