# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the program of the app prints for the module, and the exit codes by which it says why it failed."""

from __future__ import annotations

import json
import os
from typing import Any

UNSUPPORTED, MISSING, DAMAGED = 3, 4, 5
BLOCK = 1 << 20  # bytes


class ProgramError(Exception):
    """An error whose kind the module reads from the exit code."""

    def __init__(self, message: str, code: int = 1) -> None:
        super().__init__(message)
        self.code = code


def send_answer(channel: int, facts: dict[str, Any]) -> None:
    """Send the first line of output."""
    send(channel, json.dumps(facts).encode() + b"\n")


def send(channel: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(channel, view) :]


def send_file(channel: int, path: str) -> None:
    with open(path, "rb") as stream:
        while block := stream.read(BLOCK):
            send(channel, block)
