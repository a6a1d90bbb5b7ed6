# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a program of the app prints is read until the program has ended, and no longer."""

from __future__ import annotations

import subprocess
import threading
import time
from dataclasses import dataclass

from ansible_collections.masonite.deploy.plugins.module_utils._backup.output_reader import (
    OutputReader,
    Sink,
    output_read_by,
)


@dataclass
class SlowSink(Sink):
    """Slower than the writer, so that there is always something left to read."""

    size: int = 0

    def write(self, block: bytes) -> None:
        self.size += len(block)
        time.sleep(0.02)


def test_a_writer_that_keeps_the_other_end_open_does_not_keep_it_reading() -> None:
    reader = OutputReader(SlowSink())
    with output_read_by(reader) as descriptor:
        writer = subprocess.Popen(["yes"], stdout=descriptor, stderr=subprocess.DEVNULL)
        guard = threading.Timer(10, writer.kill)
        guard.start()
        time.sleep(0.2)
        started = time.monotonic()
    try:
        assert time.monotonic() - started < 5
        assert writer.wait(5) != -9, "it cannot write any more"
        assert (reader.header, reader.problem) == (b"y", None)
    finally:
        guard.cancel()
        writer.kill()
        writer.wait()
