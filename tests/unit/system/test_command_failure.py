# Copyright (c) the masonite.deploy founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a command failed is told from the end of what it printed."""

from __future__ import annotations

import time

from ansible_collections.masonite.deploy.plugins.module_utils._system.command import Finished
from ansible_collections.masonite.deploy.plugins.module_utils._system.command_failure import describe_failure

LONG = 1 << 24


def describe(stdout: bytes, stderr: bytes) -> str:
    finished = Finished(rc=1, stdout=stdout, stderr=stderr, seconds=1.0, timed_out=False)
    return describe_failure("The command x", finished, None, "")[0]


def test_the_cause_is_looked_for_in_the_end_of_a_long_output() -> None:
    early = b"Traceback (most recent call last):\nValueError: long ago\n"
    lines = early + b"a line\n" * (1 << 16)
    assert describe(b"", lines + b"error: the disk is full\n").startswith("error: the disk is full\n")
    assert describe(lines + b"the last words\n", b"").startswith("the last words\n")


def test_an_output_made_to_be_read_slowly_holds_nothing_up() -> None:
    stderr = b"\n" * LONG + b"error: the disk is full\n"
    started = time.process_time()
    message = describe(b"\n" * LONG + b"x", stderr)
    assert time.process_time() - started < 2
    assert message.startswith("error: the disk is full\n")
