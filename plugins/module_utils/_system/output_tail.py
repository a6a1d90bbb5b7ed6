# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep the end of an output of unknown length."""

from __future__ import annotations

from collections import deque


class OutputTail:
    """The end of an output: the oldest bytes are dropped where there are more than the limit."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._chunks: deque[bytes] = deque()
        self._size = 0
        self._dropped = 0

    def add(self, data: bytes) -> None:
        self._chunks.append(data)
        self._size += len(data)
        while self._size > self.limit:
            first = self._chunks.popleft()
            excess = min(len(first), self._size - self.limit)
            if excess < len(first):
                self._chunks.appendleft(first[excess:])
            self._size -= excess
            self._dropped += excess

    def content(self) -> bytes:
        note = b"[%d bytes before this are left out]\n" % self._dropped if self._dropped else b""
        return note + b"".join(self._chunks)
